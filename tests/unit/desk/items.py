"""Items on a desk, decided by a small policy, and pictures of them that are made here."""

import html
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from moderation.desk.desk import Desk
from moderation.desk.media.stills import Still
from moderation.errors import MediaMissing
from moderation.events import Media, Post, Scored
from moderation.policy import Circumstances, Policy, evaluate, parse_policy
from moderation.review import decided, intake
from tests.unit.policy.builders import record

POLICY = """
policy: test
facts: {reports: number}
reasons: {rumour: A story that nobody can check.}
signals: {attack: 'noisy_or(text.insult, text.threat)'}
lanes: {image: {deadline: 10s, if_missing: review}, video: {deadline: 3m, if_missing: review}}
queues: {hate: {due: 8h, priority: 2}}
rules:
  - {id: hate-look, when: text.hate >= 0.37, then: review, because: hate, queue: hate, note: People quote.}
  - {id: label, when: text.hate >= 0.2, then: label, because: hate}
  - {id: attack, when: attack >= 0.6, then: review, because: threat}
  - {id: reported, when: facts.reports >= 3 and text.insult >= 0.5, then: review, because: rumour}
"""


def policy() -> Policy:
    return parse_policy(POLICY)


class Pictures:
    """Stills of stripes, except of what is named `gone`."""

    def of(self, media: Media, at_ms: Sequence[int] = ()) -> Mapping[int, Still]:
        if media.media_id == "gone":
            raise MediaMissing("not there", "not found")
        stripes = np.zeros((90, 160, 3), np.uint8)
        stripes[:, ::8] = (250, 40, 10)
        return {time: Still(160, 90, stripes.tobytes(), ((0.2, 0.2, 0.2, 0.3),)) for time in at_ms or (0,)}


def taken_in(desk: Desk, *records: Scored, own: Policy | None = None) -> list[str]:
    """The review ids of the items that records lead to, in the desk as Kafka would have brought them."""
    found = []
    with desk.database.session() as session:
        for each in records:
            outcome = evaluate(each, own or policy(), Circumstances())
            assert outcome.review is not None
            partition = each.source.partition
            decided.keep(session, [decided.Written(outcome.decision, partition, desk.now())])
            intake.decision(session, outcome.decision, desk.now(), desk.rules, now=desk.now())
            intake.review_item(session, outcome.review, desk.rules, now=desk.now())
            found.append(outcome.review.review_id)
    return found


def seen_in(page: str) -> dict[str, str]:
    """What the form of an answer says that was seen; empty where the page has no such form."""
    found = re.search(r'name="seen" value="([^"]*)"><input type="hidden" name="version" value="([^"]*)"', page)
    return {"seen": html.unescape(found[1]), "version": found[2]} if found else {}


def hateful(desk: Desk, number: int = 1, hate: float = 0.52, lanes: Any = None, **post: Any) -> Scored:
    """A record whose post goes to a human, the later the less urgent."""
    given = {"post_id": f"post-{number}", "author_id": f"author-{number}", "text": f"Said of nobody, {number}", **post}
    time = desk.now() - timedelta(hours=1) + timedelta(minutes=number)
    made = record({"text.hate": hate}, time=time, lanes=lanes)
    return made.model_copy(update={"post": Post.model_validate(given)})

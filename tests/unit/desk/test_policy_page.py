"""The pages of policy and models. Kafka is imitated here; tests/broker has the real one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI

from moderation.breakers import breaker_states
from moderation.desk.installed import InstalledModel, Score
from moderation.desk.standing import Alarms, Compared, InForce
from moderation.errors import BrokerUnavailable
from moderation.events import Alarm, Canary, PublishedPolicy, Release
from moderation.policy import Policy, parse_policy
from moderation.release import ReleaseLog, key_of
from moderation.release.comparison import Comparison
from moderation.release.decided import Decided, DecidedInShadow
from tests.unit.desk.desks import NOW, app_in, browser
from tests.unit.desk.test_queues import put, words
from tests.unit.review.rows import ago, decision

POLICY = """
policy: test
signals: {anger: 'max(text.insult, text.toxicity)'}
breakers:
  flood: {action: remove, per_minute: 5}
rules:
  - {id: remove-hate, when: text.hate >= 0.9, then: remove, because: hate, note: Only the clear ones.}
  - {id: look-anger, when: anger >= 0.5, then: review, because: toxicity}
  - {id: quoting, when: text.length < 5, exempt: [remove-hate]}
"""
CANARY, SHADOW = "c" * 64, "5" * 64
AWAY = "no Kafka broker answers at example:9092"


@pytest.fixture(scope="module")
def policy() -> Policy:
    return parse_policy(POLICY)


@dataclass
class Told:
    """Standings that say this, or that Kafka is away."""

    log: ReleaseLog | None
    policy: Policy | None = None
    comparison: Comparison = field(default_factory=Comparison)
    told: Sequence[Alarm] = ()

    def in_force(self) -> InForce:
        if self.log is None:
            raise BrokerUnavailable(AWAY)
        return InForce(NOW, self.log, self.policy, None)

    def compared(self) -> Compared:
        breakers = breaker_states(self.policy, [], NOW) if self.policy else []
        return Compared(NOW, NOW - timedelta(hours=1), self.comparison, breakers)

    def alarms(self) -> Alarms:
        if self.log is None:
            raise BrokerUnavailable(AWAY)
        return Alarms(NOW, NOW - timedelta(days=30), list(self.told))

    def last(self) -> InForce | None:
        return None if self.log is None else self.in_force()


def released(policy: Policy, author: str = "ana <b>") -> ReleaseLog:
    log = ReleaseLog()
    for name, own in ((policy.hash, "test"), (CANARY, "next"), (SHADOW, "bold"), ("9" * 64, "idea")):
        published = PublishedPolicy(name=own, hash=name, source=POLICY, author=author if own == "idea" else None)
        log.add(name.encode(), published.to_json(), 0)
    first = Release(number=1, live=policy.hash, by="kim", at=ago(hours=5), note="to <i>begin</i>")
    canary = Canary(hash=CANARY, share=0.05)
    second = Release(number=2, live=policy.hash, canary=canary, shadows=(SHADOW,), by="lou", at=ago(hours=1))
    for offset, release in enumerate((first, second)):
        log.add(key_of(release, "u"), release.to_json(), offset)
    return log


def compared(policy: Policy) -> Comparison:
    found = Comparison()
    for number in range(40):
        own = {
            "decision_id": f"d{number}",
            "post_id": f"p{number}",
            "stage": "final",
            "action": "remove" if number % 4 == 0 else "allow",
            "policy_hash": policy.hash if number % 2 else CANARY,
        }
        found.add(Decided.model_validate(own))
        shadow = {"decision": {**own, "policy_hash": SHADOW}, "live_hash": policy.hash, "live_action": "allow"}
        found.add_shadow(DecidedInShadow.model_validate(shadow))
    return found


def app_told(folder: Path, told: Told | None, policy: Policy, **changes: object) -> FastAPI:
    return app_in(folder, standings=told, policies={policy.hash: policy}.get, **changes)


def test_what_is_in_force_is_told_with_how_it_decides(tmp_path: Path, policy: Policy) -> None:
    app = app_told(tmp_path, Told(released(policy), policy, compared(policy)), policy)
    page = browser(app, "releaser").get("/policy/standing").text
    read = words(page)
    assert "Release 2 by lou, 1 h ago" in read
    for part in ("live test", "canary next", "in shadow bold", "decides for 5 % of authors"):
        assert part in read, part
    assert re.search(r"canary c{12} 20 50\.00%", read)
    assert re.search(r"says the same 30 75\.00%", read)
    assert re.search(r"flood closed – remove at most 5 posts a minute", read)
    assert "Proposed by ana &lt;b&gt;, never released: idea" in read
    assert "to &lt;i&gt;begin&lt;/i&gt;" in page


def alarm(number: int, kind: str = "breaker_open", **fields: object) -> Alarm:
    own = {"alarm_id": str(number), "kind": kind, "subject": "flood", "message": f"Breaker flood opens: {number}.",
           "at": ago(hours=number), "policy_hash": "a" * 64}  # fmt: skip
    return Alarm.model_validate({**own, **fields})


def test_the_latest_alarms_are_told_the_newest_first_and_how_many_more_there_are(
    tmp_path: Path, policy: Policy
) -> None:
    rolled = alarm(1, "canary_rolled_back", subject=CANARY, message="The canary <b>removed</b> too much.")
    told = Told(released(policy), policy, told=[rolled, *(alarm(number) for number in range(2, 25))])
    app = app_told(tmp_path, told, policy)
    client = browser(app, "releaser")
    assert 'hx-get="/policy/alarms"' in client.get("/policy").text
    page = client.get("/policy/alarms").text
    read = words(page)
    assert (
        f"1 h ago canary rolled back {CANARY[:12]} The canary &lt;b&gt;removed&lt;/b&gt; too much. aaaaaaaaaaaa" in read
    )
    assert read.index("opens: 2.") < read.index("opens: 10.")
    assert "opens: 11." not in read
    assert "14 more: moderation alarms --from-beginning" in read


def test_no_alarm_is_told_as_none(tmp_path: Path, policy: Policy) -> None:
    app = app_told(tmp_path, Told(released(policy), policy), policy)
    assert "No breaker opened, and no canary was rolled back" in words(browser(app, "lead").get("/policy/alarms").text)


def test_alarms_that_kafka_cannot_tell_are_told_as_that(tmp_path: Path, policy: Policy) -> None:
    app = app_told(tmp_path, Told(None), policy)
    assert f"Alarms cannot be told: {AWAY}" in words(browser(app, "lead").get("/policy/alarms").text)


def test_rules_stand_in_plain_language_with_how_often_they_fired(tmp_path: Path, policy: Policy) -> None:
    app = app_told(tmp_path, Told(released(policy), policy), policy)
    rules = [{"rule": "look-anger", "action": "review"}, {"rule": "gone", "action": "label"}]
    put(app, decision(1, record={"rules": rules}), decision(2, record={}), decision(3, at=ago(days=3), record={}))
    page = browser(app, "policy author").get("/policy/rules").text
    read = words(page)
    assert "When text.hate is at least 0.9" in read
    assert "Note: Only the clear ones." in read
    assert re.search(r"look-anger .* review toxicity 1 50\.0%", read)
    assert read.index("look-anger") < read.index("remove-hate") < read.index("quoting")
    assert "1 rule of other policies fired, too gone 1" in read
    assert "on 3 posts" in words(browser(app, "policy author").get("/policy/rules?span=week").text)


def test_without_kafka_the_rules_are_those_of_the_policy_that_decided_last(tmp_path: Path, policy: Policy) -> None:
    app = app_told(tmp_path, Told(None), policy)
    put(app, decision(1, policy_hash=policy.hash, record={}))
    client = browser(app, "policy author")
    assert client.get("/policy").status_code == 200
    assert AWAY in client.get("/policy/standing").text
    read = words(client.get("/policy/rules").text)
    assert AWAY in read
    assert "The policy that decided last: test" in read
    assert "remove-hate" in read


def test_a_desk_that_knows_nothing_says_so(tmp_path: Path, policy: Policy) -> None:
    client = browser(app_told(tmp_path, None, policy), "policy author")
    assert "without Kafka" in client.get("/policy/standing").text
    assert "No policy is known yet" in client.get("/policy/rules").text
    assert "No models" in client.get("/models").text


def test_models_tell_which_rules_look_at_their_scores(tmp_path: Path, policy: Policy) -> None:
    model = InstalledModel(
        name="text-small@1",
        task="multi-label-classification",
        modality="text",
        languages=("en",),
        precision="int8",
        licence="Apache-2.0",
        origin="a <b>talk</b>",
        megabytes=22.5,
        summary="Scores a text for two things.",
        limits=("It reads one text without its conversation.",),
        card="# text-small@1\n<script>",
        scores=(
            Score("insult", ("text.insult", "image.text.insult"), 0.34, True),
            Score("spam", ("text.spam",), None, False),
        ),
    )
    app = app_told(tmp_path, Told(released(policy), policy), policy, models=lambda: [model])
    page = browser(app, "lead").get("/models").text
    read = words(page)
    assert re.search(r"insult text\.insult, image\.text\.insult 0\.34 yes look-anger", read)
    assert re.search(r"spam text\.spam none stated no none", read)
    assert "<script>" not in page.split("<main")[1]
    assert "a &lt;b&gt;talk&lt;/b&gt;" in page

"""What a loaded policy is: its hash, its parts, the one that ships."""

from dataclasses import FrozenInstanceError, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from moderation.events import Post
from moderation.policy import evaluate, load_policy, parse_policy
from moderation.policy.audit import picked
from moderation.signals import SIGNALS
from moderation.taxonomy import TEXT_CATEGORIES, Category
from tests.unit.policy.builders import policy, record

COMMUNITY = Path(__file__).parents[3] / "policies" / "community-standards.yaml"

ONE = """
policy: one
description: A first one.
queues: {q: {due: 2h}}
breakers: {b: {rule: [a], per_day: 9, share: {of: 2%, within: 10m}}}
audit: {share: 0.1%, queue: q}
facts: {age: number, ok: boolean}
lists: {l: [de, en]}
signals: {worst: "max(text.hate, text.spam)"}
rules:
  - {id: a, when: worst >= 0.9 and text.language in l, then: remove, because: hate, queue: q}
  - {id: b, when: facts.age < 3, then: review, because: spam}
  - {id: e, when: facts.ok, exempt: [a]}
"""

SAME = """
# A comment, another layout, another order, other spellings of the same.
rules:
- id: e
  note: "Why we do this."
  exempt: a
  when: (facts.ok)
- {id: b, then: review, because: spam, queue: default, priority: 1.0, when: "facts.age<3.0"}
- id: a
  when: >
    worst >= .90
    and text.language in ("en", "de", "de")
  because: hate
  then: 'remove'
  queue: q
signals:
  worst: (max(text.hate, (text.spam)))
lanes: {video: {deadline: 180s}}
facts:
  ok: {type: boolean, description: Verified by hand}
  age: {type: number}
queues: {q: {due: 120m, priority: 1}}
breakers: {b: {share: {of: 0.02, within: 600s, at_least: 100}, per_day: "9", rule: a, cool_down: 10m, note: Why}}
audit:
  queue: q
  share: 0.001
policy: one
"""


def test_the_hash_is_of_what_matters_not_of_how_it_is_written() -> None:
    assert parse_policy(ONE).hash == parse_policy(SAME).hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("policy: one", "policy: two"),
        ("due: 2h", "due: 3h"),
        ("0.9", "0.91"),
        (">=", ">"),
        ("[de, en]", "[de]"),
        ("text.spam", "text.insult"),
        ("then: remove", "then: restrict"),
        ("because: hate", "because: insult"),
        (", queue: q}", "}"),
        ("exempt: [a]", "exempt: [b]"),
        ("rule: [a]", "action: remove"),
        ("per_day: 9", "per_day: 8"),
        ("per_day: 9", "per_day: 9, cool_down: 5m"),
        ("2%", "3%"),
        ("breakers: {b:", "breakers: {c:"),
        ("share: 0.1%", "share: 0.2%"),
        ("0.1%, queue: q", "0.1%"),
        ("id: b", "id: bb"),
        ("age: number", "age: {type: number, default: 1}"),
        ("queues: {", "lanes: {image: {if_missing: allow}}\nqueues: {"),
    ],
)
def test_whatever_can_change_a_decision_changes_the_hash(old: str, new: str) -> None:
    assert old in ONE
    assert parse_policy(ONE.replace(old, new)).hash != parse_policy(ONE).hash


def test_a_policy_shows_its_parts_and_cannot_be_changed() -> None:
    loaded: Any = parse_policy(ONE)
    assert (loaded.name, loaded.source, loaded.description) == ("one", ONE, "A first one.")
    assert [rule.id for rule in loaded.rules] == ["a", "b"]
    assert (loaded.exemptions[0].exempt, loaded.queues["q"].due) == (("a",), timedelta(hours=2))
    assert loaded.lanes["video"].deadline == timedelta(minutes=3)
    assert (loaded.lanes["image"].while_pending, loaded.lanes["image"].if_missing) == ("allow", "review")
    with pytest.raises(FrozenInstanceError):
        loaded.name = "x"
    with pytest.raises(TypeError):
        loaded.queues["x"] = None


def test_a_reason_of_ones_own_stands_in_the_decision() -> None:
    rules = "{id: a, when: text.spam > 0.5, then: label, because: off_topic}"
    decision = evaluate(record({"text.spam": 0.9}), policy(rules, "reasons: {off_topic: Not about cats.}")).decision
    assert decision.reasons == ("off_topic",)


def test_a_thousand_rules_load_and_the_generated_code_stays_flat() -> None:
    rules = "\n".join(f"{{id: r{i}, when: text.hate > {i / 1000}, then: label, because: hate}}" for i in range(1000))
    assert len(evaluate(record({"text.hate": 0.5005}), policy(rules)).decision.rules) == 501


@pytest.mark.parametrize("name", SIGNALS)
def test_every_registered_signal_can_be_read_off_a_record(name: str) -> None:
    scores = {"text.sexual": 0.1, "text.self_harm": 0.1}  # of a model that a platform brings
    made = record(scores, language="de", media=[{"media_id": "m", "kind": "image", "url": "https://example.org/a.png"}])
    rules = f"{{id: a, when: known({name}), then: label, because: spam}}"
    (rule,) = evaluate(made, policy(rules)).decision.rules
    assert list(rule.values) == [name]


class TestCommunityStandards:
    def test_it_loads_and_judges_every_category_of_the_models_that_ship(self) -> None:
        standards = load_policy(COMMUNITY)
        judged = {rule.because for rule in standards.rules} - standards.reasons.keys()
        assert judged == {*TEXT_CATEGORIES, Category.WEAPON}

    @pytest.mark.parametrize(
        ("signals", "post", "attributes", "action"),
        [
            ({}, {}, {}, "allow"),
            ({"text.hate": 0.97, "text.insult": 0.8}, {}, {}, "remove"),
            ({"text.hate": 0.97}, {"surface": "comment"}, {}, "review"),  # quoted, not said to anyone
            ({"text.hate": 0.97}, {"surface": "listing"}, {}, "remove"),
            ({"text.hate": 0.97, "text.insult": 0.8}, {}, {"text.understood": False}, "review"),
            ({"text.hate": 0.45}, {"surface": "username"}, {}, "hold"),
            ({"text.threat": 0.95}, {}, {}, "restrict"),
            ({"text.threat": 0.5}, {}, {}, "review"),
            ({"text.toxicity": 0.7}, {}, {}, "label"),
            ({"text.toxicity": 0.9}, {}, {}, "review"),
            ({"text.toxicity": 0.9}, {"facts": {"trusted_author": True}}, {}, "allow"),
            ({"text.hate": 0.97, "text.insult": 0.8}, {"facts": {"trusted_author": True}}, {}, "remove"),
            ({"text.obscenity": 0.9}, {}, {}, "label"),
            ({"text.obscenity": 0.9}, {"surface": "profile"}, {}, "review"),
            ({"text.spam": 0.9}, {}, {}, "review"),
            ({"text.spam": 0.9}, {"facts": {"account_age_days": 2}}, {}, "restrict"),
            ({"text.spam": 0.9}, {"facts": {"account_age_days": 2}}, {"text.understood": False}, "review"),
            ({"text.spam": 0.98}, {}, {}, "remove"),
            ({"text.insult": 0.55}, {"facts": {"reports": 2}}, {}, "review"),
        ],
    )
    def test_what_it_makes_of_posts(
        self, signals: dict[str, float], post: dict[str, Any], attributes: dict[str, Any], action: str
    ) -> None:
        made = record(signals, attributes, **{"surface": "comment"} | post)
        decision = evaluate(made, load_policy(COMMUNITY)).decision
        assert (decision.stage, decision.action) == ("final", action)

    @pytest.mark.parametrize("action", ["allow", "remove"])
    def test_one_in_a_thousand_is_drawn_for_an_audit_and_decided_as_ever(self, action: str) -> None:
        standards = load_policy(COMMUNITY)
        ids = [f"post-{number}" for number in range(20_000)]
        drawn = [post_id for post_id in ids if picked(standards, Post(post_id=post_id, text="Hi."))]
        assert 5 < len(drawn) < 40
        made = record({"text.spam": 0.98} if action == "remove" else {})
        made = made.model_copy(update={"post": made.post.model_copy(update={"post_id": drawn[0]})})
        with_audit, without = (evaluate(made, own) for own in (standards, replace(standards, audit=None)))
        assert with_audit.decision == without.decision
        assert with_audit.decision.action == action
        assert with_audit.review is not None
        assert (with_audit.review.queue, with_audit.review.sampled) == ("audit", 0.001)
        assert without.review is None

    def test_an_empty_post_is_allowed(self) -> None:
        decision = evaluate(record(lanes={"text": "nothing_to_score"}), load_policy(COMMUNITY)).decision
        assert (decision.stage, decision.action) == ("final", "allow")

    def test_a_failed_text_lane_brings_a_human(self) -> None:
        decision = evaluate(record(lanes={"text": "failed"}), load_policy(COMMUNITY)).decision
        assert (decision.stage, decision.action, decision.reasons) == ("final", "review", ("text_missing",))

    def test_pictures_go_up_and_clips_wait(self) -> None:
        standards = load_policy(COMMUNITY)
        picture = evaluate(record(lanes={"text": "scored", "image": "pending"}), standards)
        clip = evaluate(record(lanes={"text": "scored", "video": "pending"}), standards)
        assert (picture.decision.stage, picture.decision.action) == ("provisional", "allow")
        assert (clip.decision.stage, clip.decision.action) == ("provisional", "hold")
        for outcome in (picture, clip):
            assert outcome.review is not None
            assert outcome.review.visible_from is not None

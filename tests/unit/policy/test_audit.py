"""A random share of the posts goes to a human, and nothing else changes."""

from pathlib import Path
from typing import Any

from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.cli.policy import command
from moderation.events import LaneResult, Scored, Timeline
from moderation.policy import Policy, evaluate, parse_policy
from tests.unit.policy.builders import policy, record

RULES = """
{id: hate-remove, when: text.hate >= 0.9, then: remove, because: hate}
{id: hate-look, when: text.hate >= 0.5, then: review, because: hate, queue: hate}
{id: seen, when: image.weapon >= 0.5, then: remove, because: weapon}
"""
QUEUES = "queues: {hate: {due: 8h}, audit: {due: 3d, priority: 0.2}}"
EVERY = policy(RULES, f"{QUEUES}\naudit: {{share: 100%, queue: audit}}")
PLAIN = policy(RULES, QUEUES)


def _made(post_id: str = "p1", hate: float = 0.1, **more: Any) -> Scored:
    made = record({"text.hate": hate}, **more)
    return made.model_copy(update={"post": made.post.model_copy(update={"post_id": post_id})})


def _share(share: str, name: str = "test") -> Policy:
    found = policy(RULES, f"{QUEUES}\naudit: {{share: {share}, queue: audit}}")
    return parse_policy(found.source.replace("policy: test", f"policy: {name}"))


def _drawn(share: str, name: str = "test", revision: int = 0, count: int = 20_000) -> set[str]:
    own = _share(share, name)
    made = _made()
    found = set()
    for number in range(count):
        post = made.post.model_copy(update={"post_id": f"p{number}", "revision": revision})
        review = evaluate(made.model_copy(update={"post": post}), own).review
        if review is not None:
            found.add(post.post_id)
    return found


def test_what_no_rule_sends_to_a_human_is_drawn_and_says_how_likely_that_was() -> None:
    review = evaluate(_made(), EVERY).review
    assert review is not None
    assert (review.status, review.queue, review.sampled, review.reasons) == ("open", "audit", 1.0, ())
    assert review.priority == {"queue": 0.2}
    assert review.due_at is not None
    assert review.visible_from is None


def test_what_a_rule_sends_is_looked_at_for_certain_and_not_drawn() -> None:
    review = evaluate(_made(hate=0.6), EVERY).review
    assert review is not None
    assert (review.queue, review.sampled) == ("hate", None)


def test_what_is_removed_may_be_drawn_too_and_stays_removed() -> None:
    outcome = evaluate(_made(hate=0.95), EVERY)
    assert outcome.decision.action == "remove"
    assert outcome.review is not None
    assert (outcome.review.sampled, outcome.review.rules) == (1.0, outcome.decision.rules)


@settings(max_examples=40, deadline=None)
@given(
    st.floats(0, 1),
    st.sampled_from(["created", "edited", "deleted"]),
    st.sampled_from(["live", "backfill-1"]),
    st.sampled_from(
        [{"text": "scored"}, {"text": "scored", "image": "pending"}, {"text": "failed", "image": "scored"}]
    ),
)
def test_the_decision_and_the_id_of_the_item_are_as_without_an_audit(
    hate: float, change: Any, occasion: str, lanes: Any
) -> None:
    media = [{"media_id": "m", "kind": "image", "url": "https://example.org/a.png"}] if "image" in lanes else []
    signals = {"text.hate": hate, "image.weapon": 0.2}
    made = record(signals, lanes=lanes, change=change, occasion=occasion, media=media)
    with_audit, without = evaluate(made, EVERY), evaluate(made, PLAIN)
    assert with_audit.decision.model_copy(update={"policy_hash": PLAIN.hash}) == without.decision
    final = with_audit.decision.stage == "final" and with_audit.decision.action != "withdrawn"
    if with_audit.review is not None and with_audit.review.sampled is not None:
        assert final
    elif final:
        assert with_audit.review is not None  # a rule or a lane sent it
        assert with_audit.review.status == "open"
    if with_audit.review is not None and without.review is not None:
        assert with_audit.review.review_id == without.review.review_id


def test_a_share_is_a_share_and_a_greater_one_draws_the_same_and_more() -> None:
    one, five = _drawn("1%"), _drawn("5%")
    assert 150 < len(one) < 250  # 200 expected; four standard deviations are 57
    assert 877 < len(five) < 1123
    assert one < five


def test_another_revision_or_a_policy_of_another_name_draws_others() -> None:
    first = _drawn("5%")
    assert len(first & _drawn("5%", revision=1)) < 100  # 50 expected by chance
    assert len(first & _drawn("5%", name="other")) < 100


def test_an_audit_of_what_a_lane_had_to_be_awaited_for_takes_the_place_of_the_hidden_item() -> None:
    media = [{"media_id": "m", "kind": "image", "url": "https://example.org/a.png"}]
    waiting = evaluate(_made(lanes={"text": "scored", "image": "pending"}, media=media), EVERY)
    assert waiting.review is not None
    assert (waiting.decision.stage, waiting.review.sampled) == ("provisional", None)
    seen = record({"text.hate": 0.1, "image.weapon": 0.1}, lanes={"text": "scored", "image": "scored"}, media=media)
    final = evaluate(seen, EVERY)
    assert final.review is not None
    assert (final.decision.stage, final.review.review_id) == ("final", waiting.review.review_id)
    assert (final.review.status, final.review.sampled) == ("open", 1.0)


def test_an_item_shows_how_clips_run_and_what_could_not_be_looked_at() -> None:
    media = [
        {"media_id": "a", "kind": "image", "url": "https://example.org/a.png"},
        {"media_id": "b", "kind": "video", "url": "https://example.org/b.mp4"},
        {"media_id": "c", "kind": "video", "url": "https://example.org/c.mp4"},
    ]
    runs = Timeline(scores={"video.weapon": ((0, 0.1), (2000, 0.9))}, thumbnails=(0, 2000))
    made = record({"text.hate": 0.6}, media=media)
    lanes = {
        **made.lanes,
        "image": LaneResult(state="failed", reason="deadline"),
        "video": LaneResult(state="failed", reason="gone", failures={"c": "gone"}, timelines={"b": runs}),
    }
    review = evaluate(made.model_copy(update={"lanes": lanes}), PLAIN).review
    assert review is not None
    assert review.timelines == {"b": runs}
    assert review.failures == {"a": "deadline", "c": "gone"}


def test_an_item_without_pictures_and_clips_says_nothing_of_them() -> None:
    review = evaluate(_made(hate=0.6), PLAIN).review
    assert review is not None
    assert not {"timelines", "failures", "sampled"} & set(review.to_json().decode().split('"'))


def test_check_and_explain_tell_of_the_audit(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(_share("0.1%").source)
    told = "audit: 0.1% of the posts that no rule sends to a human, by chance, to queue audit"
    assert told in CliRunner().invoke(command, ["check", str(file)]).stdout
    assert told in CliRunner().invoke(command, ["explain", str(file)]).stdout
    assert "audit" not in CliRunner().invoke(command, ["explain", "seen", str(file)]).stdout


def test_the_queue_of_an_audit_is_used(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(_share("0.1%").source)
    assert "queue 'audit' is used by no rule" not in CliRunner().invoke(command, ["check", str(file)]).stderr

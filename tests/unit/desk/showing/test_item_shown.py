"""An item put together: rules, scores, media, timelines, times."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.desk.showing.item import ItemShown, shown
from moderation.desk.showing.media import why
from moderation.desk.showing.standing import due, priority
from moderation.desk.showing.timeline import HEIGHT, WIDTH, clock, drawing
from moderation.events import Evidence, LaneResult, Post, Scored, Timeline
from moderation.policy import evaluate
from moderation.policy.circumstances import Circumstances
from tests.unit.policy.builders import policy, record

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
RULES = """
{id: look, when: text.hate >= 0.37, then: review, because: hate}
{id: seen, when: image.weapon >= 0.5, then: hold, because: weapon}
{id: quoted, when: facts.quotes and text.hate < 0.9, exempt: [look]}
"""
HEAD = "facts: {quotes: {type: boolean, default: false}}"


def _shown(given_: Scored, rules: str = RULES, head: str = HEAD, with_policy: bool = True) -> ItemShown:
    own = policy(rules, head)
    outcome = evaluate(given_, own, Circumstances())
    assert outcome.review is not None
    return shown(outcome.review, own if with_policy else None, outcome.decision)


def _with_media(image: LaneResult, *media: dict[str, str]) -> Scored:
    made = record({"text.hate": 0.52})
    post = Post.model_validate({**made.post.model_dump(), "media": media})
    return made.model_copy(update={"post": post, "lanes": {**made.lanes, "image": image}})


PICTURE = {"media_id": "m", "kind": "image", "url": "https://example.org/m.png"}


def test_a_rule_is_shown_with_its_note_its_values_and_what_would_have_kept_it_from_firing() -> None:
    found = _shown(
        record({"text.hate": 0.52}), "{id: look, when: text.hate >= 0.37, then: review, because: hate, note: n}"
    )
    (rule,) = found.fired
    assert (rule.name, rule.note, [change.told for change in rule.changes]) == ("look", "n", ["text.hate below 0.37"])
    assert rule.tree is not None
    assert rule.tree.holds == "yes"
    assert found.counterfactual is not None
    assert found.tells(rule.changes)


def test_scores_stand_beside_the_numbers_that_rules_compare_them_with() -> None:
    first = _shown(record({"text.hate": 0.52, "text.spam": 0.3})).scores.telling[0]
    assert (first.name, first.shown, first.decisive) == ("text.hate", "0.52", True)
    assert [(limit.told, limit.met) for limit in first.limits] == [("look (review) at least 0.37", True)]


def test_what_is_compared_within_max_has_the_number_of_the_comparison() -> None:
    rules = "{id: look, when: worst >= 0.5 and text.hate < 0.9, then: review, because: hate}"
    found = _shown(record({"text.spam": 0.52}), rules, "signals: {worst: 'max(text.hate, text.spam)'}")
    limits = {score.name: [limit.told for limit in score.limits] for score in found.scores.telling}
    assert limits["text.spam"] == limits["worst"] == ["look (review) at least 0.5"]
    assert limits["text.hate"] == ["look (review) at least 0.5", "look (review) below 0.9"]


def test_without_its_policy_an_item_shows_what_it_says_itself() -> None:
    found = _shown(record({"text.hate": 0.52}), with_policy=False)
    assert found.unexplained is not None
    assert [(value.name, value.shown) for value in found.fired[0].values] == [("text.hate", "0.52")]
    assert (found.counterfactual, found.fired[0].tree) == (None, None)


def test_what_an_undecided_rule_lacked_is_told_with_the_reason() -> None:
    failed = LaneResult(state="failed", reason="not found", failures={"m": "not found"})
    found = _shown(_with_media(failed, PICTURE))
    (rule,) = found.undecided
    assert [(each.name, each.why) for each in rule.missing] == [
        ("image.weapon", "the image lane has failed: not found")
    ]
    assert rule.tree is not None
    assert rule.tree.holds == "unknown"
    assert found.deciding == "No other scores would make it milder: the image lane did not see everything."
    assert found.media[0].failure == "It is no longer there."


def test_what_was_found_in_pictures_is_numbered_and_faces_are_kept_apart() -> None:
    evidence = (
        Evidence(signal="image.faces", value=1, media_id="m", box=(0.1, 0.1, 0.2, 0.2)),
        Evidence(signal="image.weapon", value=0.7, media_id="m"),
        Evidence(signal="image.text.hate", value=0.6, media_id="m", box=(0, 0, 1, 1), label="no:x"),
        Evidence(signal="image.weapon", value=0.9, media_id="other"),
        Evidence(signal="image.hash", value=1, media_id="m", label=f"pdq:{'ab' * 32}"),
        Evidence(signal="image.text.digest", value=1, media_id="m", label=f"blake2b:{'ab' * 16}"),
    )
    (media,) = _shown(_with_media(LaneResult(state="scored", evidence=evidence), PICTURE)).media
    assert [(each.number, each.told) for each in media.found] == [
        (1, "image.text.hate 0.60 (no:x)"),
        (2, "image.weapon 0.70"),
    ]
    assert [each.number for each in media.boxes_at(None)] == [1]
    assert media.faces_at(None) == [(0.1, 0.1, 0.2, 0.2)]


def test_what_scores_more_by_itself_than_with_what_is_written_around_it_says_so() -> None:
    evidence = (
        Evidence(signal="image.text.threat", value=0.998, media_id="m", box=(0, 0, 1, 0.2)),
        Evidence(signal="image.text.hate", value=0.6, media_id="m", box=(0, 0, 1, 0.2)),
    )
    made = _with_media(LaneResult(state="scored", evidence=evidence), PICTURE)
    signals = {**made.signals, "image.text.threat": 0.33, "image.text.hate": 0.62}
    (media,) = _shown(made.model_copy(update={"signals": signals})).media
    assert [each.told for each in media.found] == [
        "image.text.threat 1.00 taken by itself, 0.33 with all that is written there",
        "image.text.hate 0.60",
    ]


def test_bytes_that_came_inside_the_post_can_never_be_shown_and_that_is_said() -> None:
    inline = {"media_id": "m", "kind": "image", "content": "aGVsbG8="}
    (media,) = _shown(_with_media(LaneResult(state="nothing_to_score"), inline)).media
    assert media.absent is not None
    assert "came inside the post" in media.absent


@pytest.mark.parametrize("reason", ["model: out of memory", "something new"])
def test_reasons_that_nobody_has_listed_are_told_all_the_same(reason: str) -> None:
    assert reason.removeprefix("model: ") in why(reason)


moments = st.lists(st.tuples(st.integers(0, 10**7), st.floats(0, 1)), max_size=8).map(lambda own: tuple(sorted(own)))


@given(st.dictionaries(st.sampled_from([f"video.{n}" for n in range(9)]), moments), st.lists(st.integers(0, 10**7)))
def test_every_line_and_tick_of_a_timeline_lies_within_its_drawing(
    scores: dict[str, tuple[tuple[int, float], ...]], times: list[int]
) -> None:
    found = drawing(Timeline(scores=scores, thumbnails=tuple(sorted(times))), {"video.1": [0.5]})
    assert len(found.lines) + found.more == sum(1 for own in scores.values() if own)
    for x, y in (place for line in found.lines for place in line.places):
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT
    assert all(0 <= tick.x <= WIDTH for tick in found.thumbnails)
    assert [line.highest for line in found.lines] == sorted((line.highest for line in found.lines), reverse=True)


def test_moments_are_told_as_a_player_tells_them() -> None:
    assert [clock(at) for at in (0, 999, 65_000, 3_723_000)] == ["0:00", "0:00", "1:05", "1:02:03"]


def test_the_priority_is_the_product_of_its_terms_and_the_age_doubles_every_half_life() -> None:
    terms = {"harm": {"factor": 4.0, "why": "threat"}, "score": {"factor": 0.5, "why": "highest"}}
    found = priority(terms, NOW - timedelta(hours=12), timedelta(hours=6), NOW)
    assert [(term.name, term.factor) for term in found.terms] == [("harm", "4"), ("score", "0.5"), ("age", "4")]
    assert found.product == "8"


@pytest.mark.parametrize(("hours", "state"), [(-1, "late"), (1, "soon"), (6, "fine")])
def test_what_is_due_soon_or_late_stands_out(hours: int, state: str) -> None:
    found = due(NOW + timedelta(hours=hours), NOW - timedelta(hours=4), NOW)
    assert found is not None
    assert found.state == state
    assert due(None, NOW, NOW) is None

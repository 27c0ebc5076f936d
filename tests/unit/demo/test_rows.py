"""What the screen shows of a post: everything that matters, on lines that fit, whatever a stranger wrote."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from moderation.client.reading import Record
from moderation.dead_letters import DeadLetter
from moderation.demo.board import Board, Dead, Decided
from moderation.demo.listening import Heard
from moderation.demo.rows import explanation, header, lines_of
from moderation.demo.safe import cells_of, padded, shown
from moderation.events import Decision, FiredRule, LaneResult, Media, Post, Scored, Source
from moderation.settings import TopicName

SOURCE = Source(topic="moderation.posts", partition=2, offset=40, time=datetime(2026, 1, 1, tzinfo=UTC))
FIRED = (
    FiredRule(rule="threat-restrict", action="restrict", because="threat"),
    FiredRule(rule="threat-look", action="review", because="threat"),
    FiredRule(rule="rude", action="label", silenced_by="quoted"),
)


def record(text: str = "hello", surface: str = "post") -> Scored:
    return Scored(
        post=Post(post_id="p1", text=text, surface=surface),
        source=SOURCE,
        lanes={"text": LaneResult(state="scored")},
        signals={"text.threat": 0.93, "text.hate": 0.01, "text.insult": 0.5},
        attributes={"text.language": "en"},
    )


def decision(**fields: object) -> Decision:
    given = {"decision_id": "d", "post_id": "p1", "stage": "final", "action": "restrict", "lanes": {"text": "scored"}}
    return Decision.model_validate({**given, **fields})


def heard(topic: TopicName, value: bytes, letter: DeadLetter | None = None) -> Heard:
    headers = letter.headers() if letter else ()
    return Heard(topic, Record(topic, 2, 7, 0.0, None, value, headers))


def screen(row: Decided | Dead, width: int = 80) -> str:
    return "\n".join(line.plain for line in lines_of(row, width))


def test_a_row_shows_action_text_language_scores_and_the_rules_that_decided() -> None:
    shown = screen(Decided(decision(rules=FIRED), record("I will find you", "message")), 120)
    for part in ("● restrict", "[message] I will find you", "en", "threat", "0.93", "████▋", "insult", "0.50"):
        assert part in shown
    assert "threat-restrict (threat); also threat-look; rude silenced by quoted" in shown
    assert "hate" not in shown


def test_a_provisional_decision_says_what_it_waits_for() -> None:
    waiting = decision(stage="provisional", action="allow", lanes={"text": "scored", "image": "pending"})
    assert explanation(waiting) == "provisional: waits for the image lane"
    assert "◐ allow" in screen(Decided(waiting, record()))


def test_a_failed_lane_and_reasons_without_a_rule_are_said() -> None:
    failed = decision(action="review", lanes={"text": "failed: deadline"}, reasons=("text_missing",))
    assert explanation(failed) == "text_missing; text lane failed: deadline"


def test_a_dead_letter_shows_its_bytes_and_its_reason() -> None:
    letter = DeadLetter("text", "not_json", "not JSON: EOF", "moderation.posts", 2, 40)
    shown = screen(Dead(letter, b'{"half\xff\x1b[2J'))
    assert "✗ dead" in shown
    assert '{"half�<1B>[2J' in shown
    assert "text refused it: not_json: not JSON: EOF" in shown


@given(st.text(), st.text(min_size=1, max_size=64), st.sampled_from([80, 100, 120, 200]))
def test_no_text_breaks_out_of_its_line(text: str, surface: str, width: int) -> None:
    text = text.encode("utf-8", "replace").decode()
    row = Decided(decision(rules=FIRED), record(text, surface.encode("utf-8", "replace").decode()))
    for line in lines_of(row, width):
        assert line.plain.isprintable()
        assert cells_of(line.plain) <= width
    assert cells_of(header(width).plain) <= width


@given(st.binary(max_size=300), st.text(max_size=300), st.sampled_from([80, 120]))
def test_no_dead_letter_breaks_out_of_its_line(value: bytes, message: str, width: int) -> None:
    letter = DeadLetter("text", "invalid", message, "moderation.posts", 0, 0)
    for line in lines_of(Dead(letter, value), width):
        assert line.plain.isprintable()
        assert cells_of(line.plain) <= width


@given(st.text(), st.integers(1, 120))
def test_padded_text_has_exactly_its_columns(text: str, cells: int) -> None:
    assert cells_of(padded(text, cells)) == cells
    assert cells_of(shown(text, cells)) <= cells


def test_text_that_fits_is_shown_whole() -> None:
    assert shown("exactly", 7) == "exactly"
    assert shown("a  line\nbreak", 40) == "a line break"
    assert shown("昨日のコンサート", 16) == "昨日のコンサート"
    assert shown("too long", 7) == "too lo…"


def test_a_letter_carries_two_marks_at_most() -> None:
    assert shown("z" + "\u0301" * 30 + "o", 40) == "z\u0301\u0301o"


@given(st.permutations(["scored", "decisions"]))
def test_scores_and_decision_become_one_row_whichever_comes_first(order: list[TopicName]) -> None:
    board = Board()
    values = {"scored": record().to_json(), "decisions": decision().to_json()}
    [row] = [row for topic in order for row in board.hear(heard(topic, values[topic]))]
    assert row == Decided(decision(), record())
    assert (board.actions["restrict"], board.settled) == (1, 1)


def test_a_post_counts_once_and_with_the_decision_that_stands() -> None:
    board = Board()
    waiting = decision(decision_id="d0", stage="provisional", action="allow", lanes={"image": "pending"})
    values: list[tuple[TopicName, bytes]] = [
        ("scored", record().to_json()),
        ("decisions", decision().to_json()),
        ("decisions", waiting.to_json()),  # delivered again, late
        ("scored", record().to_json()),
        ("decisions", decision().to_json()),
    ]
    for topic, value in values:
        list(board.hear(heard(topic, value)))
    assert dict(board.actions) == {"restrict": 1}
    assert (board.provisional, board.settled) == (0, 1)


def with_picture(image: str) -> Scored:
    media = (Media(media_id="m", kind="image", url="file:m.png"),)
    lanes = {"text": LaneResult(state="scored"), "image": LaneResult.model_validate({"state": image})}
    scores = {"image.weapon": 0.98, "image.text.hate": 0.7} if image == "scored" else {}
    first = record()
    post = first.post.model_copy(update={"media": media})
    return first.model_copy(update={"post": post, "lanes": lanes, "signals": {**first.signals, **scores}})


def with_lane(image: str) -> Decision:
    stage = "provisional" if image == "pending" else "final"
    return decision(decision_id=image, stage=stage, action="allow", lanes={"text": "scored", "image": image})


@given(st.permutations([(topic, image) for topic in ("scored", "decisions") for image in ("pending", "scored")]))
def test_a_post_with_a_picture_has_a_row_for_each_lane_with_the_scores_it_was_decided_on(
    order: list[tuple[TopicName, str]],
) -> None:
    board = Board(["text", "image"])
    rows = []
    for topic, image in order:
        value = (with_picture(image) if topic == "scored" else with_lane(image)).to_json()
        rows += list(board.hear(heard(topic, value)))
        assert board.settled == any(isinstance(row, Decided) and row.decision.stage == "final" for row in rows)
    assert {row.decision.stage: row.record for row in rows if isinstance(row, Decided)} == {
        "provisional": with_picture("pending"),
        "final": with_picture("scored"),
    }
    assert dict(board.actions) == {"allow": 1}


def test_a_post_that_waits_for_a_lane_that_does_not_run_is_settled() -> None:
    board = Board(["text"])
    for topic, event in (("scored", with_picture("pending")), ("decisions", with_lane("pending"))):
        list(board.hear(heard(topic, event.to_json())))  # type: ignore[arg-type]
    assert (board.settled, board.provisional) == (1, 1)


def test_a_row_says_that_there_is_a_picture_and_which_scores_are_its() -> None:
    shown = screen(Decided(with_lane("scored"), with_picture("scored")), 120)
    for part in ("[image] hello", "img weapon 0.98", "● allow"):
        assert part in shown
    picture_only = with_picture("scored").model_copy(update={"signals": {"image.weapon": 0.1, "image.text.hate": 0.7}})
    assert "img hate   0.70" in screen(Decided(with_lane("scored"), picture_only), 120)


def test_a_humans_decision_is_shown_even_without_its_scores() -> None:
    [row] = Board().hear(heard("decisions", decision(stage="human", action="remove").to_json()))
    assert "☻ remove" in screen(row)


def test_dead_letters_settle_their_message_and_nonsense_is_not_shown() -> None:
    board = Board()
    letter = DeadLetter("text", "not_json", "why", "moderation.posts", 2, 40)
    assert list(board.hear(heard("dead-letters", b"x", letter))) == [Dead(letter, b"x")]
    assert list(board.hear(heard("scored", json.dumps({"schema": "scored/9"}).encode()))) == []
    assert (board.dead, board.settled) == (1, 1)

"""The headers of a dead letter say what they said, whatever a stranger put into them."""

from hypothesis import given
from hypothesis import strategies as st

from moderation.dead_letters import DeadLetter, attempts_before

words = st.text(st.characters(codec="utf-8"), max_size=50)
letters = st.builds(
    DeadLetter, words, words, words, words, st.integers(0, 1_000), st.integers(0, 2**62), st.integers(1, 99)
)


@given(letters)
def test_headers_say_the_same_when_they_are_read_again(letter: DeadLetter) -> None:
    assert DeadLetter.from_headers(letter.headers()) == letter
    assert attempts_before(letter.headers()) == letter.attempts


@given(
    st.lists(st.tuples(st.sampled_from(["stage", "partition", "offset", "attempts", "other"]), st.none() | st.binary()))
)
def test_any_headers_give_a_letter(headers: list[tuple[str, bytes | None]]) -> None:
    assert isinstance(DeadLetter.from_headers(headers), DeadLetter)
    assert isinstance(attempts_before(headers), int)

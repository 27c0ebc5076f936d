"""Emoji are read as words; places in what is read lead back to the text."""

from hypothesis import given
from hypothesis import strategies as st

from models.text.emoji_names import spelled

TEXTS = st.text(st.one_of(st.sampled_from("ab 😀👍🖕❤️🇩🇪👩🏿‍🔬①"), st.characters(codec="utf-8")), max_size=40)


def test_emoji_become_their_names_without_skin_tones() -> None:
    assert spelled("well done 👍🏿!").text == "well done  thumbs up !"
    assert spelled("👍").text == spelled("👍🏻").text == " thumbs up "
    assert spelled("🖕 you").text == " middle finger  you"


def test_a_text_without_emoji_stays_as_it_is() -> None:
    assert spelled("naïve café, 你好 … №5").text == "naïve café, 你好 … №5"


@given(TEXTS)
def test_places_never_go_back_and_both_ends_are_the_ends(text: str) -> None:
    read = spelled(text)
    places = [read.original(place) for place in range(len(read.text) + 1)]
    assert places == sorted(places)
    assert places[0] == 0
    assert places[-1] == len(text)

"""Languages: what is plain is named, what is not is left open, and nothing is fetched."""

import re
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text import language
from models.text.language import languages

PLAIN = {
    "en": "I would like to know when the next train leaves.",
    "de": "Das ist ja wohl das Letzte, was ich heute gebraucht habe.",
    "fr": "Je ne sais pas pourquoi tu dis des choses pareilles.",
    "es": "No entiendo por qué siempre haces lo mismo conmigo.",
    "ru": "Я не понимаю, почему ты всегда так говоришь.",
    "zh": "我不明白你为什么总是这样说话",
    "ar": "لا أفهم لماذا تقول هذا الكلام دائما",
}


def test_plain_sentences_are_named() -> None:
    assert languages(list(PLAIN.values())) == list(PLAIN)


def test_capitals_and_line_breaks_do_not_change_the_answer() -> None:
    assert languages([text.upper().replace(" ", "\n") for text in PLAIN.values()]) == list(PLAIN)


@pytest.mark.parametrize("text", ["lol", "kys", "12345", "!!!", "@user http", "x"])
def test_what_is_too_short_to_tell_is_left_open(text: str) -> None:
    assert languages([text]) == ["und"]


@given(st.lists(st.text(st.characters(exclude_categories=[]), max_size=400), max_size=5))
def test_any_text_gets_a_code(texts: list[str]) -> None:
    found = languages(texts)
    assert len(found) == len(texts)
    assert all(re.fullmatch("[a-z]{2,3}(-Latn)?", code) for code in found)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("반가워", "ko"),
        ("ㅋㅋㅋㅋ", "ko"),
        ("加油", "zh"),
        ("ありがとう", "ja"),
        ("お元気?", "ja"),
        ("good 加油 morning", "und"),
    ],
)
def test_a_script_of_one_language_names_it_where_the_text_is_short(text: str, code: str) -> None:
    assert languages([text]) == [code]


@pytest.mark.parametrize("text", ["yeh kya ho raha hai bhai", "tum log kab tak aisa karte rahoge", "Aap kaise hain?"])
def test_urdu_in_latin_letters_is_named(text: str) -> None:
    assert languages([text]) == ["ur-Latn"]


@pytest.mark.parametrize(
    "text",
    [
        "Hai, apa kabar? Aku mau ke pasar hari ini.",
        "Ano ba ang gusto mo? Sabi ko na nga ba, ikaw ka talaga.",
        "The main thing is to log in and sell us the car.",
        "A saal-e-nau celebration at the embassy",
        *PLAIN.values(),
    ],
)
def test_other_languages_are_not_taken_for_urdu(text: str) -> None:
    assert languages([text]) != ["ur-Latn"]


def test_no_connection_is_ever_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    language._load.cache_clear()
    assert languages([PLAIN["de"]]) == ["de"]


def test_threads_at_first_use_agree() -> None:
    language._load.cache_clear()
    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda _: languages(list(PLAIN.values())), range(16)))
    assert all(result == list(PLAIN) for result in results)

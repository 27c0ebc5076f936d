"""What is read off a post: digests and domains."""

import pytest

from moderation.events import Post
from moderation.state.traces import MOST_DOMAINS, Traces, registered_domain


@pytest.mark.parametrize(
    ("text", "domains"),
    [
        ("see https://Example.ORG/path and http://example.org", ["example.org"]),
        ("www.shop.example.co.uk, bit.ly/3x", ["example.co.uk", "bit.ly"]),
        ("an end.Next sentence, 3.5/5, and/or, e.g. this, mail me@example.org", []),
        ("https://user:secret@example.net:8080?q=other.org#x", ["example.net"]),
        ("http://192.168.0.1/x", ["192.168.0.1"]),
        ("https://bücher.example and https://xn--bcher-kva.example", ["bücher.example"]),
        ("https://localhost/ http://. http://-", []),
        ("hTTps://ｅｘａｍｐｌｅ。org", ["example.org"]),
        ("", []),
    ],
)
def test_links_are_found_and_bare_words_are_not(text: str, domains: list[str]) -> None:
    assert list(Traces(Post(post_id="p", text=text)).domains) == domains


def test_of_many_links_the_first_count() -> None:
    text = " ".join(f"https://d{n}.example" for n in range(100))
    assert len(Traces(Post(post_id="p", text=text)).domains) == MOST_DOMAINS


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("a.b.example.com", "example.com"),
        ("a.example.de", "example.de"),
        ("b.com.br", "b.com.br"),
        ("com", ""),
        ("a..b", ""),
        ("x" * 300 + ".org", ""),
    ],
)
def test_a_host_counts_by_what_somebody_registered(host: str, domain: str) -> None:
    assert registered_domain(host) == domain


def test_texts_are_alike_whatever_their_case_blanks_and_invisible_characters() -> None:
    ways = ["The same text, again.", "the  SAME text,\nagain. ", "The sa\u200bme text, again."]
    assert len({Traces(Post(post_id="p", text=text)).text for text in ways}) == 1
    assert Traces(Post(post_id="p", text="too short")).content is None
    assert Traces(Post(post_id="p", text=" ")).text is None

"""References are read one way, and shown without what must not be seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.media.fetching.references import Place, place_of, scheme_of, shown, stored_at, web_url
from moderation.errors import MediaRefused


@pytest.mark.parametrize("reference", ["picture.png", "//example.com/x", "", ":x", "1x://y", "https", "é://x"])
def test_a_reference_without_a_scheme_is_refused(reference: str) -> None:
    with pytest.raises(MediaRefused) as refused:
        scheme_of(reference)
    assert refused.value.reason == "bad reference"


def test_a_reference_without_end_is_refused() -> None:
    with pytest.raises(MediaRefused, match="longer than 4,096 characters"):
        scheme_of("https://example.com/" + "x" * 5_000)


@given(st.text())
def test_any_text_is_a_url_or_refused(rest: str) -> None:
    try:
        url = web_url(f"https://{rest}")
    except MediaRefused:
        return
    assert url.scheme == "https"
    assert place_of(url).host
    assert place_of(url).port


def test_a_name_has_one_place_however_it_is_written() -> None:
    for written in ("https://media.example/", "https://MEDIA.example.:443/x?y#z", "https://ｍedia.example/"):
        assert place_of(web_url(written)) == Place("https", "media.example", 443)


def test_a_name_in_any_script_is_asked_for_in_its_ascii_form() -> None:
    assert place_of(web_url("https://bücher.example/ä")).host == "xn--bcher-kva.example"
    assert web_url("https://bücher.example/ä").raw_path == "/%C3%A4"


@pytest.mark.parametrize(
    "reference",
    [
        "s3://",
        "s3://bucket",
        "s3://bucket/",
        "s3:///key",
        "s3:bucket/key",
        "s3://a b/key",
        "s3://user@bucket/key",
        "s3://bucket:80/key",
        "s3://arn:aws:s3:evil.example#:123456789012:accesspoint/x/key",
        "s3://b/k\0",
    ],
)
def test_a_store_reference_names_a_bucket_and_a_key(reference: str) -> None:
    with pytest.raises(MediaRefused):
        stored_at(reference)


def test_a_key_stands_as_it_is_written() -> None:
    assert stored_at("s3://bucket/a b/%20?versionId=1#x::y/../ä") == ("bucket", "a b/%20?versionId=1#x::y/../ä")


@given(st.text(max_size=300))
def test_a_message_shows_a_reference_short_and_printable(reference: str) -> None:
    assert len(shown(reference)) <= 120
    assert shown(reference).isprintable()


def test_a_message_shows_neither_signature_nor_password() -> None:
    assert shown("https://me:secret@example.com/a?Signature=secret#secret") == "https://example.com/a"

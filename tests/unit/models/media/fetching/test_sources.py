"""Media comes from where the operator says, and from nowhere else."""

from pathlib import Path

import pytest

from models.media.fetching import Limits, Sources
from models.media.fetching.references import Place
from moderation.errors import ConfigurationError, MediaReason, MediaRefused
from moderation.settings import load

ENTRIES = "https, https://cdn.example.com:8443,http://*.images.example, s3://uploads,gs,https://[2001:db8::1]:444"


@pytest.mark.parametrize(
    "place",
    [
        Place("https", "anywhere.example", 443),
        Place("https", "cdn.example.com", 8443),
        Place("https", "2001:db8::1", 444),
        Place("http", "a.b.images.example", 80),
        Place("s3", "uploads"),
        Place("gs", "any-bucket"),
    ],
)
def test_what_an_entry_admits_may_be_fetched(place: Place) -> None:
    Sources.of(ENTRIES).check(place, "it")


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (Place("ftp", "example.com", 21), "forbidden scheme"),
        (Place("memory", "x"), "forbidden scheme"),
        (Place("https", "anywhere.example", 8443), "forbidden port"),
        (Place("https", "sub.cdn.example.com", 8443), "forbidden port"),
        (Place("http", "images.example", 80), "forbidden host"),
        (Place("http", "evilimages.example", 80), "forbidden host"),
        (Place("http", "images.example.evil.example", 80), "forbidden host"),
        (Place("http", "a.images.example", 8080), "forbidden port"),
        (Place("s3", "private"), "forbidden host"),
    ],
)
def test_what_no_entry_admits_is_refused_with_what_was_wrong(place: Place, reason: MediaReason) -> None:
    with pytest.raises(MediaRefused) as refused:
        Sources.of(ENTRIES).check(place, "it")
    assert refused.value.reason == reason
    assert "MODERATION_MEDIA_SOURCES" in str(refused.value)


@pytest.mark.parametrize(
    "entry",
    [
        "ftp",
        "file",
        "simplecache",
        "https:/x",
        "https://a/b",
        "https://a?b",
        "https://me@a",
        "https://a*b",
        "https://*a",
        "https://a:b",
        "https://a:70000",
        "s3://a/b",
        "s3://*",
    ],
)
def test_an_entry_that_cannot_be_read_is_a_wrong_setting(entry: str) -> None:
    with pytest.raises(ConfigurationError, match="MODERATION_MEDIA_SOURCES: "):
        Sources.of(f"https,{entry}")


def test_the_settings_make_the_limits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {
        "SOURCES": "https://cdn.example.com",
        "ROOT": str(tmp_path),
        "ALLOW_NETWORKS": "10.1.0.0/16",
        "MAX_BYTES": "5000",
        "MAX_CLIP_BYTES": "6000",
        "TIMEOUT_S": "7",
        "FETCHES": "1",
    }.items():
        monkeypatch.setenv(f"MODERATION_MEDIA_{name}", value)
    limits = Limits.of(load())
    limits.sources.check(Place("https", "cdn.example.com", 443), "it")
    assert [str(network) for network in limits.allowed] == ["10.1.0.0/16"]
    assert (limits.root, limits.image_bytes, limits.video_bytes) == (tmp_path, 5000, 6000)
    assert (limits.timeout_s, limits.side_by_side, limits.per_host) == (7, 1, 1)
    (tmp_path / "elsewhere").mkdir()
    assert Limits.of(load(media_root=tmp_path / "elsewhere")).root == tmp_path / "elsewhere"
    with pytest.raises(ConfigurationError, match=r"MODERATION_MEDIA_ROOT: .*none is not a folder"):
        Limits.of(load(media_root=tmp_path / "none"))

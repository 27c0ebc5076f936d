"""Pixels for reviewers, from real files, fetched from a folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.media.stills import MediaStills
from moderation.errors import MediaError
from moderation.events import Media
from moderation.settings import Settings
from tests.unit.models.image.drawn import face
from tests.unit.models.media.clips.clips import clip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    face().convert("RGB").save(folder / "face.png")
    (folder / "clip.mp4").write_bytes(clip(frames=100))
    (folder / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nno picture")
    return folder


@pytest.fixture(scope="module")
def stills(folder: Path) -> Iterator[MediaStills]:
    made = MediaStills(Settings(media_root=folder))
    yield made
    made.close()


def test_a_picture_comes_with_its_faces(stills: MediaStills, folder: Path) -> None:
    found = stills.of(Media(media_id="m", kind="image", url=(folder / "face.png").as_uri()))
    assert list(found) == [0]
    still = found[0]
    assert (still.width, still.height, len(still.rgb), len(still.faces)) == (400, 300, 400 * 300 * 3, 1)


def test_a_clip_gives_the_frames_that_are_asked_for_and_some_where_none_are(stills: MediaStills, folder: Path) -> None:
    item = Media(media_id="m", kind="video", url=(folder / "clip.mp4").as_uri())
    assert list(stills.of(item, (0, 2_000, 99_000))) == [0, 2_000, 99_000]
    some = stills.of(item)
    assert 1 <= len(some) <= 12
    assert next(iter(some.values())).width == 160


def test_what_cannot_be_shown_says_why(stills: MediaStills, folder: Path) -> None:
    for name, reason in (("bad.png", "damaged"), ("none.png", "not found")):
        with pytest.raises(MediaError) as caught:
            stills.of(Media(media_id="m", kind="image", url=(folder / name).as_uri()))
        assert caught.value.reason == reason

"""The image lane over real files, the real decoder and the shipped model."""

import asyncio
import base64
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.image.classifying import Classifying
from models.image.onnx import OnnxPictureClassifier
from models.image.pictures import Pictures as Seeing
from models.image.senses import Pictures, Senses
from models.image.sight import Sight
from models.manifest import SHIPPED
from models.media.decoding import Decoder, Fit
from models.media.decoding.wanted import Rendition
from models.media.fetching import Fetcher
from models.media.fetching.limits import Limits
from models.media.lane import MediaLane
from models.media.looking import Looking
from moderation import settings
from moderation.errors import ModelError
from moderation.events import Evidence, LaneResult, Media, Post, Scored, Source

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def content(shade: int, size: tuple[int, int] = (80, 60)) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((size[1], size[0], 3), shade, np.uint8)).save(file, "PNG")
    return file.getvalue()


def inline(media_id: str, bytes_: bytes) -> Media:
    return Media(media_id=media_id, kind="image", content=base64.b64encode(bytes_))


def record(*media: Media, time: datetime = NOW, state: str = "pending") -> Scored:
    return Scored(
        post=Post(post_id="p", media=media),
        source=Source(topic="moderation.posts", partition=0, offset=0, time=time),
        lanes={"text": LaneResult(state="scored"), "image": LaneResult(state=state)},  # type: ignore[arg-type]
        signals={"text.hate": 0.5},
    )


class Brightness:
    """A sense that scores how bright a picture is, and fails on black ones. Counts what it looks at."""

    wants: dict[str, Rendition] = {"small": Fit(32)}  # noqa: RUF012
    signals: dict[str, str] = {"weapon": "brightness@1"}  # noqa: RUF012

    def __init__(self) -> None:
        self.looked = 0

    async def look(self, frames: Sequence[Pictures]) -> list[Sight]:
        self.looked += len(frames)
        values = [float(frame["small"].mean()) / 255 for frame in frames]
        if 0.0 in values:
            raise ModelError("out of memory")
        return [
            Sight({"weapon": value}, self.signals, (Evidence(signal="weapon", value=value),), faces=1)
            for value in values
        ]

    async def close(self) -> None: ...


@asynccontextmanager
async def lane(sense: Brightness, deadline: timedelta | None = None, **options: int) -> AsyncIterator[MediaLane]:
    async def beside() -> None:
        await asyncio.Event().wait()

    looking = Looking(
        Fetcher(Limits.of(settings.load())),
        Seeing(Decoder(processes=1), Senses([sense]), 2),
        cache=options.get("cache", 100),
        version=lambda: 0,
        beside=beside,
    )
    made = MediaLane("image", looking, deadline, now=lambda: NOW)
    try:
        yield made
    finally:
        await made.close()


def scored(*records: Scored, sense: Brightness | None = None, deadline: timedelta | None = None) -> list[Scored]:
    async def run() -> list[Scored]:
        async with lane(sense or Brightness(), deadline) as made:
            return await made.score(records)

    return asyncio.run(run())


def test_of_several_pictures_the_greatest_counts_and_evidence_names_each() -> None:
    (made,) = scored(record(inline("dark", content(51)), inline("light", content(204))))
    assert made.signals == {"text.hate": 0.5, "image.weapon": 0.8}
    assert made.attributes["image.faces"] == 1
    assert made.lanes["image"].state == "scored"
    assert made.lanes["image"].models == {"image.weapon": "brightness@1"}
    assert [(each.signal, each.media_id) for each in made.lanes["image"].evidence] == [
        ("image.weapon", "dark"),
        ("image.weapon", "light"),
    ]


def test_a_picture_that_fails_fails_the_lane_and_what_the_others_show_stays() -> None:
    (made,) = scored(record(inline("bad", b"no picture"), inline("light", content(204))))
    result = made.lanes["image"]
    assert (result.state, result.reason, result.failures) == ("failed", "not an image", {"bad": "not an image"})
    assert made.signals["image.weapon"] == 0.8


def test_a_model_that_fails_on_one_picture_costs_that_picture() -> None:
    first, second = scored(record(inline("black", content(0))), record(inline("light", content(204))))
    assert first.lanes["image"].reason == "model: out of memory"
    assert "image.weapon" not in first.signals
    assert second.lanes["image"].state == "scored"


def test_identical_pictures_are_looked_at_once_also_at_the_same_time() -> None:
    sense = Brightness()
    scored(*(record(inline(str(number), content(99))) for number in range(5)), sense=sense)
    assert sense.looked == 1


def test_a_post_past_its_deadline_is_passed_on_without_a_look() -> None:
    sense = Brightness()
    late = record(inline("m", content(99)), time=NOW - timedelta(seconds=11))
    (made,) = scored(late, sense=sense, deadline=timedelta(seconds=10))
    assert (made.lanes["image"].state, made.lanes["image"].reason, sense.looked) == ("failed", "deadline", 0)


def test_a_record_that_does_not_wait_for_the_lane_is_given_back_as_it_is() -> None:
    given = record(inline("m", content(99)), state="scored")
    assert scored(given) == [given]


def test_references_that_lead_inside_are_failures_with_a_reason() -> None:
    media = Media(media_id="m", kind="image", url="https://169.254.169.254/latest/meta-data")
    (made,) = scored(record(media))
    assert made.lanes["image"].reason == "forbidden address"


@pytest.fixture(scope="module")
def weapons() -> OnnxPictureClassifier:
    return OnnxPictureClassifier(SHIPPED / "image-weapons", settings.load(provider="cpu", sessions=2))


def test_a_score_does_not_depend_on_the_pictures_beside_it(weapons: OnnxPictureClassifier) -> None:
    chance = np.random.default_rng(0)
    pictures = list(chance.integers(0, 255, (9, 227, 227, 3), dtype=np.uint8))
    alone = np.concatenate([weapons.run([picture], 0) for picture in pictures])
    for size in (2, 3, 9):
        together = np.concatenate([weapons.run(pictures[n : n + size], 1) for n in range(0, 9, size)])
        np.testing.assert_allclose(weapons.finish(together), weapons.finish(alone), rtol=0, atol=1e-6)


def test_every_frame_gets_its_own_scores_whatever_batch_it_came_in(weapons: OnnxPictureClassifier) -> None:
    chance = np.random.default_rng(1)
    frames = list(chance.integers(0, 255, (23, 227, 227, 3), dtype=np.uint8))
    sense = Classifying(weapons)
    (name,) = sense.wants

    async def look() -> list[list[Sight]]:
        calls = [sense.look([{name: frame}]) for frame in frames[:11]] + [sense.look([{name: f} for f in frames[11:]])]
        found = await asyncio.gather(*calls)
        await sense.close()
        return found

    seen = [sight.signals["weapon"] for call in asyncio.run(look()) for sight in call]
    expected = weapons.finish(np.concatenate([weapons.run([frame], 0) for frame in frames]))[:, 0]
    np.testing.assert_allclose(seen, expected, rtol=0, atol=1e-5)


def test_a_folder_that_is_no_picture_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not an image model"):
        OnnxPictureClassifier(SHIPPED / "text-minilm", settings.load())

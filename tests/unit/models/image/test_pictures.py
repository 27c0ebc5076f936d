"""What is seen in whole files: of a still and of an animation, with evidence that says where."""

import asyncio
import io
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from PIL import Image

from models.image import factory
from models.image.banks import BanksInForce, Matching, hash_of
from models.image.pictures import Pictures
from models.image.senses import Pictures as Shown
from models.image.senses import Sense, Senses
from models.image.sight import Sight
from models.media.decoding import Decoder, Fit
from models.media.decoding.wanted import Rendition
from moderation.events import Evidence
from moderation.prints import of_hash
from moderation.settings import Settings
from tests.unit.models.image.banks.pictures import photograph


class Brightness:
    """A sense: how bright a picture is, and how dark."""

    @property
    def wants(self) -> Mapping[str, Rendition]:
        return {"it": Fit(32)}

    @property
    def signals(self) -> Mapping[str, str]:
        return {"bright": "m@1", "dark": "m@1"}

    async def look(self, frames: Sequence[Shown]) -> list[Sight]:
        means = [round(float(frame["it"].mean()) / 255, 1) for frame in frames]
        return [Sight({"bright": mean, "dark": round(1 - mean, 1)}, self.signals) for mean in means]

    async def close(self) -> None:
        pass


def animation(*shades: int) -> bytes:
    out = io.BytesIO()
    frames = [Image.fromarray(np.full((20, 30, 3), shade, np.uint8)) for shade in shades]
    frames[0].save(out, "PNG", save_all=len(frames) > 1, append_images=frames[1:], duration=500)
    return out.getvalue()


def seen(content: bytes, sense: Sense | None = None) -> Sight:
    async def scenario() -> Sight:
        pictures = Pictures(Decoder(processes=1), Senses([sense or Brightness()]), 1)
        try:
            return await pictures.seen(content, None)
        finally:
            await pictures.close()

    return asyncio.run(scenario())


def test_a_score_that_is_worth_showing_has_evidence_and_a_low_one_has_none() -> None:
    sight = seen(animation(230))
    assert dict(sight.signals) == {"bright": 0.9, "dark": 0.1}
    assert sight.evidence == (Evidence(signal="bright", value=0.9),)


def test_a_score_of_an_animation_is_shown_with_the_time_of_its_frame() -> None:
    sight = seen(animation(30, 180, 230))
    assert dict(sight.signals) == {"bright": 0.9, "dark": 0.9}
    assert set(sight.evidence) == {
        Evidence(signal="dark", value=0.9, at_ms=0),
        Evidence(signal="bright", value=0.9, at_ms=1_000),
    }


def test_a_still_picture_has_a_print_and_an_animation_has_none() -> None:
    def content(*seeds: int) -> bytes:
        out = io.BytesIO()
        first, *others = (photograph(seed) for seed in seeds)
        first.save(out, "PNG", save_all=bool(others), append_images=others, duration=500)
        return out.getvalue()

    sense = Matching(BanksInForce(None), prints=True)
    own = hash_of(np.asarray(photograph(1)))
    assert seen(content(1), sense).evidence == (of_hash(own.text, own.quality),)
    assert seen(content(1, 2), sense).evidence == ()


def test_the_setting_says_how_many_processes_decode(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int | None] = []
    monkeypatch.setattr(factory, "Decoder", lambda processes: made.append(processes) or Decoder(processes=processes))
    settings = Settings(image_model="none", image_text=False, decoders=3)

    async def scenario() -> None:
        await factory.image_lane(settings).close()

    asyncio.run(scenario())
    assert made == [3]

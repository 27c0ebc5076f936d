"""What is read, coded and faced in a picture, as the image lane takes it."""

import asyncio
from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest

from models.image.faces import Faces
from models.image.reading import Reader, Writing
from models.image.seeing import Seeing, Seen, Viewer
from models.image.sight import Sight
from models.media.decoding import Fit
from models.media.decoding.decoded import Pixels
from models.text.onnx import OnnxTextClassifier
from models.text.scorer import Scorer
from moderation.errors import ModelError
from moderation.prints import is_print, of_writing
from tests.unit.models.image.drawn import code, face, page, pasted

HATE = "All muslims are animals and\nshould be thrown out of\nthis country."
LINK = "https://evil.example/offer"


def meme() -> Pixels:
    text = page((20, 20, HATE), of=(400, 140))
    return pasted((20, 20, text), (500, 30, code(LINK)), (100, 200, face()), of=(800, 600))


def looked(viewer: Viewer, scorer: Scorer | None, pictures: Sequence[Pixels]) -> list[Sight]:
    async def call() -> list[Sight]:
        sense = Seeing(viewer, scorer)
        try:
            (name,) = sense.wants
            return await sense.look([{name: picture} for picture in pictures])
        finally:
            await sense.close()

    return asyncio.run(call())


def test_all_that_is_in_a_picture_is_seen(reader: Reader, text_model: OnnxTextClassifier) -> None:
    blank = np.full((300, 400, 3), 200, np.uint8)
    sight, nothing = looked(Viewer(reader, True, Faces()), Scorer(text_model), [meme(), blank])
    assert sight.signals["text.hate"] > 0.9
    assert sight.text_length == len(HATE)
    assert (sight.codes, sight.domains, sight.faces) == (1, ("evil.example",), 1)
    assert [(each.label) for each in sight.evidence if each.signal == "codes"] == ["evil.example"]
    boxes = {each.signal: each.box for each in sight.evidence}
    assert boxes["faces"] is not None
    assert boxes["faces"][1] > 0.3
    assert {"text.hate", "codes", "faces"} <= boxes.keys()
    assert of_writing(HATE) in sight.evidence
    assert (nothing.codes, nothing.faces, nothing.text_length, nothing.evidence) == (0, 0, 0, (of_writing(""),))
    assert nothing.signals == dict.fromkeys(sight.signals, 0.0)


def test_each_part_can_be_left_out(reader: Reader) -> None:
    picture = meme()
    whole = Viewer(reader, True, Faces()).view(picture)
    assert Viewer(None, False, None).view(picture) == Seen()
    assert Viewer(reader, False, None).view(picture) == Seen(writing=whole.writing)
    assert Viewer(None, True, None).view(picture) == Seen(codes=whole.codes)
    assert Viewer(None, False, Faces()).view(picture) == Seen(faces=whole.faces)
    assert [len(each) for each in (whole.writing.lines, whole.codes, whole.faces)] == [3, 1, 1]


def test_without_a_scorer_there_are_no_signals(reader: Reader) -> None:
    (sight,) = looked(Viewer(reader, True, None), None, [meme()])
    assert (dict(sight.signals), sight.codes, sight.text_length) == ({}, 1, len(HATE))
    assert of_writing(HATE) in sight.evidence


def test_what_is_written_is_only_known_where_all_of_it_was_read() -> None:
    class Unsure:
        sessions = 1

        def read(self, picture: Pixels) -> Writing:
            return Writing(illegible=[(0.1, 0.1, 0.5, 0.1)])

    for reader in (None, cast("Reader", Unsure())):
        (sight,) = looked(Viewer(reader, False, None), None, [meme()])
        assert not any(is_print(each.signal) for each in sight.evidence)


def test_it_asks_for_the_picture_as_the_decoder_gives_it(text_model: OnnxTextClassifier) -> None:
    sense = Seeing(Viewer(None, False, None), Scorer(text_model))
    assert sense.wants == {"picture": Fit(1024)}
    assert sense.signals["text.hate"] == text_model.name
    asyncio.run(sense.close())


def test_a_picture_that_fails_is_an_error_of_its_own_and_the_next_is_seen() -> None:
    class Breaking(Faces):
        def find(self, picture: Pixels) -> list[tuple[float, float, float, float]]:
            if len(picture) == 7:
                raise RuntimeError("no memory left")
            return super().find(picture)

    viewer = Viewer(None, False, Breaking())
    with pytest.raises(ModelError, match="no memory left"):
        looked(viewer, None, [meme(), np.zeros((7, 7, 3), np.uint8), meme()])
    assert looked(viewer, None, [meme()])[0].faces == 1

"""The sense of what can be read in a picture, of codes in it, and of faces."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2

from models.image.codes import Code, codes
from models.image.faces import Faces
from models.image.reading import NOTHING_WRITTEN, Box, Reader, Writing
from models.image.reading.scoring import Said, nothing, said
from models.image.reading.text import joined
from models.image.senses import Pictures
from models.image.sight import Sight
from models.media.decoding.decoded import Pixels
from models.media.decoding.wanted import Fit, Rendition
from models.runtime.pool import one_line
from models.runtime.sessions import cores
from models.text.scorer import Scorer
from moderation.errors import ModelError
from moderation.events import Evidence
from moderation.prints import of_writing

_PICTURE = "picture"
_MOST_FACES = 50
_MOST_UNREAD = 8


@dataclass(frozen=True, slots=True)
class Seen:
    """What is in one picture; boxes are fractions of it."""

    writing: Writing = NOTHING_WRITTEN
    codes: tuple[Code, ...] = ()
    faces: tuple[Box, ...] = ()


class Viewer:
    """Looks at one picture after the other, on any number of threads. What is None or false is not looked for."""

    def __init__(self, reader: Reader | None, codes: bool, faces: Faces | None) -> None:
        cv2.setNumThreads(1)  # of each thread that looks: they are as many as there are cores
        self.reader = reader
        self._codes = codes
        self._faces = faces

    def view(self, picture: Pixels) -> Seen:
        """What is in a picture of RGB bytes. Raises `ModelError` where a model fails on it."""
        try:
            return Seen(
                self.reader.read(picture) if self.reader is not None else NOTHING_WRITTEN,
                tuple(codes(picture)) if self._codes else (),
                tuple(self._faces.find(picture)) if self._faces is not None else (),
            )
        except Exception as error:
            raise ModelError(f"reading a picture: {one_line(error)}") from error


class Seeing:
    """`Sense` of a viewer and the text lane's scorer, which it owns. For any number of event loops.

    Without a scorer, what is read is not scored.
    """

    def __init__(self, viewer: Viewer, scorer: Scorer | None) -> None:
        self._viewer = viewer
        self._scorer = scorer
        self._nothing = Said() if scorer is None else nothing(scorer)
        sessions = viewer.reader.sessions if viewer.reader is not None else cores()
        self._threads = ThreadPoolExecutor(sessions, "viewer")

    @property
    def wants(self) -> Mapping[str, Rendition]:
        """See `Sense.wants`."""
        return {_PICTURE: Fit()}

    @property
    def signals(self) -> Mapping[str, str]:
        """See `Sense.signals`."""
        return self._nothing.models

    async def look(self, frames: Sequence[Pictures]) -> list[Sight]:
        """See `Sense.look`."""
        loop = asyncio.get_running_loop()
        views = [loop.run_in_executor(self._threads, self._viewer.view, frame[_PICTURE]) for frame in frames]
        # Every one is awaited: one that fails must not leave others that nobody asks for.
        seen: list[Seen] = []
        for view in await asyncio.gather(*views, return_exceptions=True):
            if isinstance(view, BaseException):
                raise view
            seen.append(view)
        if self._scorer is None:
            words = [Said(length=len(joined(each.writing.lines).written)) for each in seen]
        else:
            words = await said(self._scorer, [each.writing.lines for each in seen])
        return [_sight(*each, self._viewer.reader is not None) for each in zip(seen, words, strict=True)]

    async def close(self) -> None:
        """See `Sense.close`."""
        await asyncio.to_thread(self._threads.shutdown)
        if self._scorer is not None:
            await self._scorer.close()


def _sight(seen: Seen, words: Said, read: bool) -> Sight:
    """`read`: whether anything written would have been."""
    of_codes = [
        Evidence(signal="codes", value=1.0, label=next(iter(code.domains), code.kind), box=code.box)
        for code in seen.codes
    ]
    unread = [Evidence(signal="text.illegible", value=1.0, box=box) for box in seen.writing.illegible[:_MOST_UNREAD]]
    of_faces = [Evidence(signal="faces", value=1.0, box=box) for box in seen.faces[:_MOST_FACES]]
    known = [of_writing(joined(seen.writing.lines).written)] if read and not unread else []
    return Sight(
        signals=words.signals,
        models=words.models,
        evidence=(*words.evidence, *unread, *of_codes, *of_faces, *known),
        codes=len(seen.codes),
        domains=tuple(dict.fromkeys(domain for code in seen.codes for domain in code.domains)),
        faces=len(seen.faces),
        text_length=words.length,
        illegible=bool(unread),
    )

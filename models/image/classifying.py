"""The sense of a picture model: whatever has come is taken as a batch when a session is free."""

import asyncio
import logging
import queue
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.image.onnx import OnnxPictureClassifier
from models.image.senses import Pictures
from models.image.sight import Sight
from models.media.decoding.decoded import Pixels
from models.media.decoding.wanted import Rendition
from models.runtime.pool import call_soon, one_line
from moderation.errors import ModelError

log = logging.getLogger(__name__)

Scores = list[float]


@dataclass(frozen=True, slots=True)
class _Asked:
    picture: Pixels
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[Scores]"


class Classifying:
    """`Sense` of one classifier, a thread for each of its sessions. For any number of event loops."""

    def __init__(self, classifier: OnnxPictureClassifier) -> None:
        self.classifier = classifier
        self._rendition = f"model {classifier.name}"
        self._queue: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._serve, args=(session,), name=f"pictures-{session}", daemon=True)
            for session in range(classifier.sessions)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def wants(self) -> Mapping[str, Rendition]:
        """See `Sense.wants`."""
        return {self._rendition: self.classifier.rendition}

    @property
    def signals(self) -> Mapping[str, str]:
        """See `Sense.signals`."""
        return {str(category): self.classifier.name for category in self.classifier.categories}

    async def look(self, frames: Sequence[Pictures]) -> list[Sight]:
        """See `Sense.look`."""
        loop = asyncio.get_running_loop()
        asked = [_Asked(frame[self._rendition], loop, loop.create_future()) for frame in frames]
        for each in asked:
            self._queue.put(each)
        # Every answer is awaited: one that fails must not leave others that nobody asks for.
        answers = await asyncio.gather(*(each.answer for each in asked), return_exceptions=True)
        sights = []
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
            sights.append(Sight(dict(zip(self.signals, answer, strict=True)), self.signals))
        return sights

    async def close(self) -> None:
        """See `Sense.close`."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    def _serve(self, session: int) -> None:
        while (first := self._queue.get()) is not None:
            batch, ended = self._with_others(first)
            self._run(batch, session)
            if ended:
                return

    def _with_others(self, first: _Asked) -> tuple[list[_Asked], bool]:
        """What waits besides, up to a batch; and whether the end was among it."""
        batch = [first]
        while len(batch) < self.classifier.batch:
            try:
                other = self._queue.get_nowait()
            except queue.Empty:
                break
            if other is None:
                return batch, True
            batch.append(other)
        return batch, False

    def _run(self, batch: Sequence[_Asked], session: int) -> None:
        try:
            scores = self.classifier.finish(self.classifier.run([each.picture for each in batch], session))
            if not np.isfinite(scores).all():
                raise ValueError("gave a score that is not a number")
        except Exception as error:
            if len(batch) > 1:
                log.warning("%d pictures failed together, trying each alone: %s", len(batch), error)
                for each in batch:
                    self._run([each], session)
                return
            log.error("a picture failed on session %d: %s", session, one_line(error))
            failed = ModelError(one_line(error))
            call_soon(batch[0].loop, _fail, batch[0].answer, failed)
            return
        for each, row in zip(batch, scores.astype(np.float64).round(6).tolist(), strict=True):
            call_soon(each.loop, _give, each.answer, row)


def _give(answer: "asyncio.Future[Scores]", scores: Scores) -> None:
    if not answer.done():
        answer.set_result(scores)


def _fail(answer: "asyncio.Future[Scores]", error: ModelError) -> None:
    if not answer.done():
        answer.set_exception(error)

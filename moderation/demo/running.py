"""Starts everything, feeds the samples, shows what becomes of them, and stops everything again."""

import logging
import shlex
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from rich.text import Text

from moderation import samples, settings
from moderation.broker import KafkaBroker
from moderation.demo.board import Board, Decided
from moderation.demo.desk import DemoDesk
from moderation.demo.feeding import Feed
from moderation.demo.listening import Listener
from moderation.demo.screen import Screen, counts
from moderation.demo.workers import Workers
from moderation.errors import ModerationError
from moderation.settings import KafkaSettings

LANES = ("text", "image", "video", "policy")
_FIRST = ("text", "policy")
"""These decide. What looks at pictures and clips takes longer to load: posts with media are sent when it is there."""

_READY_S = 120.0
_LOOK_EVERY_S = 0.2
_SETTLED_S = 120.0
_PACE_S = 0.12  # between two posts, so that a person can follow


class Demo:
    """One run in a folder of its own. `arguments` go to the workers; with `leave` it ends when every sample is settled.

    `began` is when the program started, in seconds of `time.monotonic`.
    """

    def __init__(
        self,
        folder: Path,
        kafka: KafkaSettings | None,
        arguments: Sequence[str],
        leave: bool,
        screen: Screen,
        began: float,
    ) -> None:
        self._folder = folder
        self._given = kafka
        self._arguments = arguments
        self._leave = leave
        self._screen = screen
        self._began = began
        self._first_s: float | None = None
        self._board = Board(LANES)
        self._broker: KafkaBroker | None = None
        self._desk: list[str] = []
        self._environment: dict[str, str] = {}
        self._lines = self._samples()

    def run(self) -> None:
        """Until interrupted, or until the samples are settled. Raises `ModerationError` for what fails."""
        from streams import admin

        # The screen belongs to the posts: what libraries have to say goes into a file.
        logging.basicConfig(filename=self._folder / "demo.log", force=True)
        with ExitStack() as running:
            kafka = self._cluster(running)
            with self._step("creating the topics", "topics are there"):
                admin.apply(kafka)
            workers = self._workers(kafka, running)
            listener = Listener(kafka, ("scored", "decisions", "dead-letters"))
            running.callback(listener.close)
            paced = self._screen.console.is_terminal and not self._leave
            before_media = partial(self._until_ready, kafka, workers, LANES)
            feed = Feed(kafka, self._lines, _PACE_S if paced else 0.0, before_media)
            running.callback(feed.stop)
            feed.start()
            if not self._screen.console.is_terminal and not self._leave:
                self._screen.note(_how_to(kafka))
            desk = DemoDesk(kafka, self._folder, self._environment)
            running.callback(desk.stop)
            with self._screen.rows(lambda: self._footer(kafka)):
                self._show(listener, workers, feed, desk)

    def _samples(self) -> list[bytes]:
        """Their pictures as files, which the review desk can show; inline where our workers have another media root."""
        if settings.load().media_root is not None:
            return samples.lines()
        media = self._folder / "media"
        media.mkdir()
        self._environment["MODERATION_MEDIA_ROOT"] = str(media)
        return samples.lines_beside(media)

    def summary(self) -> Text:
        """What was decided, and how soon."""
        line = counts(self._board)
        if self._first_s is not None:
            line.append(f"\nfirst decision {self._first_s:.1f} s after the start")
        return line

    def _cluster(self, running: ExitStack) -> KafkaSettings:
        if self._given is not None:
            return self._given
        self._broker = KafkaBroker(say=self._screen.note)
        running.callback(self._stopped, "Kafka", self._broker.stop)
        with self._step("Kafka starts", "Kafka answers"):
            self._broker.start()
        return settings.load_kafka(bootstrap=self._broker.bootstrap)

    def _workers(self, kafka: KafkaSettings, running: ExitStack) -> Workers:
        lanes = ["--lanes", ",".join(LANES), "--bootstrap", kafka.bootstrap]
        workers = Workers([*lanes, *self._arguments], self._folder / "workers.log", self._environment)
        running.callback(self._stopped, "workers", workers.stop)
        later = [lane for lane in LANES if lane not in _FIRST]
        with self._step("workers start", f"workers are ready: {', '.join(_FIRST)}; soon {', '.join(later)}"):
            workers.start()
            self._until_ready(kafka, workers, _FIRST, threading.Event())
        self._screen.note(f"  logs: {self._folder}")
        return workers

    def _until_ready(
        self, kafka: KafkaSettings, workers: Workers, lanes: Sequence[str], stopping: threading.Event
    ) -> None:
        from streams.groups import Groups

        waiting = set(lanes)
        deadline = time.monotonic() + _READY_S
        with Groups(kafka) as groups:
            while waiting:
                workers.check()
                waiting = {lane for lane in waiting if not groups.members(lane)}
                if time.monotonic() > deadline:
                    raise ModerationError(f"not ready after {_READY_S:.0f} s: {', '.join(waiting)}; see {workers.log}")
                if stopping.wait(_LOOK_EVERY_S):
                    return

    def _show(self, listener: Listener, workers: Workers, feed: Feed, desk: DemoDesk) -> None:
        heard_at = time.monotonic()
        while True:
            heard = listener.next(timeout_s=0.25)
            self._open(desk)
            if heard is not None:
                heard_at = time.monotonic()
                for row in self._board.hear(heard):
                    if self._first_s is None and isinstance(row, Decided):
                        self._first_s = heard_at - self._began
                    self._screen.add(row)
                continue
            workers.check()
            if self._broker is not None and self._broker.wait(0):
                raise ModerationError(self._broker.why())
            if feed.error is not None:
                raise feed.error
            if self._leave and self._board.settled >= len(self._lines):
                return
            if self._leave and time.monotonic() - heard_at > _SETTLED_S:
                raise ModerationError(
                    f"{self._board.settled} of {len(self._lines)} samples were settled, and then nothing more "
                    f"came for {_SETTLED_S:.0f} s; see {workers.log}"
                )

    def _open(self, desk: DemoDesk) -> None:
        """Not before the first decision, which must not have to wait for it."""
        if not desk.started and self._first_s is not None and not self._leave:
            desk.start()
        for line in desk.news():
            self._desk.append(line)
            self._screen.note(line)

    def _footer(self, kafka: KafkaSettings) -> Text:
        footer = counts(self._board)
        footer.append(f"\n● final  ◐ provisional ({self._board.provisional})", "dim")
        if self._first_s is not None:
            footer.append(f"   first decision {self._first_s:.1f} s after the start", "dim")
        return Text("\n").join([footer, *(Text(line, style="bold") for line in self._desk), _how_to(kafka)])

    @contextmanager
    def _step(self, doing: str, done: str) -> Iterator[None]:
        began = time.monotonic()
        with self._screen.waiting(f"{doing} ..."):
            yield
        self._screen.step(done, time.monotonic() - began)

    def _stopped(self, what: str, stop: Callable[[], None]) -> None:
        with self._step(f"{what}: stopping", f"{what} stopped"):
            stop()


def _how_to(kafka: KafkaSettings) -> Text:
    program = Path(sys.argv[0])
    if program.is_absolute() and program.is_relative_to(Path.cwd()):
        program = program.relative_to(Path.cwd())
    command = f'{shlex.quote(str(program))} post "..." --bootstrap {kafka.bootstrap}'
    return Text.assemble(
        ("Post your own from another shell, in this folder:\n", "dim"),
        (f"  {command}\n", "bold"),
        ("Ctrl-C stops everything.", "dim"),
    )

"""The test stand: one broker for the whole run, workers as an operator would start them, a folder for their logs."""

import contextlib
import shutil
import sys
import tempfile
import types
from collections.abc import Iterator
from pathlib import Path

from benchmarks.machine import ROOT
from benchmarks.posts import Posts
from benchmarks.processes import Child, running
from benchmarks.rules import policy_source
from benchmarks.topics import Topics
from moderation.broker import KafkaBroker


class Stand:
    """What every benchmark is given. The broker starts when it is first asked for, and stops at the end.

    `quick` asks for tiny sizes: whether a benchmark works, not what it measures. `model` is what workers serve,
    `bench_python` the interpreter that has the contenders' packages.
    """

    def __init__(self, posts: Posts, *, model: str, bench_python: Path, quick: bool) -> None:
        self.posts = posts
        self.model = model
        self.bench_python = bench_python
        self.quick = quick
        self.folder = Path(tempfile.mkdtemp(prefix="moderation-benchmarks-"))
        self.policy = self.folder / "policy.yaml"
        self.policy.write_text(policy_source(), encoding="utf-8")
        self._broker: KafkaBroker | None = None
        self._logs = 0
        self._topics = 0

    def size(self, full: int, quick: int) -> int:
        """How many of something: `quick` of them on a smoke test."""
        return quick if self.quick else full

    def topics(self, name: str) -> Topics:
        """A fresh set of topics, empty."""
        if self._broker is None:
            self._broker = KafkaBroker(data=self.folder / "kafka", say=say)
            self._broker.start()
        self._topics += 1
        return Topics(self._broker.bootstrap, f"bench-{self._topics}-{name}")

    def worker(self, lane: str, topics: Topics, group: str, model: str | None = None) -> "_Running":
        """`moderation worker --lanes LANE` in the consumer group `group`, models on the CPU."""
        environment = {
            "MODERATION_KAFKA_BOOTSTRAP": topics.kafka.bootstrap,
            "MODERATION_KAFKA_TOPIC_PREFIX": topics.kafka.topic_prefix,
            "MODERATION_KAFKA_GROUP_PREFIX": f"{topics.kafka.topic_prefix}-{group}",
            "MODERATION_KAFKA_PARTITIONS": str(topics.kafka.partitions),
            "MODERATION_PROVIDER": "cpu",
            "MODERATION_POLICY": str(self.policy),
            "MODERATION_TEXT_MODEL": model or self.model,
            "MODERATION_LOG_LEVEL": "warning",
        }
        command = [sys.executable, "-m", "moderation", "worker", "--lanes", lane, "--with-parent"]
        return self.child(command, f"worker-{lane}", environment)

    def child(self, command: list[str], name: str, environment: dict[str, str] | None = None) -> "_Running":
        """Any process, run in the repository's root, its output in a log of its own."""
        self._logs += 1
        return running(command, self.folder / f"{self._logs:02}-{name}.log", environment, cwd=ROOT)

    def __enter__(self) -> "Stand":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        try:
            if self._broker is not None:
                self._broker.stop()
        finally:
            if kind is None:
                shutil.rmtree(self.folder, ignore_errors=True)
            else:
                shutil.rmtree(self.folder / "kafka", ignore_errors=True)
                say(f"the logs of this run are in {self.folder}")


_Running = contextlib.AbstractContextManager[Child]


@contextlib.contextmanager
def all_of(*children: _Running) -> Iterator[list[Child]]:
    """Several processes at once."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(child) for child in children]


def say(line: str) -> None:
    """A line of progress."""
    print(line, file=sys.stderr, flush=True)

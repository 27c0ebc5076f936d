"""`KafkaBroker`: a real single-node Apache Kafka as a child process that cannot outlive its parent."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from moderation import settings
from moderation.broker import node
from moderation.broker.guard import GRACE_S
from moderation.broker.jars import find_jars
from moderation.broker.java import find_java
from moderation.broker.release import KAFKA
from moderation.client import broker_answers
from moderation.errors import ConfigurationError, ModerationError

START_TIMEOUT_S = 120.0
"""How long Kafka may take to answer; 3 to 5 s are usual on two cores."""

_GUARD = Path(__file__).with_name("guard.py")


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class KafkaBroker:
    """Kafka at `bootstrap`, between `start` and `stop`; a context manager.

    Without `port` it takes a free one, and keeps it over `restart`. Without `data` its folder is temporary and
    removed by `stop`. `say` gets lines of progress. Errors: `MissingDependency` where Java or Kafka cannot be had,
    `ConfigurationError` for a port in use or a folder that cannot be written, `ModerationError` where Kafka fails.
    """

    def __init__(
        self, port: int | None = None, data: Path | None = None, say: Callable[[str], None] = _to_stderr
    ) -> None:
        self._port = port
        self._port_given = port is not None
        self._temporary = data is None
        self._data = data
        self._say = say
        self._guard: subprocess.Popen[str] | None = None
        self.pid: int | None = None
        """Process id of Kafka's Java process."""

    @property
    def bootstrap(self) -> str:
        """host:port that clients connect to."""
        return f"{node.HOST}:{self.port}"

    @property
    def port(self) -> int:
        """The port; known once started."""
        if self._port is None:
            raise ModerationError("the broker has no port before it is started")
        return self._port

    @property
    def data(self) -> Path:
        """The data folder; known once started."""
        if self._data is None:
            raise ModerationError("the broker has no data folder before it is started")
        return self._data

    @property
    def log(self) -> Path:
        """Kafka's own log."""
        return self.data / "broker.log"

    def start(self) -> "KafkaBroker":
        """Return when Kafka answers a request."""
        if self._guard is not None:
            raise ModerationError("the broker is already started")
        configuration = settings.load()
        if self._port_given:
            node.check_port(self.port)
        java = find_java()
        jars = find_jars(configuration.cache_dir, configuration.broker_archive, self._say)
        self._make_folder()
        try:
            for attempt in (1, 2, 3):
                keeps_port = self._port is not None
                ports = node.free_ports(2)
                self._port = self._port if self._port is not None else ports[0]
                if self._launch(java, jars, controller_port=ports[1]):
                    return self
                # Another process took a port between our look and Kafka's.
                if attempt == 3 or keeps_port:
                    break
                self._port = None
            raise ModerationError(f"Kafka did not start (log: {self.log})\n{self._last_lines()}")
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop Kafka gracefully, kill it after ten seconds; remove a temporary data folder."""
        self._end_process()
        if self._temporary and self._data is not None:
            shutil.rmtree(self._data, ignore_errors=True)
            self._data = None

    def kill(self) -> None:
        """SIGKILL Kafka, as a power failure would; `restart` brings it back with its data."""
        if self._guard is not None and self.pid is not None and self._guard.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
        self._end_process()

    def restart(self) -> None:
        """Stop Kafka if it runs, and start it again on the same port and data."""
        self._end_process()
        self.start()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until Kafka ends by itself (True), at most `timeout_s` seconds (False)."""
        if self._guard is None:
            return True
        try:
            self._guard.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def why(self) -> str:
        """What Kafka said last, for when it ended by itself."""
        code = None if self._guard is None else self._guard.poll()
        return f"Kafka ended with exit code {code} (log: {self.log})\n{self._last_lines()}"

    def __enter__(self) -> "KafkaBroker":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _make_folder(self) -> None:
        try:
            if self._data is None:
                self._data = Path(tempfile.mkdtemp(prefix="moderation-kafka-"))
            self._data = self._data.resolve()
            self._data.mkdir(parents=True, exist_ok=True)
            self.log.touch()
        except OSError as error:
            raise ConfigurationError(f"{self._data}: cannot hold Kafka's data: {error.strerror}") from error

    def _launch(self, java: Path, jars: Path, controller_port: int) -> bool:
        """Start the guard and with it Kafka. True when it answers; False when a port was taken meanwhile."""
        log_dir = self.data / "topics"
        configuration = self.data / "server.properties"
        configuration.write_text(node.properties(self.port, controller_port, log_dir), encoding="utf-8")
        self._say(f"starting Kafka {KAFKA.version}")
        node.format_once(java, jars, configuration, log_dir)
        self._log_from = self.log.stat().st_size
        command = [sys.executable, "-I", "-S", str(_GUARD), str(self.log)]
        command += [str(self.data)] if self._temporary else []
        command += ["--", *node.java_command(java, jars, "kafka.Kafka", str(configuration))]
        # A session of its own: Ctrl-C in a terminal reaches this process, which stops Kafka in order.
        self._guard = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True, cwd=self.data
        )
        assert self._guard.stdout is not None
        self.pid = int(self._guard.stdout.readline() or 0)
        kafka = settings.KafkaSettings(bootstrap=self.bootstrap)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.wait(0.05):
            if broker_answers(kafka, timeout_s=2.0):
                return True
            if time.monotonic() > deadline:
                raise ModerationError(
                    f"Kafka does not answer after {START_TIMEOUT_S:.0f} s (log: {self.log})\n{self._last_lines()}"
                )
        taken = "Address already in use" in self._log_text()
        self._end_process()
        if not taken:
            raise ModerationError(f"Kafka did not start (log: {self.log})\n{self._last_lines()}")
        return False

    def _end_process(self) -> None:
        guard, self._guard, self.pid = self._guard, None, None
        if guard is None:
            return
        assert guard.stdin is not None
        assert guard.stdout is not None
        with contextlib.suppress(OSError):  # it has ended before
            guard.stdin.write("stop\n")
            guard.stdin.flush()
        try:
            guard.wait(GRACE_S + 5)
        except subprocess.TimeoutExpired:
            guard.kill()
            guard.wait()
        for pipe in (guard.stdin, guard.stdout):
            with contextlib.suppress(OSError):
                pipe.close()

    def _log_text(self) -> str:
        with self.log.open("rb") as file:
            file.seek(self._log_from)
            return file.read().decode("utf-8", "replace")

    def _last_lines(self) -> str:
        return node.last_lines(self._log_text()) if self.log.exists() else "  (no log)"

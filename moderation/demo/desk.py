"""The review desk of the demonstration: it opens when there is something to see, in the demonstration's own folder."""

import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from moderation.demo.workers import Workers
from moderation.errors import ModerationError
from moderation.settings import KafkaSettings, load_desk

_ADDRESS, _LINK = "review desk: ", "the first admin sets a password here, once: "


class DemoDesk:
    """`moderation desk` on an empty SQLite, between `start` and `stop`. Without it the demonstration goes on."""

    def __init__(self, kafka: KafkaSettings, folder: Path, environment: Mapping[str, str]) -> None:
        self._log = folder / "desk.log"
        usual = load_desk()
        port = usual.port if _is_free(usual.address, usual.port) else 0
        self._database = f"sqlite:///{folder / 'desk.db'}"
        database = ["--database", self._database]
        arguments = ["--bootstrap", kafka.bootstrap, "--port", str(port), "--every-role", *database]
        self._process: Workers | None = None
        self._made = Workers(arguments, self._log, environment, "desk")
        self._told = False

    @property
    def started(self) -> bool:
        """Whether `start` was called."""
        return self._process is not None

    def start(self) -> None:
        """Start; does not wait until it is ready."""
        self._process = self._made
        self._process.start()

    def news(self) -> Sequence[str]:
        """Its address, the one-time link and its database, or why it has ended: each is told once, when it is known."""
        if self._process is None or self._told:
            return ()
        said = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        address = next((line.removeprefix(_ADDRESS) for line in said if line.startswith(_ADDRESS)), None)
        link = next((line.removeprefix(_LINK) for line in said if line.startswith(_LINK)), None)
        if address is None or link is None:
            try:
                self._process.check()
            except ModerationError as error:
                self._told = True
                return (f"no review desk: {error}",)
            return ()
        self._told = True
        return (
            f"Review desk: {address}",
            f"  set a password for its account admin, once: {link}",
            f"  its database: {self._database}",
        )

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.stop()


def _is_free(address: str, port: int) -> bool:
    try:
        with socket.create_server((address, port)):
            return True
    except OSError:
        return False

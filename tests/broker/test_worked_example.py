"""From a blank file to a canary: every step of the worked example for policy authors, in order."""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from moderation.broker import KafkaBroker
from moderation.cli.main import command as moderation
from moderation.settings import KafkaSettings, Settings
from tests.broker.pipeline import PATIENCE_S, Pipeline, running

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "policy-authors.md").read_text(encoding="utf-8")
SECTION = PAGE[PAGE.index("## From a blank file to a canary") :].split("\n## ")[0]
ACTIVATE = ". ../.venv/bin/activate"
BROKER = "moderation broker --port 9092"
WORKER = "moderation worker --lanes text,policy"
_FENCE = re.compile(r"^```(\S+)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_WAITING = ("moderation policy status",)  # shows what workers have done by now: asked again until it is that
_MASKS = (
    (r"\b[0-9a-f]{12}\b", "<hash>"),
    (r"\d{4}-\d\d-\d\d", "<day>"),
    (r"<day> \d\d:\d\d(:\d\d)?", "<time>"),
    (r"in \d+\.\d s:", "in <some> s:"),
)


def commands(console: str) -> Iterator[tuple[str, str]]:
    """What is typed after each `$`, with the lines after `>`, and what is shown then."""
    for typed, shown in re.findall(r"^\$ (.*\n(?:> .*\n)*)((?:(?!\$ ).*\n)*)", console, re.MULTILINE):
        yield re.sub(r"^> ", "", typed, flags=re.MULTILINE).rstrip("\n"), shown


def masked(text: str) -> str:
    for pattern, name in _MASKS:
        text = re.sub(pattern, name, text)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n" * bool(text)


def as_shown(shown: str, output: str) -> bool:
    """Whether an output is the one on the page: `[...]` alone on a line is any lines, in a line any text."""
    lines = [
        r"(?:.*\n)*?" if line == "[...]" else ".*".join(map(re.escape, line.split("[...]"))) + r"\n"
        for line in masked(shown).splitlines()
    ]
    return re.fullmatch("".join(lines), masked(output)) is not None


def edited(text: str, diff: str) -> str:
    """A file with the lines of a `diff` block replaced, in order; what is only added comes at its end."""
    for before, after in re.findall(r"((?:^-.*\n)*)((?:^\+.*\n)+)", diff, re.MULTILINE):
        old, new = (re.sub(r"^[-+]", "", part, flags=re.MULTILINE) for part in (before, after))
        assert not old or text.count(old) == 1, (old, text)
        text = text.replace(old, new) if old else text + new
    return text


class Reader:
    """Somebody who reads the section and does what it says, in a folder beside `models`."""

    def __init__(self, pipeline: Pipeline, folder: Path, environment: dict[str, str]) -> None:
        self._pipeline = pipeline
        self.folder = folder
        self._environment = environment
        self._worker_log: Path | None = None

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def edit(self, name: str, diff: str) -> None:
        self.write(name, edited((self.folder / name).read_text(encoding="utf-8"), diff))

    def type(self, typed: str, shown: str, code: int) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            output, found = self._run(typed)
            if found == code and (as_shown(shown, output) or self._in_another_order(typed, shown, output)):
                break
            told = f"$ {typed}\n{output}\nended with {found}; the page shows\n{shown}\n{self._pipeline.logs()}"
            assert typed in _WAITING, told
            assert time.monotonic() < deadline, told
        released = re.search(r"^release \d+ by", output, re.MULTILINE)
        if self._worker_log and released and typed not in _WAITING:
            self._wait_for(self._worker_log, released[0])

    def open(self, typed: str) -> None:
        """The first terminal, in the folder of the project."""
        output, code = self._run(typed)
        assert (output, code) == ("", 0)
        os.chdir(self.folder)

    def start_worker(self) -> None:
        self._pipeline.worker("text,policy")
        [self._worker_log] = self.folder.parent.glob("*-text,policy.log")

    def _run(self, typed: str) -> tuple[str, int]:
        prefix = self._environment["MODERATION_KAFKA_TOPIC_PREFIX"]
        words = shlex.split(typed)
        if words[0] == "moderation" and not {"|", ">"} & set(words):  # without a shell: it starts once, not forty times
            result = CliRunner(env=self._environment).invoke(moderation, words[1:])
            return result.output.replace(prefix, "moderation"), result.exit_code
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", typed],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_S,
        )
        return done.stdout.replace(prefix, "moderation"), done.returncode

    def _in_another_order(self, typed: str, shown: str, output: str) -> bool:
        """Decisions of several partitions come in any order."""
        ours = typed.startswith("moderation decisions")
        return ours and sorted(shown.splitlines()) == sorted(output.splitlines())

    def _wait_for(self, log: Path, words: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while f"{words} " not in log.read_text():
            assert time.monotonic() < deadline, f"no '{words}' in the worker's log\n{self._pipeline.logs()}"


@pytest.fixture
def reader(broker: KafkaBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """The broker stands in for the one of the second terminal, with topics that do not exist yet."""
    name = f"test-{tmp_path.name}-{os.getpid()}"
    kafka = KafkaSettings(bootstrap=broker.bootstrap, topic_prefix=name, group_prefix=name)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("MODERATION_")},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "MODERATION_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "MODERATION_KAFKA_TOPIC_PREFIX": name,
        "MODERATION_KAFKA_GROUP_PREFIX": name,
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
    }
    for name, place in (("models", ROOT / "models"), (".venv", Path(sys.prefix))):
        (tmp_path / name).symlink_to(place)
    with running(kafka, tmp_path, MODERATION_TEXT_MODEL=Settings().text_model) as pipeline:
        monkeypatch.chdir(tmp_path)
        yield Reader(pipeline, tmp_path / "our-board", environment)


def test_a_reader_gets_from_a_blank_file_to_a_canary(reader: Reader) -> None:
    elsewhere = []
    for kind, about, text in _FENCE.findall(SECTION):
        if about in ("second", "third"):
            elsewhere += [typed for typed, _ in commands(text)]
            if elsewhere[-1] == WORKER:
                reader.start_worker()
        elif about == "first":
            reader.open("\n".join(typed for typed, _ in commands(text)))
        elif kind == "console":
            for typed, shown in commands(text):
                reader.type(typed, shown, code=int(about == "fails"))
        elif kind == "diff":
            reader.edit(about, text)
        else:
            reader.write(about, text)
    assert elsewhere == [ACTIVATE, BROKER, ACTIVATE, WORKER]

"""The broker's life: its first line, its data, its end, with its parent's too."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from moderation.broker import KafkaBroker
from moderation.client import ModerationClient, broker_answers
from moderation.errors import ConfigurationError, ModerationError
from moderation.settings import KafkaSettings
from streams import admin

PATIENCE_S = 60.0

_OWNER = """
import threading
from moderation.broker import KafkaBroker

def start():
    broker = KafkaBroker().start()
    print(broker.bootstrap, broker.pid, broker.data, flush=True)
    keep.append(broker)

keep = []
thread = threading.Thread(target=start)
thread.start()
thread.join()
threading.Event().wait()
"""


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@contextmanager
def program(*command: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_line_is_an_address_that_answers_and_a_signal_ends_it_in_order(
    tmp_path: Path, number: signal.Signals
) -> None:
    with program("-m", "moderation", "broker", "--data", str(tmp_path / "kafka")) as process:
        assert process.stdout is not None
        bootstrap = process.stdout.readline().strip()
        kafka = KafkaSettings(bootstrap=bootstrap)
        assert bootstrap.startswith("127.0.0.1:")
        assert broker_answers(kafka)
        process.send_signal(number)
        rest, errors = process.communicate()
        assert (process.returncode, rest) == (0, "")
        assert "Kafka is stopped" in errors
        assert not broker_answers(kafka, timeout_s=0.2)


def test_kafka_ends_and_its_temporary_data_goes_when_its_parent_is_killed() -> None:
    with program("-c", _OWNER) as owner:
        assert owner.stdout is not None
        bootstrap, pid, data = owner.stdout.readline().split()
        # The thread that started it has ended: that alone must not end Kafka.
        assert broker_answers(KafkaSettings(bootstrap=bootstrap))
        owner.kill()
        assert eventually(lambda: is_gone(int(pid)))
        assert eventually(lambda: not Path(data).exists())


def test_topics_records_and_the_port_outlast_a_restart_and_a_kill(tmp_path: Path) -> None:
    with KafkaBroker(data=tmp_path) as broker:
        kafka = KafkaSettings(bootstrap=broker.bootstrap, partitions=1)
        admin.apply(kafka)
        for offset, end in enumerate((broker.stop, broker.kill)):
            with ModerationClient(kafka) as client:
                assert client.post(post_id="p").offset == offset
            end()
            broker.restart()
            assert broker.bootstrap == kafka.bootstrap
        with ModerationClient(kafka) as client:
            assert client.post(post_id="p").offset == 2
        cluster = (tmp_path / "topics" / "meta.properties").read_text()
    with KafkaBroker(data=tmp_path) as broker:
        assert (tmp_path / "topics" / "meta.properties").read_text() == cluster
        with ModerationClient(kafka.model_copy(update={"bootstrap": broker.bootstrap})) as client:
            assert client.post(post_id="p").offset == 3


def test_a_port_that_is_taken_is_refused_at_once() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"port {port} on 127.0.0.1 is in use"):
            KafkaBroker(port=port).start()


def test_two_brokers_on_one_folder_are_refused_with_what_kafka_said(tmp_path: Path) -> None:
    with KafkaBroker(data=tmp_path), pytest.raises(ModerationError, match=r"Kafka did not start.*\n.*(?s:.*)lock"):
        KafkaBroker(data=tmp_path).start()


def test_a_kafka_that_ends_by_itself_is_reported_with_its_last_words() -> None:
    with program("-m", "moderation", "broker") as process:
        assert process.stdout is not None
        bootstrap = process.stdout.readline().strip()
        found = subprocess.run(["ps", "-ww", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
        [pid] = descendants(found, process.pid)
        os.kill(pid, signal.SIGKILL)
        _, errors = process.communicate()
        assert process.returncode == 1
        assert "error: Kafka ended with exit code 137" in errors
        assert "broker.log" in errors
        assert not broker_answers(KafkaSettings(bootstrap=bootstrap), timeout_s=0.2)


def descendants(listing: str, root: int) -> list[int]:
    """Process ids of the Kafkas below a process, from `ps`."""
    rows = [line.split(None, 2) for line in listing.splitlines()[1:]]
    family = {root}
    for _ in range(3):
        family |= {int(pid) for pid, parent, _ in rows if int(parent) in family}
    return [
        int(pid) for pid, _, args in rows if int(pid) in family and "guard.py" not in args and "kafka.Kafka" in args
    ]

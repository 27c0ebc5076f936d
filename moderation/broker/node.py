"""One Kafka node's data folder: its configuration, its format, its ports."""

import base64
import contextlib
import random
import socket
import subprocess
import uuid
from pathlib import Path

from moderation.errors import ConfigurationError, ModerationError

HOST = "127.0.0.1"
_LOG4J = Path(__file__).with_name("log4j2.xml")
# Below the range from which Linux takes the ports of outgoing connections: a client that retries a port of that
# range on its own machine may end up connected to itself, and the broker could not come back to its port.
_PORTS = range(20_000, 32_000)


def properties(port: int, controller_port: int, log_dir: Path) -> str:
    """`server.properties`: broker and controller in one, on this machine only, everything replicated once."""
    settings: dict[str, object] = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
        "log.dirs": log_dir.as_posix(),
        "auto.create.topics.enable": "false",
        "default.replication.factor": 1,
        "offsets.topic.replication.factor": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "offsets.topic.num.partitions": 8,
        "transaction.state.log.num.partitions": 2,
        "share.coordinator.state.topic.num.partitions": 2,
        # Waiting for more members saves a production cluster a rebalance; here it only delays the first post.
        "group.initial.rebalance.delay.ms": 0,
        # The topics' own limits rule.
        "message.max.bytes": 16_777_216,
        "replica.fetch.max.bytes": 16_777_216,
        "socket.request.max.bytes": 104_857_600,
        "log.segment.bytes": 268_435_456,
        "log.retention.check.interval.ms": 60_000,
        # A killed broker is let in again when its old session has run out: the default lets a restart wait 9 s.
        "broker.session.timeout.ms": 2_000,
        "broker.heartbeat.interval.ms": 400,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "num.recovery.threads.per.data.dir": 2,
        "background.threads": 2,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def java_command(java: Path, jars: Path, main_class: str, *arguments: str, brief: bool = False) -> list[str]:
    """The command line of one of Kafka's programs; `brief` for one that ends at once."""
    if brief:
        options = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    else:
        options = ["-Xms256m", "-Xmx512m", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:+ExitOnOutOfMemoryError"]
    options += ["-Xshare:auto", "-Djava.awt.headless=true"]
    options += [f"-Dlog4j2.configurationFile={_LOG4J.as_uri()}"]
    return [str(java), *options, "-cp", f"{jars}/*", main_class, *arguments]


def format_once(java: Path, jars: Path, configuration: Path, log_dir: Path) -> None:
    """Give an empty data folder its cluster id; one that has it is left alone. Raises `ModerationError`."""
    if (log_dir / "meta.properties").is_file():
        return
    # A leading '-' would be read as an option.
    cluster_id = "M" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]
    arguments = ["format", "-t", cluster_id, "-c", str(configuration), "--ignore-formatted"]
    command = java_command(java, jars, "kafka.tools.StorageTool", *arguments, brief=True)
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise ModerationError(f"{log_dir}: Kafka cannot format this folder\n{last_lines(done.stdout + done.stderr)}")


def check_port(port: int) -> None:
    """Raises `ConfigurationError` if another process has this port."""
    if not _is_free(port):
        raise ConfigurationError(
            f"port {port} on {HOST} is in use by another process: name another with --port, or none for a free one"
        )


def free_ports(count: int) -> list[int]:
    """Ports that are free now; another process may still be faster."""
    ports = random.sample(_PORTS, len(_PORTS))
    free: list[int] = []
    for port in ports:
        if _is_free(port):
            free.append(port)
            if len(free) == count:
                return free
    raise ConfigurationError(f"no free port on {HOST} between {_PORTS.start} and {_PORTS.stop}")


def last_lines(text: str, count: int = 8) -> str:
    """The end of a log, for an error message; lines of stack traces left out."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(("\tat ", "\t... "))]
    return "\n".join(f"  {line[:300]}" for line in lines[-count:]) or "  (it said nothing)"


def _is_free(port: int) -> bool:
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True

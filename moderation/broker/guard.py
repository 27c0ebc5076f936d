"""Stands between a process and its Kafka: `python guard.py LOG [FOLDER] -- COMMAND...`.

Starts the command with its output in LOG, prints its process id, and stops it when standard input says `stop` or
ends, which it does when the process that holds the other end dies, however that happens. Then FOLDER is removed, too.
Should the guard itself be killed, Linux kills the command (PR_SET_PDEATHSIG): that signal comes when the *thread*
that started a process ends, so it cannot be used from the caller, whose threads come and go, but is safe here.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading

GRACE_S = 10.0
"""How long Kafka may take to stop before it is killed."""

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Run the command; returns its exit code, 128 + signal where a signal ended it."""
    split = arguments.index("--")
    log, folders, command = arguments[0], arguments[1:split], arguments[split + 1 :]
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def die_with_guard() -> None:
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    with open(log, "ab") as output:  # noqa: PTH123
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, preexec_fn=die_with_guard
        )
    stopping = threading.Event()

    def stop() -> None:
        if not stopping.is_set():
            stopping.set()
            process.terminate()
            timer = threading.Timer(GRACE_S, process.kill)
            timer.daemon = True
            timer.start()

    orphaned = threading.Event()

    def listen() -> None:
        if os.read(0, 16) == b"":
            orphaned.set()
        stop()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop())
    threading.Thread(target=listen, daemon=True).start()
    with contextlib.suppress(BrokenPipeError):
        print(process.pid, flush=True)

    parent = os.getppid()
    while process.poll() is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=1.0)
        # A forked child of the parent may hold the pipe open beyond its death.
        if os.getppid() != parent:
            orphaned.set()
            stop()
    if orphaned.is_set():
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


if __name__ == "__main__":
    sys.stdout.flush()
    code = main(sys.argv[1:])
    os._exit(code)  # the listening thread may still sit in read()

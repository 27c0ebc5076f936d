"""The demonstration's own folder: logs, the desk's database, the pictures of the samples. It goes with it."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from moderation.errors import ModerationError

_PREFIX = "moderation-demo-"
_LOCK = "lock"


@contextmanager
def own_folder() -> Iterator[Path]:
    """A new folder, removed at the end; after a `ModerationError` it stays, as its logs say why.

    Folders that others left here, as when they were killed, are removed first. A demonstration holds a lock on a file
    in its folder, which ends with it however it ends: neither process ids that come again nor containers that share
    the folder of temporary files can mislead.
    """
    _remove_left()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    unseen = folder / f".{_LOCK}"
    with unseen.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        unseen.rename(folder / _LOCK)  # never there without being held
        try:
            yield folder
        except ModerationError:
            raise
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        shutil.rmtree(folder, ignore_errors=True)


def _remove_left() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # of somebody else, without a lock, or gone by now
            if folder.is_symlink() or folder.lstat().st_uid != os.getuid():
                continue
            with (folder / _LOCK).open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)

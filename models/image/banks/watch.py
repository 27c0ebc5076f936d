"""The banks of a folder as they are now: changes take effect in a running process."""

import asyncio
import logging
from pathlib import Path

from models.image.banks.bank import Stamps, stamps_of
from models.image.banks.banks import Banks, names_in
from moderation.errors import BankError

log = logging.getLogger(__name__)


class BanksInForce:
    """`banks` is replaced as a whole: whoever matches several times keeps what it took. `version` counts that.

    A change that cannot be read leaves the banks as they were; `problem` says what is wrong with it until it is
    mended, and the log says so once.
    """

    def __init__(self, folder: Path | None) -> None:
        """Read them, none where `folder` is None. Raises `BankError`."""
        self.folder = folder
        self.problem: str | None = None
        self.version = 0
        self._seen = self._stamps()
        self.banks = Banks.load(folder) if folder is not None else Banks()

    def refresh(self) -> bool:
        """Read what has changed; whether `banks` is another now. Takes a second for a bank of a million."""
        seen = self._stamps()
        if self.folder is None or seen == self._seen:
            return False
        self._seen = seen
        try:
            self.banks = Banks.load(self.folder, self.banks)
        except BankError as error:
            self.problem = str(error)
            log.error("the banks of hashes stay as they were, because a change cannot be read: %s", error)
            return False
        self.problem = None
        self.version += 1
        log.info("banks of hashes read again: %d banks, %d hashes", len(self.banks.banks), len(self.banks))
        return True

    async def follow(self, every_s: float = 5.0) -> None:
        """Look for changes again and again, in a thread: matching goes on meanwhile. Ends when it is cancelled."""
        while True:
            await asyncio.sleep(every_s)
            await asyncio.to_thread(self.refresh)

    def _stamps(self) -> dict[str, Stamps] | str:
        """Of every bank; or why there are none."""
        if self.folder is None:
            return {}
        try:
            return {name: stamps_of(self.folder, name) for name in names_in(self.folder)}
        except BankError as error:
            return str(error)

"""All banks of a folder, and which of their hashes are near those of a picture."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from models.image.banks import bank as files
from models.image.banks.bank import Bank
from models.image.banks.entry import Entry
from models.image.banks.hashing import BYTES, TURNS, Digests, Turn
from models.image.banks.head import Kind
from models.image.banks.index import Index
from moderation.errors import BankError

_MEANT = {".yml": ".yaml", ".csv": ".tsv"}


@dataclass(frozen=True, slots=True)
class Match:
    """An entry of a bank that is within the bank's distance of a picture.

    `category` is the bank's category or reason; `turn` is how the picture had to be turned to match; `vetoed_by` is
    the entry of an allow bank that is as near or nearer.
    """

    bank: str
    kind: Kind
    category: str
    distance: int
    turn: Turn
    entry: Entry
    vetoed_by: "Match | None" = None

    @property
    def blocks(self) -> bool:
        """Whether the picture is one of a block bank, and no allow bank says otherwise."""
        return self.kind == "block" and self.vetoed_by is None


class Banks:
    """In order of their names. For any number of threads: nothing in it changes."""

    def __init__(self, banks: Iterable[Bank] = ()) -> None:
        self.banks = tuple(sorted(banks, key=lambda bank: bank.name))
        counts = [len(bank) for bank in self.banks]
        self._starts = np.cumsum([0, *counts])
        self._reach = np.array([bank.head.distance for bank in self.banks], np.int64)
        self._allows = np.array([bank.head.kind == "allow" for bank in self.banks], bool)
        none = np.empty((0, BYTES), np.uint8)
        self._index = Index(np.concatenate([none, *(bank.digests for bank in self.banks)]))

    @classmethod
    def load(cls, folder: Path, before: "Banks | None" = None) -> "Banks":
        """Every bank of a folder; those of `before` whose files are the same are not read again. Raises `BankError`."""
        had = {(bank.name, bank.stamps): bank for bank in before.banks} if before is not None else {}
        names = names_in(folder)
        return cls(had.get((name, files.stamps_of(folder, name))) or files.load(folder, name) for name in names)

    def __len__(self) -> int:
        return len(self._index)

    def match(self, digests: Digests) -> list[Match | None]:
        """The nearest entry of a block bank, for each picture or frame; None where there is none.

        `digests` has shape (n, 32) or (n, variants, 32), variants as `PictureHash` has them. Where an entry of an
        allow bank is as near or nearer, it stands in `vetoed_by`: ask `Match.blocks`. A veto that took no notice of
        distance would let an allowed picture switch off every entry near it, exact copies of those included.
        """
        return [_decided(nearest) for nearest in self.near(digests, only_nearest=True)]

    def near(self, digests: Digests, only_nearest: bool = False) -> list[list[Match]]:
        """Every match of each picture, the nearest first, an entry once; `only_nearest` of each kind."""
        variants = digests.shape[1] if digests.ndim == 3 else 1
        matches: list[list[Match]] = [[] for _ in range(len(digests))]
        if not len(self):
            return matches
        rows, entries, distances = self._index.within(digests.reshape(-1, BYTES), int(self._reach.max()))
        banks = np.searchsorted(self._starts, entries, side="right") - 1
        inside = np.flatnonzero(distances <= self._reach[banks])
        rows, entries, distances, banks = (each[inside] for each in (rows, entries, distances, banks))
        pictures, turns = rows // variants, rows % variants
        order = np.lexsort((entries, turns, distances, pictures))
        once = self._allows[banks].astype(np.int64) if only_nearest else entries
        _, first = np.unique((pictures * (len(self) + 1) + once)[order], return_index=True)
        for place in order[np.sort(first)].tolist():
            bank = self.banks[banks[place]]
            matches[pictures[place]].append(
                Match(
                    bank.name,
                    bank.head.kind,
                    bank.head.because,
                    int(distances[place]),
                    TURNS[turns[place]],
                    bank.entry(int(entries[place] - self._starts[banks[place]])),
                )
            )
        return matches


def _decided(nearest: Sequence[Match]) -> Match | None:
    blocks = next((match for match in nearest if match.kind == "block"), None)
    allows = next((match for match in nearest if match.kind == "allow"), None)
    if blocks is None or allows is None or allows.distance > blocks.distance:
        return blocks
    return replace(blocks, vetoed_by=allows)


def names_in(folder: Path) -> list[str]:
    """The banks of a folder. Raises `BankError` for a folder or a file that cannot be one of banks."""
    try:
        paths = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    except OSError as error:
        raise BankError(
            f"{folder}: no folder of hash banks can be read here: {error.strerror or error}; "
            "`moderation hashes create` makes one"
        ) from None
    for path in paths:
        if path.suffix in _MEANT:
            raise BankError(f"{path}: call it {path.with_suffix(_MEANT[path.suffix]).name}: other names are not read")
        if path.suffix == ".tsv" and not path.with_suffix(".yaml").exists():
            raise BankError(f"{path}: {path.stem}.yaml is missing beside it; `moderation hashes create` makes a bank")
    return [path.stem for path in paths if path.suffix == ".yaml"]

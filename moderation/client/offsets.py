"""A set of offsets of one partition that fits into a committed offset and its metadata string."""

import re
from collections.abc import Iterable

_LONGEST = 4_000  # Kafka's offset.metadata.max.bytes is 4096
_RANGES = re.compile(r"\d+-\d+(,\d+-\d+)*")


class OffsetSet:
    """All offsets below `floor`, and some above."""

    def __init__(self, floor: int = 0, above: Iterable[int] = ()) -> None:
        self.floor = floor
        self._above = {offset for offset in above if offset >= floor}
        self._rise()

    def __contains__(self, offset: int) -> bool:
        return offset < self.floor or offset in self._above

    def add(self, offset: int) -> None:
        """Put it in."""
        if offset >= self.floor:
            self._above.add(offset)
            self._rise()

    def skip_to(self, offset: int) -> None:
        """Everything below is in: those records do not exist any more."""
        if offset > self.floor:
            self.floor = offset
            self._above = {above for above in self._above if above >= offset}
            self._rise()

    def metadata(self) -> str:
        """What is above the floor, as ranges; the highest are forgotten where they do not fit."""
        text = ""
        for first, last in self._ranges():
            longer = f"{text}{',' if text else ''}{first}-{last}"
            if len(longer) > _LONGEST:
                break
            text = longer
        return text

    @classmethod
    def read(cls, floor: int, metadata: str) -> "OffsetSet":
        """From a committed offset and its metadata; metadata of another origin is ignored."""
        found = cls(floor)
        if _RANGES.fullmatch(metadata):
            for part in metadata.split(","):
                first, last = map(int, part.split("-"))
                found._above.update(range(max(first, floor), last + 1))
            found._rise()
        return found

    def _rise(self) -> None:
        while self.floor in self._above:
            self._above.discard(self.floor)
            self.floor += 1

    def _ranges(self) -> list[tuple[int, int]]:
        ranges: list[tuple[int, int]] = []
        for offset in sorted(self._above):
            if ranges and ranges[-1][1] == offset - 1:
                ranges[-1] = (ranges[-1][0], offset)
            else:
                ranges.append((offset, offset))
        return ranges

"""The most recently used values of a key, so many at most."""

from collections import OrderedDict
from typing import Generic, TypeVar

_Value = TypeVar("_Value")


class LRU(Generic[_Value]):
    """A mapping that drops what was used longest ago. Not locked: its owner does that."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._values: OrderedDict[bytes, _Value] = OrderedDict()

    def get(self, key: bytes) -> _Value | None:
        """The value, now the most recently used, or None."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: bytes, value: _Value) -> None:
        """Remember a value; the one used longest ago goes when there are too many."""
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self._capacity:
            self._values.popitem(last=False)

    def __len__(self) -> int:
        return len(self._values)

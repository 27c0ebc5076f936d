"""Which rows run together: batches bounded by padded tokens, of rows of like length."""

from collections.abc import Sequence


def batches(lengths: Sequence[int], budget: int, multiple: int = 1) -> list[list[int]]:
    """Indices into `lengths`, each exactly once, in batches; longest rows first.

    A batch of n rows, padded to its longest rounded up to `multiple`, holds at most `budget` tokens; a row that
    is longer than the budget stands alone. Longest first, so that sessions side by side end at about one time.
    """
    formed: list[list[int]] = []
    room = 0
    for index in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
        if not room:
            room = max(1, budget // max(1, padded(lengths[index], multiple)))
            formed.append([])
        formed[-1].append(index)
        room -= 1
    return formed


def padded(length: int, multiple: int) -> int:
    """`length` rounded up to a multiple of `multiple`."""
    return -(-length // multiple) * multiple

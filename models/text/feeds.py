"""What a text model's graph is fed: windows of tokens, padded to one width."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from models.runtime.batcher import padded
from models.runtime.classifier import Row


def feeds(rows: Sequence[Row], pad_id: int, multiple: int, inputs: Collection[str]) -> dict[str, NDArray[np.int64]]:
    """`input_ids` and `attention_mask`, and `token_type_ids` where it is among the graph's `inputs`.

    Shape (len(rows), the longest row rounded up to `multiple`).
    """
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    width = padded(int(lengths.max()), multiple)
    ids = np.full((len(rows), width), pad_id, np.int64)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = row
    fed = {"input_ids": ids, "attention_mask": (np.arange(width) < lengths[:, None]).astype(np.int64)}
    if "token_type_ids" in inputs:
        fed["token_type_ids"] = np.zeros_like(ids)
    return fed

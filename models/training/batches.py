"""Token sequences of like length put together, so that little of a batch is padding."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer


def tokenizer_at(path: Path, max_length: int | None = None) -> Tokenizer:
    """The tokenizer of a `tokenizer.json` without padding, and without truncation where not asked for."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    if max_length is None:
        tokenizer.no_truncation()
    else:
        tokenizer.enable_truncation(max_length)
    return tokenizer


def bucketed(lengths: Sequence[int], tokens: int, chance: random.Random, most: int = 96) -> list[list[int]]:
    """Every index once, in batches of at most `tokens` padded tokens and `most` rows, in random order."""
    order = list(range(len(lengths)))
    chance.shuffle(order)
    batches: list[list[int]] = []
    for start in range(0, len(order), 4096):
        pool = sorted(order[start : start + 4096], key=lambda i: lengths[i])
        batch: list[int] = []
        for index in pool:
            if batch and (len(batch) == most or (len(batch) + 1) * lengths[index] > tokens):
                batches.append(batch)
                batch = []
            batch.append(index)
        batches.append(batch)
    chance.shuffle(batches)
    return batches


def sorted_batches(lengths: Sequence[int], tokens: int) -> Iterator[list[int]]:
    """Every index once, by length, in batches of at most `tokens` padded tokens."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if batch and (len(batch) + 1) * lengths[index] > tokens:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def padded(sequences: Sequence[Sequence[int]], multiple: int = 1) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """`input_ids` and `attention_mask`, shape (len(sequences), longest rounded up to `multiple`)."""
    width = -(-max(map(len, sequences)) // multiple) * multiple
    ids = np.zeros((len(sequences), width), np.int64)
    mask = np.zeros_like(ids)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = sequence
        mask[row, : len(sequence)] = 1
    return ids, mask

"""Texts as counts of n-grams, found by the very graph that finds them in serving."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.training.batches import padded, sorted_batches
from models.training.ngrams.graph import NOBODY, finder, marks_of

_BATCH_TOKENS = 20_000
_LEAST_WIDTH = 8


class Features:
    """Finds the n-grams of token sequences."""

    def __init__(self, orders: tuple[int, ...]) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            finder(orders).SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def ngrams(self, sequences: Sequence[Sequence[int]]) -> list[NDArray[np.int64]]:
        """The n-grams of each sequence, one for every place where it stands."""
        found: list[NDArray[np.int64]] = [np.zeros(0, np.int64)] * len(sequences)
        for batch in sorted_batches([len(ids) for ids in sequences], _BATCH_TOKENS):
            ids, mask = padded([sequences[i] for i in batch], _LEAST_WIDTH)
            rows = self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
            for index, row in zip(batch, rows, strict=True):
                found[index] = row[row >= 0]
        return found


def owners(found: Sequence[NDArray[np.int64]], buckets: int, least: int) -> NDArray[np.int64]:
    """The n-gram that owns each bucket, -1 for none: of those in at least `least` texts the one in most."""
    ngrams, texts = np.unique(np.concatenate([np.unique(row) for row in found]), return_counts=True)
    kept = texts >= least
    ngrams, texts = ngrams[kept], texts[kept]
    order = np.lexsort((-ngrams, texts))  # the last one written stays
    owner = np.full(buckets, -1, np.int64)
    owner[ngrams[order] % buckets] = ngrams[order]
    return owner


def marks(owner: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The marks of the buckets' owners."""
    return np.where(owner >= 0, marks_of(np.maximum(owner, 0), len(owner)), NOBODY).astype(np.uint8)


def counted(found: Sequence[NDArray[np.int64]], mark: NDArray[np.uint8]) -> sparse.csr_matrix:
    """How often each bucket's owner stands in each text, shape (len(found), buckets)."""
    buckets = len(mark)
    rows = np.repeat(np.arange(len(found)), [len(row) for row in found])
    ngrams = np.concatenate(found)
    owned = marks_of(ngrams, buckets) == mark[ngrams % buckets]
    shape = (len(found), buckets)
    ones = np.ones(int(owned.sum()), np.float32)
    return sparse.csr_matrix((ones, (rows[owned], ngrams[owned] % buckets)), shape=shape)

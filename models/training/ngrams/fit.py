"""Fitting the table: logistic regression over tf-idf weighted n-grams, masked and weighted like any other loss here."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer

from models.training.dataset import Texts
from models.training.ngrams.features import Features, counted, marks, owners
from models.training.ngrams.graph import Table
from models.training.plan import NgramPlan
from moderation.errors import ConfigurationError


def fit(texts: Texts, tokenizer: Tokenizer, plan: NgramPlan, at: Callable[[float, str], None]) -> Table:
    """The table of a model over `texts.heads`. `at` is told the share done, and what is being done.

    Raises `ConfigurationError` for a head without positives or without negatives.
    """
    at(0.0, f"finding the n-grams of {len(texts):,} texts")
    tokenizer.enable_truncation(plan.max_length)
    sequences = [encoding.ids for encoding in tokenizer.encode_batch_fast(texts.texts)]
    found = Features(plan.orders).ngrams(sequences)
    owner = owners(found, plan.buckets, plan.least_texts)
    mark = marks(owner)
    counts = counted(found, mark)
    idf = _inverse_document_frequency(counts, owner)
    squares = idf**2
    weighed = _weighed(counts, idf, squares, plan.shrinkage)
    weights, bias = np.zeros((plan.buckets, len(texts.heads)), np.float32), np.zeros(len(texts.heads), np.float32)
    for column, head in enumerate(texts.heads):
        at((1 + column) / (1 + len(texts.heads)), f"fitting {head}")
        rows = np.flatnonzero(texts.weights[:, column] > 0)
        targets = texts.targets[rows, column] >= 0.5
        if not 0 < targets.sum() < len(targets):
            raise ConfigurationError(f"no texts to learn {head} from: leave it out of the recipe's heads")
        model = LogisticRegression(C=plan.strength, solver="liblinear")
        sample_weights = texts.weights[rows, column] * _evened(
            targets, [texts.sources[row] for row in rows], plan.most_positive
        )
        model.fit(weighed[rows], targets, sample_weight=sample_weights)
        weights[:, column], bias[column] = model.coef_[0] * idf, model.intercept_[0]
    return Table(mark, weights, squares, bias, plan.shrinkage, plan.orders)


def _inverse_document_frequency(counts: sparse.csr_matrix, owner: NDArray[np.int64]) -> NDArray[np.float32]:
    texts, buckets = counts.shape
    frequency = np.bincount(counts.indices, minlength=buckets)
    idf = np.log((1 + texts) / (1 + frequency)) + 1
    return np.where(owner >= 0, idf, 0).astype(np.float32)


def _weighed(
    counts: sparse.csr_matrix, idf: NDArray[np.float32], squares: NDArray[np.float32], shrinkage: float
) -> sparse.csr_matrix:
    """As the graph does it: the length of a text is the root of the sum of squares over its n-grams, repeats too."""
    lengths = np.sqrt(np.asarray(counts @ squares) + np.float32(shrinkage))
    return (sparse.diags(1 / np.maximum(lengths, 1e-6)) @ counts @ sparse.diags(idf)).tocsr()


def _evened(targets: NDArray[np.bool_], sources: list[str], most: float) -> NDArray[np.float64]:
    """Weights by which positives are at most a share of `most` of each source.

    The sets were sampled for offence, some to four fifths; a model that learnt these shares would suspect everybody
    who writes in that language.
    """
    weights = np.ones(len(targets))
    names = np.array(sources)
    for source in np.unique(names):
        of_source = names == source
        positive = of_source & targets
        negatives = int(of_source.sum() - positive.sum())
        if positive.sum() > most / (1 - most) * negatives > 0:
            weights[positive] = most / (1 - most) * negatives / positive.sum()
    return weights

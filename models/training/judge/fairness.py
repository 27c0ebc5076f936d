"""Unintended bias by identity term (Borkan et al. 2019, "Nuanced Metrics for Measuring Unintended Bias")."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from models.training.judge.identities import Phrase
from models.training.judge.intervals import Estimate, Figure, Flags, Floats, rounded
from models.training.judge.ranking import auc

POWER = -5
"""Of the generalised mean: the worst terms weigh most, as in Jigsaw's competition on unintended bias."""
MOST_OF_A_TERM = 100
"""Phrases drawn of each term, of the toxic ones and of the others."""
LEAST_OF_A_TERM = 10
"""A term with fewer toxic, or fewer other, phrases is not judged."""


class Term(Figure):
    """How one term fares. `subgroup_auc`: among phrases with it. `bpsn_auc`: toxic ones without it against others
    with it, low where the term alone raises scores. `bnsp_auc`: toxic ones with it against others without it, low
    where it lowers them."""

    toxic: int
    other: int
    subgroup_auc: Estimate
    bpsn_auc: Estimate
    bnsp_auc: Estimate


class Fairness(Figure):
    """Of one language. The three means are generalised ones over all terms, with power `POWER`."""

    category: str
    phrases: int
    overall_auc: Estimate
    subgroup_auc: float
    bpsn_auc: float
    bnsp_auc: float
    terms: dict[str, Term]

    def gap(self, name: str) -> float:
        """How far a mean ("bpsn_auc") lies below the overall area; 0 where it does not."""
        return max(0.0, rounded(self.overall_auc.value - getattr(self, name)))


def sampled(phrases: Iterable[Phrase], seed: int = 0, most: int = MOST_OF_A_TERM) -> list[Phrase]:
    """A part of the phrases in which every term has up to `most` toxic and `most` other ones, and a few more.

    Without it the templates with names, nine of ten phrases in some files, would be all there is.
    """
    shuffled = list(phrases)
    random.Random(seed).shuffle(shuffled)
    drawn: Counter[tuple[str, bool]] = Counter()
    kept = []
    for phrase in shuffled:
        keys = [(term, phrase.toxic) for term in phrase.terms] or [("", phrase.toxic)]
        if any(drawn[key] < most for key in keys):
            drawn.update(keys)
            kept.append(phrase)
    return kept


def fairness(phrases: Sequence[Phrase], scores: Floats, category: str) -> Fairness | None:
    """`scores` is 1-D, one for each phrase. None where no term has enough phrases."""
    toxic = np.array([phrase.toxic for phrase in phrases], bool)
    names = sorted({term for phrase in phrases for term in phrase.terms})
    terms = {}
    for name in names:
        within = np.array([name in phrase.terms for phrase in phrases], bool)
        if min((within & toxic).sum(), (within & ~toxic).sum()) >= LEAST_OF_A_TERM:
            terms[name] = _term(scores, toxic, within)
    if not terms:
        return None
    return Fairness(
        category=category,
        phrases=len(phrases),
        overall_auc=auc(scores[toxic], scores[~toxic]),
        **{
            name: generalised_mean([getattr(term, name).value for term in terms.values()])
            for name in ("subgroup_auc", "bpsn_auc", "bnsp_auc")
        },
        terms=terms,
    )


def generalised_mean(values: Sequence[float], power: float = POWER) -> float:
    """The mean of the powers, back to the root; 0 where a value is 0 and the power negative."""
    if power < 0 and min(values) <= 0:
        return 0.0
    return rounded(np.mean(np.asarray(values) ** float(power)) ** (1 / power))


def _term(scores: Floats, toxic: Flags, within: Flags) -> Term:
    return Term(
        toxic=int((within & toxic).sum()),
        other=int((within & ~toxic).sum()),
        subgroup_auc=auc(scores[within & toxic], scores[within & ~toxic]),
        bpsn_auc=auc(scores[~within & toxic], scores[within & ~toxic]),
        bnsp_auc=auc(scores[within & toxic], scores[~within & ~toxic]),
    )

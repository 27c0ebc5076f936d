"""The training set: all sets read, masked, de-duplicated, checked for leaks, split and disguised."""

import hashlib
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.text.normalise import normalise
from models.training.disguises import disguised
from models.training.examples import HEADS, Example, fingerprint
from models.training.held_out import EVALUATION
from models.training.readers import READERS, Source

WEAK_WEIGHT = 0.25
# One threat in a hundred texts: without more weight the head learns to say "no".
POSITIVE_WEIGHT = {"threat": 4.0}
DISGUISED_SHARE = 0.08
VALID_SHARE = 0.04
# The sets of natural prevalence: the first is held out whole, a tenth of the second.
NATURAL_SHARE = {"jigsaw-natural": 1.0, "jigsaw-binary": 0.10}


@dataclass(frozen=True, slots=True)
class Texts:
    """Normalised texts with targets and weights, both of shape (len(texts), heads); weight 0 masks."""

    texts: list[str]
    targets: NDArray[np.float32]
    weights: NDArray[np.float32]
    sources: list[str]

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True, slots=True)
class Dataset:
    """`valid` has the mixture of `train`; `natural` the prevalence of ordinary comments.

    `counts` is, by source, how many examples were read, leaked into an evaluation set, repeated, used.
    """

    train: Texts
    valid: Texts
    natural: Texts
    counts: dict[str, Counter[str]]


def build(folder: Path, seed: int = 0) -> Dataset:
    """The same data set for the same files and seed. `folder` holds the sets, a folder each."""
    forbidden = evaluation_fingerprints(folder)
    seen: set[str] = set()
    counts: dict[str, Counter[str]] = {}
    parts: dict[str, list[tuple[Example, str, float]]] = {"train": [], "valid": [], "natural": []}
    for name, source in READERS.items():
        counts[name] = Counter()
        for example, text, part in _sifted(source, name, folder, forbidden, seen, counts[name]):
            parts[part].append((example, text, source.weight))
    chance = random.Random(seed)
    chance.shuffle(parts["train"])
    parts["train"] = [
        (example, normalise(disguised(text, chance)) if chance.random() < DISGUISED_SHARE else text, weight)
        for example, text, weight in parts["train"]
    ]
    return Dataset(_texts(parts["train"]), _texts(parts["valid"]), _texts(parts["natural"]), counts)


def evaluation_fingerprints(folder: Path) -> set[str]:
    """The fingerprints of every text that is only for evaluation."""
    return {fingerprint(normalise(e.text)) for read in EVALUATION.values() for e in read(folder)}


def _sifted(
    source: Source, name: str, folder: Path, forbidden: set[str], seen: set[str], count: Counter[str]
) -> Iterable[tuple[Example, str, str]]:
    """What is used of a set, with its normalised text and its part of the split."""
    kept = []
    for example in source.read(folder):
        count["read"] += 1
        text = normalise(example.text)
        mark = fingerprint(text)
        if not text or mark in forbidden:
            count["leaked" if text else "empty"] += 1
        elif mark in seen:
            count["repeated"] += 1
        else:
            seen.add(mark)
            # Groups, not examples, are drawn and split, by a hash: adding a set moves nobody.
            kept.append((_fraction(example.group or mark), example, text))
    if len(kept) > source.most:
        kept = sorted(kept, key=lambda item: item[0])[: source.most]
        kept = [(drawn * 1e4 % 1, example, text) for drawn, example, text in kept]
    for drawn, example, text in kept:
        natural = NATURAL_SHARE.get(name)
        held_out = drawn < (VALID_SHARE if natural is None else natural)
        part = "train" if not held_out else "valid" if natural is None else "natural"
        count[part] += 1
        yield example, text, part


def _fraction(key: str) -> float:
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _texts(items: list[tuple[Example, str, float]]) -> Texts:
    targets = np.zeros((len(items), len(HEADS)), np.float32)
    weights = np.zeros_like(targets)
    for row, (example, _, weight) in enumerate(items):
        for labels, share in ((example.weak, WEAK_WEIGHT), (example.labels, 1.0)):
            for head, value in labels.items():
                more = POSITIVE_WEIGHT.get(head, 1.0) if value >= 0.5 else 1.0
                targets[row, HEADS.index(head)] = value
                weights[row, HEADS.index(head)] = share * weight * more
    return Texts([text for _, text, _ in items], targets, weights, [example.source for example, _, _ in items])

"""Records on which rules fire and fail: what they show needs no proof, and most of what is asked they show."""

import math
import random
from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from moderation.events import Scalar
from moderation.policy import tree
from moderation.policy.lint.logic import Box
from moderation.policy.lint.logic.box import Conflict
from moderation.policy.model import Policy
from moderation.policy.names import Name
from moderation.policy.synthetic import Given, given_of
from moderation.signals import SIGNALS

_PICKS = ("low", "middle", "high", "any")
_MOST_MEDIA = 64
_WHOLE = 2.0**53


class Samples:
    """`fired` and `failed`: per condition, the samples in which it was true and false, as bits."""

    def __init__(self, policy: Policy, boxes: Iterable[Box]) -> None:
        count = len(policy.program.conditions)
        self.fired = [0] * count
        undetermined = [0] * count
        bit = 1
        for box in boxes:
            for given in records_in(box, policy):
                found = policy.program.run(given.record, given.under.state)
                for index in found.fired:
                    self.fired[index] |= bit
                for index in found.undetermined:
                    undetermined[index] |= bit
                bit <<= 1
        self.failed = [(bit - 1) & ~(fired | open_) for fired, open_ in zip(self.fired, undetermined, strict=True)]


def records_in(box: Box, policy: Policy) -> Iterator[Given]:
    """Some records of those a box encloses, the same ones every time. What it says of terms may not hold for them."""
    chance = random.Random(0)
    names = [
        name for name in policy.program.names if name.name in SIGNALS or name.kind in ("fact", "state")
    ]  # not what is found in the text, nor what is derived
    for pick in _PICKS:
        values: dict[str, Scalar] = {}
        for name in names:
            if "known" in box.known(name.name):
                values[name.name] = _value(box, name, pick, chance)
        try:
            yield given_of(values)
        except (ValidationError, OverflowError):
            continue  # no post can be so


def _value(box: Box, name: Name, pick: str, chance: random.Random) -> Scalar:
    node = tree.NameOf(name.type, name.bounds, name.name)
    if name.type == "boolean":
        truth = box.truth(node)
        return chance.random() < 0.5 if truth is None else truth
    if name.type == "string":
        texts = box.text(node)
        return chance.choice(sorted(texts.listed)) if not texts.excluded else _fresh(texts.listed)
    try:
        low, high = box.number(node)
    except Conflict:
        low, high = name.bounds
    value = _number(low, high, pick, chance)
    if name.name in ("post.images", "post.videos", "post.revision"):
        value = float(min(round(value), _MOST_MEDIA))
    whole = float(math.ceil(value)) if name.kind == "state" and value < _WHOLE else value
    return whole if low <= whole <= high else value


def _number(low: float, high: float, pick: str, chance: random.Random) -> float:
    if pick == "low":
        return 0.0 if low < 0.0 < high else low
    if pick == "high":
        return high if abs(high) < 1e300 else max(low, 0.0) + 1000.0
    if abs(low) > 1e300 or abs(high) > 1e300:
        low, high = max(low, -1000.0), min(high, max(low, 0.0) + 1000.0)
    return (low + high) / 2 if pick == "middle" else chance.uniform(low, high)


def _fresh(excluded: frozenset[str]) -> str:
    word = "something"
    while word in excluded:
        word += "-else"
    return word[:64]

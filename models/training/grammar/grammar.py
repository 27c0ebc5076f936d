"""Sentences of our own that differ in what decides: who is meant, what is denied, who is quoted.

The public sets hardly hold them: an attack and its denial, a threat and its report, an insult to a person and
the same words for a group. Drawn from templates crossed with identities in equal shares, so that no name of a
group stands for hate. They follow the phenomena that functional tests of hate detection look at (Röttger et al.
2021 name them); the sentences are ours, and those tests were not seen.
"""

import functools
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from models.training.disguises import disguised
from models.training.examples import Example

SOURCE = "grammar"
_HERE = Path(__file__).parent
_SYMBOL = re.compile(r"\{(\w+)\}")
_ARTICLE = re.compile(r"\b([Aa]) (?=[aeiouAEIOU](?!ni|ne\b|ser))")
_DOUBLE_ARTICLE = re.compile(r"\b(a|an|such a|every|any|no|that|this|your|one|the) (a|an|the) ", re.IGNORECASE)
_DISGUISED_SHARE = 0.07
_QUOTED_REAL = 160  # characters of a real post that a sentence still quotes


@dataclass(frozen=True, slots=True)
class Kind:
    """Sentences that share what they are: `labels` by head, `share` of all examples (any unit), templates."""

    kind: str
    labels: Mapping[str, float]
    share: float
    templates: tuple[str, ...]

    @property
    def hateful(self) -> bool:
        return self.labels.get("hate") == 1


@functools.cache
def kinds() -> tuple[Kind, ...]:
    """Every kind of `sentences.yaml`."""
    return tuple(
        Kind(entry["kind"], entry["labels"], entry["share"], tuple(entry["templates"]))
        for entry in _read("sentences.yaml")
    )


def grammar(count: int, seed: int, slurs: Sequence[str] = (), real: Sequence[str] = ()) -> Iterator[Example]:
    """At most `count` examples, each sentence once, the same for the same arguments.

    `real` are hateful posts to be quoted; without `slurs` or `real` the templates that need them are left out.
    """
    writer = _Writer(random.Random(seed), slurs, [post for post in real if len(post) <= _QUOTED_REAL])
    seen = set()
    shares = [kind.share for kind in writer.kinds]
    for kind in random.Random(f"{seed} kinds").choices(writer.kinds, shares, k=count):
        text = writer.post(kind)
        if text not in seen:
            seen.add(text)
            yield Example(text, SOURCE, kind.labels)


class _Writer:
    """Draws sentences. One sentence speaks of one identity, also within what it quotes."""

    def __init__(self, chance: random.Random, slurs: Sequence[str], real: Sequence[str]) -> None:
        self._chance = chance
        self._terms: dict[str, Sequence[str]] = {**_read("terms.yaml"), "slur": slurs, "real": real}
        self._identities = _read("identities.yaml")
        self.kinds = [kept for kind in kinds() if (kept := self._possible(kind)).templates]
        self._hateful = [kind for kind in self.kinds if kind.hateful and kind.kind != "hateful-at-length"]

    def post(self, kind: Kind) -> str:
        """One post of a kind, as people write: with a beginning, an end, sometimes a disguise."""
        text = self._sentence(kind)
        text = self._chance.choice(self._terms["prefix"]) + text + self._chance.choice(self._terms["suffix"])
        text = text[0].upper() + text[1:] if self._chance.random() < 0.5 else text
        if self._chance.random() < 0.4 and text[-1].isalnum():
            text += "."
        text = text.upper() if self._chance.random() < 0.03 else text
        return disguised(text, self._chance) if self._chance.random() < _DISGUISED_SHARE else text

    def _sentence(self, kind: Kind) -> str:
        plural, single, adjective = self._chance.choice(self._identities)
        forms = {"P": plural, "S": single, "A": adjective}
        text = self._expanded(self._chance.choice(kind.templates), forms)
        text = _DOUBLE_ARTICLE.sub(r"\1 ", text)
        return _ARTICLE.sub(r"\1n ", text)

    def _expanded(self, template: str, forms: Mapping[str, str]) -> str:
        def drawn(match: re.Match[str]) -> str:
            symbol = match[1]
            if symbol in forms:
                return forms[symbol]
            if symbol == "hateful":
                kind = self._chance.choice(self._hateful)
                return self._expanded(self._chance.choice(kind.templates), forms)
            return self._expanded(self._chance.choice(self._terms[symbol]), forms) if symbol != "real" else self._real()

        return _SYMBOL.sub(drawn, template)

    def _real(self) -> str:
        return self._chance.choice(self._terms["real"]).strip().strip("'\"")

    def _possible(self, kind: Kind) -> Kind:
        missing = [name for name in ("slur", "real") if not self._terms[name]]
        templates = tuple(t for t in kind.templates if not any("{" + name + "}" in t for name in missing))
        return Kind(kind.kind, kind.labels, kind.share, templates)


def _read(name: str) -> Any:
    return yaml.safe_load((_HERE / name).read_text(encoding="utf-8"))

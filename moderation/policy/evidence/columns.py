"""Which columns of a file of evidence say what. Read off the `evidence:` section, or the options of a command."""

from dataclasses import dataclass

WEIGHT = "weight"
PROBABILITY = "sampling_probability"


@dataclass(frozen=True, slots=True)
class Columns:
    """What the author says of a file; None where nothing is said, and the usual names are looked for.

    `signal` is what it is evidence for. `category` is the label that counts as right where labels are words; `part`
    the set of texts in the evaluation file of a model. `prevalence` is the share of all posts that is right.
    """

    signal: str
    score: str | None = None
    label: str | None = None
    category: str | None = None
    weight: str | None = None
    probability: str | None = None
    model: str | None = None
    part: str | None = None
    prevalence: float | None = None

    @property
    def named(self) -> str:
        """What a right example is, in messages: `hate` for text.hate."""
        return self.category or self.signal.rpartition(".")[2]

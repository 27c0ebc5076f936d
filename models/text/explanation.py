"""What a person is told about a score: the words that made it."""

from dataclasses import dataclass

from models.text.units import Span
from moderation.events import Evidence
from moderation.taxonomy import Category


@dataclass(frozen=True, slots=True)
class Contribution:
    """A part of the text as written, and what the score loses when it alone is taken out; below 0 where it gains.

    `probability` is in [-1, 1]; `log_odds` also tells apart what is near 0 and near 1.
    """

    start: int
    end: int
    probability: float
    log_odds: float

    @property
    def span(self) -> Span:
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the text that raises the score. `left` is the score once it and all steps before it are out."""

    part: Contribution
    left: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why the text has its score in one category.

    `passage` is what was examined: the text, or of one that is read in several windows the part with the highest
    score, `passage_score`. `raising` are the deciding words, strongest first; taking out the first one lowers the
    passage's score. Where the score stays high without them, because other words say the same, those come after.
    `lowering` speak against it. `words` are those that were taken out one by one, in the order of the text.
    """

    category: Category
    score: float
    passage: Span
    passage_score: float
    raising: tuple[Step, ...]
    lowering: tuple[Contribution, ...]
    words: tuple[Contribution, ...]

    @property
    def remaining(self) -> float:
        """The passage's score without all that raise it."""
        return self.raising[-1].left if self.raising else self.passage_score


@dataclass(frozen=True, slots=True)
class Attribution:
    """`variants` texts were read for it, in `runs` runs of the model."""

    model: str
    explanations: tuple[Explanation, ...]
    variants: int
    runs: int

    def evidence(self) -> tuple[Evidence, ...]:
        """The deciding words for a record or a review: `value` is what the score loses with them, step by step."""
        return tuple(
            Evidence(
                signal=f"text.{each.category}",
                value=round(before - step.left, 6),
                start=step.part.start,
                end=step.part.end,
            )
            for each in self.explanations
            for before, step in zip(
                (each.passage_score, *(step.left for step in each.raising)), each.raising, strict=False
            )
        )

"""What the text models are meant to reach, set before they were trained: met or missed is said in the card."""

from collections.abc import Callable
from dataclasses import dataclass

from models.training.judge.evaluation import Evaluation
from models.training.judge.intervals import Estimate, Share


@dataclass(frozen=True, slots=True)
class Goal:
    """More than `least`, of a figure that is None where it was not measured."""

    text: str
    least: float
    figure: Callable[[Evaluation], Share | Estimate | None]


def _robtest(evaluation: Evaluation) -> Estimate | None:
    found = evaluation.rankings.get("robtest", {}).get("toxicity")
    return found.auc if found is not None else None


def _overall(evaluation: Evaluation) -> Share | None:
    return evaluation.functions.overall if evaluation.functions is not None else None


def _harmless(evaluation: Evaluation) -> Share | None:
    return evaluation.functions.harmless if evaluation.functions is not None else None


GOALS = (
    Goal("functional tests of hate detection, right at the shipped threshold: all cases", 0.80, _overall),
    Goal("functional tests of hate detection, right at the shipped threshold: cases not hateful", 0.65, _harmless),
    Goal("AUC of toxicity on the balanced Jigsaw test half (robtest)", 0.97, _robtest),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A goal with what was measured."""

    goal: Goal
    figure: Share | Estimate

    @property
    def met(self) -> bool:
        return self.figure.value > self.goal.least


def outcomes(evaluation: Evaluation) -> list[Outcome]:
    """Of the goals that could be measured."""
    measured = ((goal, goal.figure(evaluation)) for goal in GOALS)
    return [Outcome(goal, figure) for goal, figure in measured if figure is not None]

"""What a run held out of training, and what it wrote of how the model was made."""

import json
from dataclasses import dataclass, field
from typing import Any

from models.training import dataset
from models.training.calibrate import cross_fitted
from models.training.dataset import Texts
from models.training.judge.ranking import Ranking, ranking
from models.training.judge.reliability import Reliability, reliability
from models.training.judge.subject import Subject
from models.training.run import Run

ANNOTATED = 0.5
"""Weights from here on are those of annotated labels; weak ones weigh less."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The parts `valid` (the mixture of the training sources) and `natural` (natural prevalence) of a run.

    `training` is for the card.
    """

    valid: Texts
    natural: Texts
    training: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, run: Run) -> "Rows":
        """Raises `ConfigurationError` where the run has not been prepared."""
        files = {part: run.prepared / f"{part}.parquet" for part in ("valid", "natural")}
        run.need("prepare", *files.values())
        return cls(dataset.load(files["valid"]), dataset.load(files["natural"]), _training(run))

    def rankings(self, subject: Subject) -> dict[str, Ranking]:
        """Of the annotated validation rows."""
        scores = subject.scores(subject.logits("valid", self.valid.texts))
        found = {}
        for column, head in enumerate(self.valid.heads):
            place = subject.column(head)
            annotated = self.valid.weights[:, column] >= ANNOTATED
            labels = self.valid.targets[annotated, column] >= 0.5
            if place is not None and (measured := ranking(labels, scores[annotated, place])) is not None:
                found[head] = measured
        return found

    def reliability(self, subject: Subject) -> dict[str, Reliability]:
        """Of the natural rows, every fifth calibrated by a fit on the others."""
        labels = list(subject.spec.labels)
        if not set(self.natural.heads) <= set(labels):
            return {}  # another model's labels: its calibration is not ours to judge
        logits = subject.logits("natural", self.natural.texts)[:, [labels.index(head) for head in self.natural.heads]]
        fitted = cross_fitted(logits, self.natural)
        return {head: reliability(scores, raw, targets) for head, (raw, scores, targets) in fitted.items()}


def _training(run: Run) -> dict[str, Any]:
    """The recipe, the counts of its sources, and what the stage `train` recorded."""
    recipe, train = run.recipe(), run.record("train")
    report = json.loads((run.prepared / "report.json").read_text(encoding="utf-8"))
    fitted = recipe.architecture == "ngrams"
    counts = ("licence", "read", "leaked", "repeated", "train", "valid", "natural")
    return {
        "recipe": recipe.name,
        "backbone": "n-grams of characters" if fitted else recipe.backbone,
        "seed": recipe.seed,
        "disguised_share": recipe.disguised_share,
        "weak_weight": recipe.weak_weight,
        "plan": train.get("parameters", {}).get("plan", {}),  # the recipe's, but for what the command line changed
        "sources": {name: {key: each.get(key) for key in counts} for name, each in report["sources"].items()},
        "seconds": train.get("seconds"),
        "metrics": train.get("metrics", {}),
        "machine": train.get("machine", {}),
    }

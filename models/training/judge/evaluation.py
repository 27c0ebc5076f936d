"""`evaluation.json`: everything that was measured of one model, beside its manifest."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from models.manifest import Manifest
from models.training.judge.alarms import Alarms
from models.training.judge.attacks import Attack
from models.training.judge.cost import Cost
from models.training.judge.fairness import Fairness
from models.training.judge.functions import Functions
from models.training.judge.intervals import Figure
from models.training.judge.parity import Parity
from models.training.judge.ranking import Ranking
from models.training.judge.reliability import Reliability
from moderation.errors import ModelError

FILE = "evaluation.json"


class Judged(Figure):
    """A set: how many of its texts were judged, and a hash over its files."""

    language: str
    texts: int
    of: int
    sha256: str


class Evaluation(Figure):
    """What is keyed by set, category, language or graph has an entry only where it could be measured."""

    model: str
    sha256: str
    """Of the ONNX file that was judged."""
    thresholds: dict[str, float]
    """Label -> the shipped threshold that every decision here was made with."""
    sets: dict[str, Judged]
    rankings: dict[str, dict[str, Ranking]]
    held_out_rankings: dict[str, Ranking] = Field(default_factory=dict)
    """On the rows of the training sources that were held out: an easier test."""
    alarms: dict[str, Alarms]
    attacks: dict[str, Attack] = Field(default_factory=dict)
    reliability: dict[str, dict[str, Reliability]]
    fairness: dict[str, Fairness] = Field(default_factory=dict)
    parity: dict[str, Parity] = Field(default_factory=dict)
    functions: Functions | None = None
    cost: Cost
    training: dict[str, Any] = Field(default_factory=dict)
    """What the run wrote of how the model was made: see `models.training.judge.training`."""
    seed: int
    seconds: float
    code: dict[str, str]
    machine: dict[str, Any]


def save(folder: Path, evaluation: Evaluation) -> None:
    """Write `evaluation.json`, whole or not at all."""
    part = folder / f".{FILE}.partial"
    part.write_text(evaluation.model_dump_json(indent=1) + "\n", encoding="utf-8")
    part.replace(folder / FILE)


def load(folder: Path, manifest: Manifest) -> Evaluation:
    """Raises `ModelError` where there is none, or it is of other weights or thresholds than the manifest's."""
    path = folder / FILE
    again = f"run `moderation models evaluate {folder} --data DIR`"
    try:
        evaluation = Evaluation.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise ModelError(f"{path}: not there, the model has not been judged; {again}") from None
    except (OSError, ValidationError) as error:
        raise ModelError(f"{path}: cannot be read: {' '.join(str(error).split())[:200]}; {again}") from None
    if evaluation.sha256 != manifest.sha256:
        raise ModelError(f"{path}: of another ONNX file ({evaluation.sha256[:12]}...) than the manifest's; {again}")
    if evaluation.thresholds != thresholds(manifest):
        raise ModelError(f"{path}: made with other thresholds than the manifest's; {again}")
    return evaluation


def thresholds(manifest: Manifest) -> dict[str, float]:
    """Of every label, stated or not."""
    return {label: manifest.threshold(label) for label in manifest.labels}


def key_figures(evaluation: Evaluation) -> dict[str, Any]:
    """The `metrics` of a manifest: the figures that tell two models apart, the rest is in `evaluation.json`."""
    found = evaluation.functions
    return {
        "auc": {
            name: {category: round(each.auc.value, 4) for category, each in of_set.items()}
            for name, of_set in evaluation.rankings.items()
        },
        "false_alarms": {name: round(each.any.value, 4) for name, each in evaluation.alarms.items()},
        "calibration_error": {
            name: {category: round(each.error.value, 4) for category, each in of_set.items()}
            for name, of_set in evaluation.reliability.items()
        },
        "recall_lost_to_style": {name: round(-each.change.value, 4) for name, each in evaluation.attacks.items()},
        "fairness_gaps": {language: gaps(each) for language, each in evaluation.fairness.items()},
        "parity": {
            name: {"auc_delta": round(each.auc_delta, 5), "flipped": round(each.any.value, 5)}
            for name, each in evaluation.parity.items()
        },
        "functional": found
        and {
            "overall": round(found.overall.value, 4),
            "hateful": round(found.hateful.value, 4),
            "not_hateful": round(found.harmless.value, 4),
        },
        "cost": evaluation.cost.model_dump(),
    }


def gaps(fairness: Fairness) -> dict[str, float]:
    """The bound's name -> the gap it bounds."""
    return {f"{name}_gap": fairness.gap(name) for name in ("subgroup_auc", "bpsn_auc", "bnsp_auc")}


def worst_gaps(evaluation: Evaluation) -> Iterator[tuple[str, str, float]]:
    """Each gap's name with the language in which it is widest, and how wide."""
    for name in ("subgroup_auc_gap", "bpsn_auc_gap", "bnsp_auc_gap"):
        if evaluation.fairness:
            language, fairness = max(evaluation.fairness.items(), key=lambda item: gaps(item[1])[name])
            yield name, language, gaps(fairness)[name]

"""From a recipe to a model folder: read, cross-validate, fit on everything, export, judge, write the card."""

import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from models import manifest
from models.media.decoding.decoded import Pixels
from models.training.judge.intervals import Estimate, normal
from models.training.pictures import export, judging
from models.training.pictures.card import card
from models.training.pictures.disguises import DISGUISES, served
from models.training.pictures.fit import fit, logits_of, targets_of
from models.training.pictures.reading import Picture, folds, pictures
from models.training.pictures.recipe import PictureRecipe
from models.training.pictures.squeezenet import SqueezeNet, pretrained
from models.training.progress import Progress
from models.training.run import machine, sha256
from moderation.errors import ConfigurationError

_LEAST = 20
"""Pictures of a category, below which its figures would say nothing."""


@dataclass(frozen=True)
class Making:
    """One run; `folder` keeps what each fold gave, so that a run that was ended goes on."""

    recipe: PictureRecipe
    data: Path
    folder: Path
    progress: Progress

    def make(self) -> Path:
        """The model folder. Raises `ConfigurationError` for data that cannot teach the recipe's categories."""
        recipe = self.recipe
        self.progress.at(0.0, "reading pictures")
        found = list(pictures(recipe.train, self.data, recipe.size))
        harmless = list(pictures(recipe.harmless, self.data, recipe.size))
        self._check(found)
        names = sorted({picture.label for picture in found})
        fold = folds(found, recipe.folds, recipe.seed)
        plain, disguised = self._cross_validated(found, names, fold)
        net = self._network(names)
        parts = 1 / (recipe.folds + 1)
        fit(net, found, names, recipe, recipe.seed, self._told(1 - parts, parts, "fitting on everything"))
        return self._written(net, found, harmless, plain, disguised)

    def _check(self, found: Sequence[Picture]) -> None:
        for category, labels in self.recipe.labels.items():
            count = sum(picture.label in labels for picture in found)
            if count < _LEAST:
                raise ConfigurationError(
                    f"{category}: {count} pictures are labelled {' or '.join(labels)}; at least {_LEAST} are needed"
                )

    def _network(self, names: Sequence[str]) -> SqueezeNet:
        return pretrained(self.data / self.recipe.backbone, len(self.recipe.labels), names)

    def _cross_validated(
        self, found: Sequence[Picture], names: Sequence[str], fold: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
        """Logits of every picture as served and under each disguise, by a network that never saw it or its like."""
        recipe = self.recipe
        forms = ("served", *DISGUISES)
        logits = {form: np.zeros((len(found), len(recipe.labels))) for form in forms}
        for number in range(recipe.folds):
            rows = np.flatnonzero(fold == number)
            kept = self.folder / f"fold-{number}.npz"
            if not kept.exists():
                net = self._network(names)
                told = self._told(number / (recipe.folds + 1), 1 / (recipe.folds + 1), f"fold {number + 1}")
                fit(net, [found[row] for row in np.flatnonzero(fold != number).tolist()], names, recipe, number, told)
                own = [found[row] for row in rows.tolist()]
                given = {"served": logits_of(net, [picture.served for picture in own])}
                sought = targets_of(own, recipe).any(1)
                for name, change in DISGUISES.items():
                    given[name] = given["served"].copy()  # of the others only what they are as they are is told
                    changed = [served(change(own[row].working), recipe.size) for row in np.flatnonzero(sought).tolist()]
                    given[name][sought] = logits_of(net, changed)
                self.folder.mkdir(parents=True, exist_ok=True)
                with kept.open("wb") as file:
                    np.savez(file, **given)  # type: ignore[arg-type]
            with np.load(kept) as given_again:
                for form in forms:
                    logits[form][rows] = given_again[form]
        return logits.pop("served"), logits

    def _written(
        self,
        net: SqueezeNet,
        found: Sequence[Picture],
        harmless: Sequence[Picture],
        plain: NDArray[np.float64],
        disguised: dict[str, NDArray[np.float64]],
    ) -> Path:
        recipe = self.recipe
        folder = self.folder / recipe.id
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        file = folder / "model.fp32.onnx"
        export.export(net, recipe.size, recipe.size, file)
        targets = targets_of(found, recipe)
        shown = [picture.served for picture in found]
        strange = export.run(file, [picture.served for picture in harmless])
        parity = float(np.abs(export.run(file, shown[:200]) - logits_of(net, shown[:200])).max())
        calibrated, thresholds, judged = {}, {}, {}
        for column, category in enumerate(recipe.labels):
            own = judging.calibration(plain[:, column], targets[:, column])
            scores = judging.cross_calibrated(plain[:, column], targets[:, column])
            point = judging.threshold(scores, targets[:, column])
            changed = {name: _calibrated(each[:, column], own) for name, each in disguised.items()}
            unseen = _calibrated(strange[:, column], own)
            calibrated[str(category)], thresholds[str(category)] = own, point
            judged[str(category)] = judging.of_category(found, scores, targets[:, column], point, changed, unseen)
        evaluation = judging.Evaluation(
            model=f"{recipe.id}@{recipe.version}",
            sha256=sha256(file),
            pictures=judging.counts(found),
            folds=recipe.folds,
            categories=judged,
            parity=parity,
            milliseconds=_milliseconds(file, shown[:60]),
            machine=machine()["processor"],
        )
        self._manifest(folder, evaluation, calibrated, thresholds)
        (folder / "evaluation.json").write_text(evaluation.model_dump_json(indent=1) + "\n", encoding="utf-8")
        (folder / "CARD.md").write_text(card(recipe, evaluation), encoding="utf-8")
        manifest.load(folder)
        return folder

    def _manifest(
        self,
        folder: Path,
        evaluation: judging.Evaluation,
        calibrated: dict[str, manifest.Calibration],
        thresholds: dict[str, float],
    ) -> None:
        recipe = self.recipe
        content = manifest.Manifest(
            id=recipe.id,
            version=recipe.version,
            task="multi-label-classification",
            modality="image",
            labels={str(category): category for category in recipe.labels},
            file="model.fp32.onnx",
            sha256=evaluation.sha256,
            pixels=manifest.Pixels(width=recipe.size, height=recipe.size),
            calibration=calibrated,
            thresholds=thresholds,
            runtime=manifest.Runtime(providers=("cuda", "cpu"), precision="fp32"),
            licence=recipe.licence,
            origin=recipe.origin,
            metrics={
                category: {"auc": each.ranking.auc.value, "recall": each.recall.value, "alarms": each.alarms.value}
                for category, each in evaluation.categories.items()
            },
        )
        text = yaml.safe_dump(
            json.loads(content.model_dump_json(exclude_defaults=True)), sort_keys=False, allow_unicode=True, width=110
        )
        (folder / "manifest.yaml").write_text(text, encoding="utf-8")

    def _told(self, done: float, part: float, what: str) -> Callable[[float, float], None]:
        def told(share: float, loss: float) -> None:
            self.progress.at(done + share * part, f"{what}: loss {loss:.3f}")

        return told


def _calibrated(logits: NDArray[np.float64], own: manifest.Calibration) -> NDArray[np.float64]:
    scores: NDArray[np.float64] = 1 / (1 + np.exp(-(own.a * logits + own.b)))
    return scores


def _milliseconds(file: Path, shown: Sequence[Pixels]) -> Estimate:
    """Of one picture alone, one thread."""
    took = []
    for _ in range(3):
        began = time.thread_time()
        export.run(file, shown)
        took.append((time.thread_time() - began) / len(shown) * 1e3)
    return normal(float(np.mean(took)), float(np.var(took, ddof=1) / len(took)), 0.0, float("inf"))

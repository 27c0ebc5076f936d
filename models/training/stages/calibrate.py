"""The stage that calibrates: scores become probabilities, and each label gets its threshold."""

from typing import Any

from models import manifest
from models.training import dataset
from models.training.calibrate import calibrate
from models.training.dataset import Texts
from models.training.folder import write_manifest
from models.training.progress import Progress
from models.training.run import Run, Stage, code_digest
from models.training.scoring import logits_of, probabilities
from models.training.thresholds import thresholds

_CODE = tuple(f"training/{module}.py" for module in ("calibrate", "thresholds", "scoring"))


def calibrate_run(run: Run, most_false_alarms: float, progress: Progress, again: bool = False) -> bool:
    """Write calibration and thresholds into the manifest; False where they stand there, made from the same.

    Both are fitted on the logits that the served model gives to texts held out of training: calibration at natural
    prevalence, thresholds on the mixture too. Raises `ConfigurationError` where nothing has been exported.
    """
    parts = {part: run.prepared / f"{part}.parquet" for part in ("valid", "natural")}
    run.need("prepare", *parts.values())
    folder = run.model
    run.need("export", folder / "manifest.yaml")
    spec = manifest.load(folder)
    inputs = {f"prepared/{path.name}": path for path in parts.values()} | {spec.file: folder / spec.file}
    parameters = {"most_false_alarms": most_false_alarms, "code": code_digest(*_CODE)}
    stage = Stage(run, "calibrate", inputs, parameters)
    kept = run.record("calibrate").get("metrics", {})
    if not again and stage.done([folder / "manifest.yaml"]) and _stands(spec, kept):
        return False
    stage.begin()
    valid, natural = (dataset.load(path) for path in parts.values())
    progress.at(0, f"scoring {len(natural):,} texts of natural prevalence")
    natural_logits = logits_of(folder, spec, natural.texts)
    progress.at(0.5, f"scoring {len(valid):,} texts of the mixture")
    valid_logits = logits_of(folder, spec, valid.texts)
    write_manifest(folder, calibration=calibrate(natural_logits, natural), thresholds={})
    spec = manifest.load(folder)
    scores = [probabilities(spec, logits) for logits in (valid_logits, natural_logits)]
    chosen = thresholds((scores[0], valid), (scores[1], natural), most_false_alarms)
    write_manifest(folder, thresholds=chosen)
    found = manifest.load(folder).model_dump(mode="json", include={"calibration", "thresholds"})
    stage.end([], {**found, "positives": {part: _positives(t) for part, t in (("valid", valid), ("natural", natural))}})
    return True


def _stands(spec: manifest.Manifest, kept: dict[str, Any]) -> bool:
    """Whether the manifest still says what the record says: a new export takes it out."""
    found = spec.model_dump(mode="json", include={"calibration", "thresholds"})
    return all(found[key] == kept.get(key) for key in found)


def _positives(texts: Texts) -> dict[str, str]:
    """Of each head how many texts are annotated, and how many of them positive."""
    found = {}
    for column, head in enumerate(texts.heads):
        annotated = texts.weights[:, column] > 0
        found[head] = f"{int((texts.targets[annotated, column] >= 0.5).sum())} of {int(annotated.sum())}"
    return found

"""The models that the settings name, as the desk shows them."""

import re
from pathlib import Path

from models import manifest, stub
from models.image.named import image_models
from models.text.factory import text_models
from moderation.desk.installed import InstalledModel, Score
from moderation.settings import Settings

_LANES = {"text": ("text", "image.text", "video.text"), "image": ("image", "video")}
"""Modality -> where its scores turn up: texts are also read in pictures, and clips are looked at frame by frame."""


def installed_models(settings: Settings) -> list[InstalledModel]:
    """Every model once, in the order of the settings. Raises `ModelError`; hashes of the files are checked."""
    names = [*text_models(settings), *image_models(settings)]
    folders = [manifest.find(name) for name in dict.fromkeys(names) if stub.parse(name) is None]
    return [_installed(folder) for folder in folders]


def _installed(folder: Path) -> InstalledModel:
    model = manifest.load(folder)
    card = folder / "CARD.md"
    text = card.read_text(encoding="utf-8") if card.is_file() else ""
    return InstalledModel(
        name=model.name,
        task=model.task,
        modality=model.modality,
        languages=model.languages,
        precision=model.runtime.precision,
        licence=model.licence,
        origin=model.origin,
        megabytes=(folder / model.file).stat().st_size / 1e6,
        summary=_summary(text),
        limits=_limits(text),
        card=text,
        scores=tuple(_score(model, label) for label in model.labels),
    )


def _score(model: manifest.Manifest, label: str) -> Score:
    category = model.labels[label]
    calibration = model.calibration.get(label)
    return Score(
        category=category,
        signals=tuple(f"{lane}.{category}" for lane in _LANES[model.modality]),
        threshold=model.thresholds.get(label),
        calibrated=calibration is not None and calibration.method != "identity",
    )


def _summary(card: str) -> str:
    """The paragraph that says what it scores, or else the first one."""
    paragraphs = [" ".join(part.split()) for part in card.split("\n\n") if not part.startswith(("#", "<!--"))]
    return next((part for part in paragraphs if part.startswith("Scores ")), next(iter(paragraphs), ""))


def _limits(card: str) -> tuple[str, ...]:
    """The points of its section of that name."""
    section = re.search(r"^## Limits\n+(.*?)(?=^## |\Z)", card, re.DOTALL | re.MULTILINE)
    points = re.split(r"^- ", section[1], flags=re.MULTILINE)[1:] if section else []
    return tuple(" ".join(point.split()) for point in points)

"""What the models that the settings name provide, for the checks that ask."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from moderation.errors import ModelError
from moderation.policy.lint import Installed, Provided
from moderation.settings import Settings
from moderation.signals import SIGNALS
from moderation.taxonomy import PICTURE_CATEGORIES

if TYPE_CHECKING:
    from models.manifest import Manifest

_EVALUATION = "evaluation.json"


def installed(settings: Settings) -> Installed:
    """Signal -> who provides it. Raises `ModelError` or `BankError` for a model or a bank that cannot be read."""
    from models import manifest, stub
    from models.text.factory import text_models

    found = {name: Provided("the text lane") for name, own in SIGNALS.items() if own.lane == "text"}
    scores = [name for name in found if SIGNALS[name].type == "score" and not name.startswith("text.lexicon.")]
    provided: dict[str, Provided] = {}
    for model_name in text_models(settings):
        if stub.parse(model_name) is not None:
            provided = dict.fromkeys(scores, Provided("stub"))
            continue
        folder = manifest.find(model_name)
        model = manifest.load(folder)
        reached = _reached(folder / _EVALUATION)
        for signal in {f"text.{category}" for category in model.labels.values()}:
            own = _provided(model, signal, reached.get(signal))
            provided[signal] = _both(provided[signal], own) if signal in provided else own
    return {name: who for name, who in found.items() if name not in scores} | provided | _seen(settings)


def _seen(settings: Settings) -> dict[str, Provided]:
    """What the lanes of pictures and clips provide: a model's categories, and what needs none of the settings'."""
    from models import manifest
    from models.image.named import image_models

    found: dict[str, Provided] = {}
    for lane in ("image", "video"):
        scores = {f"{lane}.{category}" for category in PICTURE_CATEGORIES}
        own = [name for name, signal in SIGNALS.items() if signal.lane == lane and name not in scores]
        found |= dict.fromkeys(own, Provided(f"the {lane} lane"))
        for name in image_models(settings):
            model = manifest.load(manifest.find(name))
            found |= {
                f"{lane}.{category}": Provided(model.name, models=frozenset({model.name}))
                for category in model.labels.values()
            }
        found[f"{lane}.bank"] = Provided(f"the {lane} lane", values=_banks(settings.hash_banks))
    return found


def _banks(folder: Path | None) -> frozenset[str] | None:
    """The banks whose name a match can give; None where no folder of banks is set, or it cannot be read here."""
    if folder is None or not folder.is_dir():
        return None
    from models.image.banks.bank import head_file
    from models.image.banks.banks import names_in
    from models.image.banks.head import read

    return frozenset(name for name in names_in(folder) if read(head_file(folder, name)).kind == "block")


def operating_points(settings: Settings, signal: str) -> dict[str, float]:
    """Model -> the threshold at which it was judged, for those that give a signal. Raises `ModelError`."""
    from models import manifest, stub
    from models.text.factory import text_models

    found: dict[str, float] = {}
    for model_name in text_models(settings):
        if stub.parse(model_name) is None:
            model = manifest.load(manifest.find(model_name))
            labels = [label for label, category in model.labels.items() if f"text.{category}" == signal]
            found.update((model.name, model.thresholds[label]) for label in labels if label in model.thresholds)
    return found


def _both(first: Provided, second: Provided) -> Provided:
    """What can be said of a signal that comes from one model or another, as the text's language is."""
    every = first.models | second.models
    models = f"{first.model} and {second.model}"
    calibrated = first.calibrated and second.calibrated
    if first.calibrated != second.calibrated:
        models = second.model if first.calibrated else first.model
    return Provided(models, calibrated, min(first.low, second.low), max(first.high, second.high), every)


def _provided(model: "Manifest", signal: str, reached: tuple[float, float] | None) -> Provided:
    labels = [label for label, category in model.labels.items() if f"text.{category}" == signal]
    methods = {model.calibration[label].method if label in model.calibration else "identity" for label in labels}
    low, high = reached or (0.0, 1.0)
    return Provided(model.name, "identity" not in methods, low, high, frozenset({model.name}))


def _reached(path: Path) -> dict[str, tuple[float, float]]:
    """Signal -> the edges of the lowest and the highest bin of scores that held a text when the model was judged."""
    try:
        sets = json.loads(path.read_bytes())["reliability"].values()
        found: dict[str, tuple[float, float]] = {}
        for categories in sets:
            for category, own in categories.items():
                low, high = found.get(f"text.{category}", (1.0, 0.0))
                bins = own["bins"]
                edges = (min(low, *(b["low"] for b in bins)), max(high, *(b["high"] for b in bins)))
                found[f"text.{category}"] = edges
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}: cannot be read: {error}; run `moderation models evaluate` again") from None
    return found

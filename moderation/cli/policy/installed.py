"""What the models that the settings name provide, for the checks that ask."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from moderation.errors import ModelError
from moderation.policy.lint import Installed, Provided
from moderation.settings import Settings
from moderation.signals import SIGNALS

if TYPE_CHECKING:
    from models.manifest import Manifest

_EVALUATION = "evaluation.json"


def installed(settings: Settings) -> Installed:
    """Signal -> who provides it. Raises `ModelError` for a model that cannot be read."""
    from models import manifest, stub

    found = {name: Provided("the text lane") for name, own in SIGNALS.items() if own.lane == "text"}
    scores = [name for name in found if SIGNALS[name].type == "score" and not name.startswith("text.lexicon.")]
    if stub.parse(settings.text_model) is not None:
        return found | dict.fromkeys(scores, Provided("stub"))
    folder = manifest.find(settings.text_model)
    model = manifest.load(folder)
    own = {f"text.{category}" for category in model.labels.values()}
    reached = _reached(folder / _EVALUATION)
    provided = {name: _provided(model, name, reached.get(name)) for name in scores if name in own}
    return {name: who for name, who in found.items() if name not in scores} | provided


def _provided(model: "Manifest", signal: str, reached: tuple[float, float] | None) -> Provided:
    labels = [label for label, category in model.labels.items() if f"text.{category}" == signal]
    methods = {model.calibration[label].method if label in model.calibration else "identity" for label in labels}
    low, high = reached or (0.0, 1.0)
    return Provided(model.name, "identity" not in methods, low, high)


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

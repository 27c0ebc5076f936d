"""The recipe of a picture model: everything that makes a difference to it, as a YAML file."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.training.recipe import SHIPPED
from moderation.errors import ConfigurationError
from moderation.taxonomy import Category


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Archive(_Part):
    """A tar archive of pictures."""

    file: str = Field(description="its path in the data folder")
    licence: str
    label: str | None = Field(None, description="of all its pictures; that of the folder each is in where unset")


class Plan(_Part):
    """How the backbone is fine-tuned: all its weights."""

    passes: float = Field(8.0, gt=0, description="over the pictures")
    batch: int = Field(32, ge=2)
    learning_rate: float = Field(3e-4, gt=0, description="highest; ten times that for the new head")
    weight_decay: float = Field(0.01, ge=0)
    positive_weight: float = Field(4.0, gt=0, description="how much more often a picture of a category is drawn")
    pasted_share: float = Field(0.4, ge=0, le=1, description="of the pictures: put before another background")


class PictureRecipe(_Part):
    """`models/recipes/<id>.yaml`. Pictures that look alike stay in one fold."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    version: str
    licence: str
    origin: str
    backbone: str = Field(description="SqueezeNet 1.1 without its head, Keras weights (.h5), in the data folder")
    size: int = Field(227, ge=64, description="of the square that the model reads, in pixels")
    labels: dict[Category, tuple[str, ...]] = Field(min_length=1, description="category -> labels that count as it")
    train: tuple[Archive, ...] = Field(min_length=1)
    background: str = Field(description="the label of pictures that may stand behind others")
    harmless: tuple[Archive, ...] = Field((), description="never trained on: false alarms are counted there")
    folds: int = Field(5, ge=2, description="of the cross-validation that all figures come from")
    seed: int = 0
    plan: Plan = Plan()

    @model_validator(mode="after")
    def _labels_stand_once(self) -> "PictureRecipe":
        labels = [label for of_category in self.labels.values() for label in of_category]
        if len(set(labels)) < len(labels):
            raise ValueError("labels: a label counts as two categories")
        return self


def load(path: Path) -> PictureRecipe:
    """Read and check a recipe. Raises `ConfigurationError`."""
    try:
        return PictureRecipe.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: not YAML: {error}") from error
    except ValidationError as error:
        problems = [f"{path}: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise ConfigurationError("\n".join(problems)) from None


def find(name: str) -> Path:
    """The file of a recipe: a path, or the id of a shipped one. Raises `ConfigurationError`."""
    for path in (Path(name), SHIPPED / "pictures" / f"{name}.yaml"):
        if path.is_file():
            return path
    shipped = ", ".join(sorted(path.stem for path in (SHIPPED / "pictures").glob("*.yaml")))
    raise ConfigurationError(f"no recipe {name!r}: neither a file nor a shipped one ({shipped})")

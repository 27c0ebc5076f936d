"""A recipe: what a model is made of, as a YAML file. Everything that makes a difference to the result is in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from models.manifest import Bound, Budget, Probability
from models.training.examples import HEADS, Example
from models.training.plan import NgramPlan, Plan
from models.training.readers import HELD_OUT, READERS, Options, Reader
from models.training.readers.reader import unknown
from moderation.errors import ConfigurationError

SHIPPED = Path(__file__).parents[1] / "recipes"
"""Where the recipes of the shipped models stand."""
PACKAGED_BACKBONE = "minilm"
"""The pretrained MiniLM that the `train` extra brings along."""


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice in a mapping, where YAML lets the last one win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        known = set()
        for key, _ in node.value:
            if key.value in known:
                raise yaml.MarkedYAMLError(None, None, f"'{key.value}' stands there twice", key.start_mark)
            known.add(key.value)
        return super().construct_mapping(node, deep)


class Source(BaseModel):
    """Labelled texts of one origin. What is not a field here is for its reader."""

    model_config = ConfigDict(extra="allow", frozen=True)

    reader: str = Field("", description="its name, where that is not the name of the source")
    most: int | None = Field(None, ge=1, description="so many of its texts are used at most, drawn by hash")
    weight: float = Field(1.0, gt=0, description="of its texts in the loss")
    natural: float = Field(0.0, ge=0, le=1, description="share held out for calibration: natural prevalence only")
    language: str | None = Field(None, description="ISO 639-1, where neither the texts nor the reader know")
    licence: str | None = None


class Recipe(BaseModel):
    """`models/recipes/<id>.yaml`. Sources are read in the order given: of a repeated text the first one counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    version: str
    languages: tuple[str, ...] = Field(min_length=1)
    licence: str = Field(description="under what terms the model may be used")
    origin: str = Field(description="where the model comes from, in a sentence")
    backbone: str = Field(PACKAGED_BACKBONE, description="`minilm`, or the folder of a BERT in Hugging Face's format")
    heads: tuple[str, ...] = Field(HEADS, min_length=1, description="the categories it scores, in order")
    data: str = Field(".", description="folder in which readers look, from where the recipe stands")
    sources: dict[str, Source] = Field(min_length=1)
    held_out: dict[str, Source] = Field(
        default_factory=dict, description="for evaluation only; a list of names will do, `all` is all public sets"
    )
    disguised_share: float = Field(0.08, ge=0, le=1, description="of the training texts: spelled to evade filters")
    valid_share: float = Field(0.04, ge=0, lt=1)
    weak_weight: float = Field(0.25, ge=0, description="of what nobody annotated but is nearly always so")
    positive_weight: dict[str, float] = Field(default_factory=dict, description="head -> more weight for positives")
    seed: int = Field(0, description="of the order of texts, of disguises and of generated examples")
    budgets: dict[Budget, float] = Field(default_factory=dict, description="of the manifest: what the model may cost")
    bounds: dict[Bound, Probability] = Field(default_factory=dict, description="of the manifest: gaps it may have")
    architecture: Literal["encoder", "ngrams"] = Field(
        "encoder", description="`encoder`: the backbone, fine-tuned by the plan; `ngrams`: models/training/ngrams"
    )
    ngrams: NgramPlan = Field(NgramPlan(), description="how an `ngrams` model is fitted; it needs no backbone and plan")
    plan: Plan = Field(Plan(epochs=1), description="how an `encoder` is fine-tuned")

    @model_validator(mode="after")
    def _has_a_plan(self) -> "Recipe":
        if self.architecture == "encoder" and "plan" not in self.model_fields_set:
            raise ValueError("plan: must be given")
        return self

    @field_validator("version", mode="before")
    @classmethod
    def _is_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int | float) else value

    @field_validator("sources", "held_out", mode="before")
    @classmethod
    def _is_named_like_its_reader(cls, value: Any) -> Any:
        if value == "all":
            value = [name for name in HELD_OUT if name != "file"]
        if isinstance(value, list):
            value = dict.fromkeys(value)
        if not isinstance(value, dict):
            return value
        return {
            name: {"reader": name} | (source or {}) if isinstance(source, dict | None) else source
            for name, source in value.items()
        }

    @field_validator("heads")
    @classmethod
    def _are_categories(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in HEADS:
                raise ValueError(unknown("category", name, HEADS))
        if len(set(value)) < len(value):
            raise ValueError("a category stands there twice")
        return value

    @field_validator("positive_weight")
    @classmethod
    def _is_of_categories(cls, value: dict[str, float]) -> dict[str, float]:
        for name in value:
            if name not in HEADS:
                raise ValueError(unknown("category", name, HEADS))
        return value

    @property
    def name(self) -> str:
        """`id@version`."""
        return f"{self.id}@{self.version}"


def load(path: Path) -> Recipe:
    """Read and check a recipe. Raises `ConfigurationError` with every problem found, each with its key."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: {_place(error)}") from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: not a recipe: it must hold keys such as id, sources and plan")
    try:
        recipe = Recipe.model_validate(content)
        problems = [
            *_of_readers("sources", recipe.sources, READERS),
            *_of_readers("held_out", recipe.held_out, HELD_OUT),
        ]
    except ValidationError as error:
        problems = list(_lines(error, Recipe))
    if problems:
        raise ConfigurationError("\n".join(f"{path}: {problem}" for problem in problems))
    return recipe


def find(name: str) -> Path:
    """The file of a recipe: a path, or the id of a shipped one. Raises `ConfigurationError`."""
    for path in (Path(name), SHIPPED / f"{name}.yaml"):
        if path.is_file():
            return path
    raise ConfigurationError(f"no file {name}, and {unknown('recipe', name, [p.stem for p in SHIPPED.glob('*.yaml')])}")


def reader_of(source: Source, known: dict[str, Reader]) -> tuple[Reader, Options]:
    """A source's reader with its options; for a recipe that was loaded this cannot fail."""
    reader = known[source.reader]
    return reader, reader.options.model_validate(source.model_extra or {})


def examples(source: Source, folder: Path, seed: int, known: dict[str, Reader]) -> Iterator[Example]:
    """What the source's reader reads."""
    reader, options = reader_of(source, known)
    return reader.read(folder, options, seed)


def _place(error: Exception) -> str:
    """What is wrong with the YAML, and in which line."""
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}" if mark and problem else f"not YAML: {error}"


def _of_readers(key: str, sources: dict[str, Source], known: dict[str, Reader]) -> Iterator[str]:
    for name, source in sources.items():
        if source.reader not in known:
            hint = "; for a file of your own say `reader: file`" if source.reader == name else ""
            yield f"{key}.{name}: {unknown('reader', source.reader, known)}{hint}"
            continue
        reader = known[source.reader]
        try:
            reader.options.model_validate(source.model_extra or {})
        except ValidationError as error:
            fields = [*Source.model_fields, *reader.options.model_fields]
            yield from (f"{key}.{name}.{line}" for line in _lines(error, reader.options, fields))


def _lines(error: ValidationError, model: type[BaseModel], fields: list[str] | None = None) -> Iterator[str]:
    for problem in error.errors():
        place = ".".join(str(part) for part in problem["loc"] if part != "[key]")
        if problem["type"] == "extra_forbidden":
            parent = _part(model, problem["loc"][:-1])
            names = fields if fields and len(problem["loc"]) == 1 else [*parent.model_fields] if parent else []
            yield f"{place}: {unknown('key', str(problem['loc'][-1]), names)}"
        elif problem["type"] == "missing":
            yield f"{place}: must be given"
        else:
            yield f"{place}: {problem['msg'].removeprefix('Value error, ')}" if place else problem["msg"]


def _part(model: type[BaseModel], path: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The model of the part at `path`, as far as it is a plain field of a plain field."""
    for name in path:
        field = model.model_fields.get(str(name))
        if field is None or not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)):
            return None
        model = field.annotation
    return model

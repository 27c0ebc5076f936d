"""A model folder and its `manifest.yaml`: what the model is, which files make it up, how it is served.

No pickles: ONNX and tokenizer files only, each verified against its sha256 before it is used.
"""

import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from moderation.errors import ModelError
from moderation.taxonomy import Category

SHIPPED = Path(__file__).parent / "shipped"
"""Where the models that come with this package stand, a folder each."""


Budget = Literal["size_mb", "p95_ms", "memory_mb", "posts_per_second"]
"""Cost: of the ONNX file, of a lone window, of a process with one session, of one thread (at least)."""

Bound = Literal["subgroup_auc_gap", "bpsn_auc_gap", "bnsp_auc_gap", "parity_auc_delta", "parity_flipped"]
"""Fairness: how far a generalised mean over identity terms may lie below the overall AUC. Parity with fp32."""

Probability = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tokenizer(_Part):
    """A Hugging Face `tokenizer.json`, and how texts are cut for the model. Lengths are tokens."""

    file: str
    sha256: str
    max_length: int = Field(ge=8)
    stride: int = Field(ge=0, description="tokens that neighbouring windows of a long text share")
    pad_to_multiple_of: int = Field(1, ge=1)
    emoji: Literal["as written", "names"] = Field("as written", description="`names`: read as their English names")


class Pixels(_Part):
    """What a picture model reads: RGB bytes, shape (n, height, width, 3); anything else it does to them itself.

    `crop` and `resampler` say how a picture gets that size, as `models.media.decoding.Exact` does.
    """

    width: int = Field(ge=16, le=2048)
    height: int = Field(ge=16, le=2048)
    crop: Literal["stretch", "centre"] = "stretch"
    resampler: Literal["area", "bilinear", "bicubic", "lanczos"] = "area"
    shorter: int | None = Field(None, description="pixels of the shorter side before the middle is taken")


class Calibration(_Part):
    """Platt scaling: probability = sigmoid(a * logit + b). `identity` is a = 1, b = 0, not calibrated."""

    method: Literal["platt", "identity"]
    a: float = 1.0
    b: float = 0.0


def _power_of_two(value: int) -> int:
    if not 1 <= value <= 1024 or value.bit_count() != 1:
        raise ValueError(f"is {value}; a power of two up to 1024 is due")
    return value


class Runtime(_Part):
    """How the model wants to be served."""

    providers: tuple[str, ...] = ("cpu",)
    precision: str
    batch_tokens: dict[Literal["cpu", "gpu"], int] = {"cpu": 500, "gpu": 16_000}
    batch_pictures: dict[Literal["cpu", "gpu"], Annotated[int, AfterValidator(_power_of_two)]] = {"cpu": 4, "gpu": 64}
    cuda_graphs: bool = True


class Manifest(_Part):
    """`manifest.yaml`. `labels` maps the model's outputs, in order, to categories."""

    id: str
    version: str
    task: Literal["multi-label-classification"]
    modality: Literal["text", "image"]
    labels: dict[str, Category]
    file: str
    sha256: str
    tokenizer: Tokenizer | None = None
    pixels: Pixels | None = None
    calibration: dict[str, Calibration] = Field(default_factory=dict)
    thresholds: dict[str, Probability] = Field(default_factory=dict)
    runtime: Runtime
    budgets: dict[Budget, float] = Field(default_factory=dict)
    bounds: dict[Bound, Probability] = Field(default_factory=dict)
    licence: str
    origin: str
    languages: tuple[str, ...] = ()
    taught: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    metrics: dict[str, Any] = Field(default_factory=dict)

    @property
    def name(self) -> str:
        """`id@version`, as every score names its model."""
        return f"{self.id}@{self.version}"

    def threshold(self, label: str) -> float:
        """The shipped operating point of a label; a half where the manifest states none."""
        return self.thresholds.get(label, 0.5)

    @model_validator(mode="after")
    def _labels_are_known(self) -> "Manifest":
        if unknown := sorted(set(self.thresholds) - set(self.labels)):
            raise ValueError(
                f"thresholds of {', '.join(unknown)}, which is not a label; labels: {', '.join(self.labels)}"
            )
        if unknown := sorted({label for labels in self.taught.values() for label in labels} - set(self.labels)):
            raise ValueError(f"taught {', '.join(unknown)}, which is not a label; labels: {', '.join(self.labels)}")
        return self


def find(name: str) -> Path:
    """The folder of a model: a path, or the name of a shipped one. Raises `ModelError`."""
    for folder in (Path(name), SHIPPED / name):
        if (folder / "manifest.yaml").is_file():
            return folder
    shipped = ", ".join(sorted(path.parent.name for path in SHIPPED.glob("*/manifest.yaml"))) or "none"
    raise ModelError(f"no model {name!r}: neither a folder with a manifest.yaml nor a shipped model ({shipped})")


def load(folder: Path) -> Manifest:
    """Read and check `manifest.yaml` and the hash of every file it names. Raises `ModelError`."""
    path = folder / "manifest.yaml"
    try:
        manifest = Manifest.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error
    except ValidationError as error:
        raise _invalid(path, error) from None
    _check_hash(folder / manifest.file, manifest.sha256)
    if manifest.tokenizer is not None:
        _check_hash(folder / manifest.tokenizer.file, manifest.tokenizer.sha256)
    return manifest


def amend(folder: Path, **changes: Any) -> Manifest:
    """Replace fields of `manifest.yaml`, whole or not at all. Raises `ModelError` for what is not valid."""
    path = folder / "manifest.yaml"
    load(folder)
    content = yaml.safe_load(path.read_text(encoding="utf-8")) | changes
    try:
        Manifest.model_validate(content)
    except ValidationError as error:
        raise _invalid(path, error) from None
    part = path.with_suffix(".part")
    part.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110), encoding="utf-8")
    part.replace(path)
    return load(folder)


def _invalid(path: Path, error: ValidationError) -> ModelError:
    problems = "\n".join(f"  {'.'.join(map(str, p['loc']))}: {p['msg']}" for p in error.errors())
    return ModelError(f"{path}: not a valid manifest:\n{problems}")


def _check_hash(path: Path, expected: str) -> None:
    try:
        with path.open("rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: named in the manifest but cannot be read: {error.strerror}") from error
    if actual != expected:
        raise ModelError(
            f"{path}: sha256 is {actual[:12]}..., the manifest says {expected[:12]}...; "
            "the file is damaged or is another version: restore it, or export the model again"
        )

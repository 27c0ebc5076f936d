"""A classifier from a hub as a model folder: exported, row-wise int8, and checked as it is served."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForSequenceClassification, AutoTokenizer, PreTrainedModel
from transformers.utils import logging as transformers_logging

from models.runtime.classifier import Array
from models.text.tokens import Windows
from models.training.export import served_as
from models.training.folder import PAD_TO_MULTIPLE_OF, TOKENIZER_FILE, model_file, write_manifest
from models.training.heads import head_for
from models.training.precision import NAMES, Precision, in_precision
from models.training.serving_check import influence_of_neighbours, sample_logits, sample_texts, served
from models.training.serving_graph import to_onnx
from moderation.errors import ConfigurationError, ModelError
from moderation.taxonomy import Category

ARCHITECTURES = ("bert", "deberta-v2", "distilbert", "roberta", "xlm-roberta")
"""Those that `tests/training/test_import.py` proves to give a text one score, alone and in any batch."""
LONGEST = 512
_WHAT = "a sequence classifier with its tokenizer"
NEAR = 1e-3
"""How far the fp32 graph's logits may lie from those of the model: what is left of another order of summing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to make of the model. `labels` maps its outputs to categories; `max_length` is in tokens."""

    labels: Mapping[str, str]
    id: str
    version: str = "1"
    licence: str
    origin: str
    languages: tuple[str, ...] = ()
    max_length: int | None = None
    precision: Precision = "int8"


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of it. `dropped` are outputs that no label names; `difference` is from fp32, in logits."""

    name: str
    labels: dict[str, str]
    dropped: tuple[str, ...]
    exclusive: bool
    max_length: int
    size_mb: float
    difference: float
    texts: int


def import_model(source: str, wanted: Wanted, out: Path) -> Imported:
    """Write the classifier `source`, a Hugging Face folder or a hub's name for one, as a model folder into `out`.

    Raises `ModelError` for a model that cannot be taken over or does not keep the promises of serving, and
    `ConfigurationError` for labels it does not have.
    """
    model = loaded(AutoModelForSequenceClassification, source, _WHAT, attn_implementation="eager").eval()
    architecture = model.config.model_type
    if architecture not in ARCHITECTURES:
        raise ModelError(f"{source}: is a {architecture}; what can be imported: {', '.join(ARCHITECTURES)}")
    names = [model.config.id2label[index] for index in range(model.config.num_labels)]
    exclusive = is_exclusive(source, model)
    check_labels(source, names, wanted.labels, exclusive)
    tokenizer = _tokenizer(source, model)
    max_length = _max_length(source, model, wanted.max_length)
    head, labels = head_for(wanted.labels, names, exclusive)
    exact = to_onnx(model, max_length, head)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(out / TOKENIZER_FILE))
    _write(out, exact, "fp32", wanted, labels, max_length)
    _check_padding(source, out, model)
    reference = _check_same(source, out, model, head)
    if wanted.precision != "fp32":
        (out / model_file("fp32")).unlink()
        _write(out, exact, wanted.precision, wanted, labels, max_length)
    difference = float(np.abs(sample_logits(out) - reference).max())
    _check_neighbours(source, out, wanted.precision)
    imported = Imported(
        f"{wanted.id}@{wanted.version}",
        labels,
        tuple(name for name in names if name not in wanted.labels),
        exclusive,
        max_length,
        round((out / model_file(wanted.precision)).stat().st_size / 1e6, 1),
        difference,
        len(reference),
    )
    (out / "CARD.md").write_text(_card(imported, wanted), encoding="utf-8")
    return imported


def loaded(kind: Any, source: str, what: str, **options: Any) -> Any:
    """`kind.from_pretrained(source)`. Raises `ModelError`, which says that `source` is not `what`."""
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # what it warns of is in the error too
    try:
        return kind.from_pretrained(source, **options)
    except Exception as error:  # what is missing, malformed or out of reach has a type of its own in each library
        where = "" if Path(source).is_dir() else "there is no such folder, and the hub could not give it; "
        raise ModelError(f"{source}: {where}cannot be loaded as {what}: {' '.join(str(error).split())}") from error


def is_exclusive(source: str, model: PreTrainedModel) -> bool:
    """Whether exactly one output is true (softmax). As `transformers` decides it for its pipelines."""
    problem = model.config.problem_type
    if problem == "regression":
        raise ModelError(f"{source}: its problem_type is regression; it gives no probabilities")
    return problem == "single_label_classification" or (problem is None and model.config.num_labels > 1)


def check_labels(source: str, names: Sequence[str], labels: Mapping[str, str], exclusive: bool) -> None:
    """Raise `ConfigurationError` for labels that the model has not, or that leave nothing to say."""
    unknown = [name for name in labels if name not in names]
    if unknown or not labels:
        what = f"has no label {', '.join(map(repr, unknown))}" if unknown else "no label was named"
        raise ConfigurationError(f"{source}: {what}; its labels: {', '.join(names)}")
    known = [str(category) for category in Category]
    if strange := [category for category in labels.values() if category not in known]:
        raise ConfigurationError(f"no category {', '.join(map(repr, strange))}; categories: {', '.join(known)}")
    if exclusive and set(labels) == set(names):
        raise ConfigurationError(
            f"{source}: exactly one of its labels is true, so one must stand for 'nothing wrong': "
            f"leave it out of the labels; they are: {', '.join(names)}"
        )


def _tokenizer(source: str, model: PreTrainedModel) -> Tokenizer:
    """The fast tokenizer, without truncation, its padding as the model was trained to see it."""
    backend = getattr(loaded(AutoTokenizer, source, _WHAT), "backend_tokenizer", None)
    if not isinstance(backend, Tokenizer):
        raise ModelError(f"{source}: its tokenizer has no tokenizer.json; load and save it with `transformers` first")
    tokenizer = Tokenizer.from_str(backend.to_str())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    pad = model.config.pad_token_id
    if pad is not None and tokenizer.id_to_token(pad) not in ("[PAD]", "<pad>"):
        tokenizer.enable_padding(pad_id=pad, pad_token=tokenizer.id_to_token(pad) or "[PAD]")
    return tokenizer


def _max_length(source: str, model: PreTrainedModel, wanted: int | None) -> int:
    """Tokens of a window. RoBERTas count positions from the one after their padding's id."""
    positions = model.config.max_position_embeddings
    if model.config.model_type in ("roberta", "xlm-roberta"):
        positions -= model.config.pad_token_id + 1
    limit = min(positions, LONGEST) // PAD_TO_MULTIPLE_OF * PAD_TO_MULTIPLE_OF
    if wanted is not None and not 8 <= wanted <= limit:
        raise ConfigurationError(f"{source}: takes at most {limit} tokens at once; a length of {wanted} cannot be had")
    return wanted or limit


def _write(
    out: Path, exact: onnx.ModelProto, precision: Precision, wanted: Wanted, labels: dict[str, str], max_length: int
) -> None:
    try:
        onnx.save(in_precision(exact, precision), out / model_file(precision))
    except ValueError as error:
        raise ModelError(f"cannot be made {precision}: {error}") from error
    (out / "manifest.yaml").unlink(missing_ok=True)
    write_manifest(
        out,
        id=wanted.id,
        version=wanted.version,
        labels=labels,
        licence=wanted.licence,
        origin=wanted.origin,
        languages=wanted.languages,
        **served_as(precision, max_length),
    )


def _check_padding(source: str, out: Path, model: PreTrainedModel) -> None:
    spec = served(out).manifest.tokenizer
    assert spec is not None
    pads_with, expected = Windows(out, spec).pad_id, model.config.pad_token_id
    if expected is not None and pads_with != expected:
        raise ModelError(f"{source}: its tokenizer pads with token {pads_with}, the model expects {expected}")


def _check_same(source: str, out: Path, model: PreTrainedModel, head: torch.nn.Module | None) -> Array:
    """The fp32 graph's logits on the sample texts, once they are seen to be those of the model itself."""
    graph = sample_logits(out)
    rows = [text.rows[0] for text in served(out).prepare(sample_texts())]
    with torch.inference_mode():
        logits = torch.cat([model(input_ids=torch.tensor([row])).logits for row in rows])
        original = (head(logits) if head is not None else logits).numpy()
    difference = np.abs(graph - original).max()
    if not difference <= NEAR * max(1.0, np.abs(original).max()):
        raise ModelError(f"{source}: its ONNX graph computes other logits than the model, by up to {difference:.4f}")
    return graph


def _check_neighbours(source: str, out: Path, precision: Precision) -> None:
    influence = influence_of_neighbours(out)
    if influence > (0 if precision == "int8" else 0.02):
        raise ModelError(
            f"{source}: in {precision} a text's logits move by up to {influence:.2g} with its neighbours in a batch, "
            "so a post that is delivered again could be judged anew; import it in int8"
            if precision != "int8"
            else f"{source}: a text's logits move by up to {influence:.2g} with its neighbours in a batch; "
            "please report which model it is"
        )


def _card(imported: Imported, wanted: Wanted) -> str:
    labels = ", ".join(f"{label} ({category})" for label, category in imported.labels.items())
    return (
        f"# {wanted.id}\n\nImported with `moderation models import`; nobody has measured it here. "
        "`moderation models evaluate` does.\n\n"
        f"- Origin: {wanted.origin}\n- Licence: {wanted.licence}\n- Labels (categories): {labels}\n"
        f"- Outputs left out: {', '.join(imported.dropped) or 'none'}\n"
        f"- On {imported.texts} sample texts no logit of {NAMES[wanted.precision]} differs from fp32 by more than "
        f"{imported.difference:.4f}.\n"
    )

"""The results of a model in a page of the documentation, between two marks."""

from collections.abc import Iterator
from pathlib import Path

from models import manifest
from models.training.judge import evaluation as evaluations
from models.training.judge import tables
from moderation.errors import ConfigurationError


def write(folder: Path, page: Path) -> None:
    """Write the model's block anew. Raises `ConfigurationError` where the page has no marks for it."""
    spec = manifest.load(folder)
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(_begin(spec.id))
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ConfigurationError(f"{page}: has no lines {_begin(spec.id)!r} and {_END!r}; write them where they belong")
    page.write_text(f"{before}{begin}\n{block(folder)}{end}{after}", encoding="utf-8")


def block(folder: Path) -> str:
    """The key tables of a model, from its manifest and its evaluation."""
    spec = manifest.load(folder)
    return "\n".join(_parts(spec, evaluations.load(folder, spec)))


def _parts(spec: manifest.Manifest, evaluation: evaluations.Evaluation) -> Iterator[str]:
    yield f"\n### {spec.name}\n"
    for title, text in (
        ("Goals.", tables.goals(evaluation)),
        ("Ranking on sets never trained on.", tables.rankings(evaluation)),
        ("Harmless texts found, at the shipped thresholds.", tables.alarms(evaluation)),
        ("Recall of hateful posts, rewritten.", tables.attacks(evaluation)),
        ("Expected calibration error at natural prevalence.", tables.calibration(evaluation)),
        ("Identity terms in sentence templates.", tables.fairness(evaluation)),
        ("Against fp32.", tables.parity(evaluation)),
        (f"Cost on {evaluation.cost.machine}, CPU time of one thread.", tables.cost(evaluation, spec)),
    ):
        if text:
            yield f"{title}\n\n{text}"


def _begin(model: str) -> str:
    return f"<!-- results of {model} -->"


_END = "<!-- end of results -->"

"""The model card: what a person must know before trusting the model, from its manifest and its evaluation.

What only a person can say (what the model is for, what was tried) stands between two marks and is kept when the
card is written again.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models import manifest
from models.manifest import Manifest
from models.training.held_out import EVALUATION
from models.training.judge import evaluation as evaluations
from models.training.judge import gate, tables
from models.training.judge.evaluation import Evaluation
from moderation.taxonomy import DEFINITIONS, TEXT_CATEGORIES, Category

FILE = "CARD.md"
_BEGIN, _END = "<!-- notes -->", "<!-- end of notes -->"
_NOTES = re.compile(f"{_BEGIN}\n(.*?){_END}", re.DOTALL)
_NO_NOTES = "(Nobody has written here yet what this model is for.)\n"


def write(folder: Path, notes: str | None = None) -> Path:
    """Write `CARD.md`. `notes` replace what people wrote. Raises `ModelError` if never judged."""
    spec = manifest.load(folder)
    evaluation = evaluations.load(folder, spec)
    path = folder / FILE
    before = _NOTES.search(path.read_text(encoding="utf-8")) if path.exists() else None
    kept = notes if notes is not None else before[1] if before else _NO_NOTES
    part = path.with_name(f".{FILE}.partial")
    part.write_text("\n".join(_parts(spec, evaluation, kept)), encoding="utf-8")
    part.replace(path)
    return path


def _parts(spec: Manifest, evaluation: Evaluation, notes: str) -> Iterator[str]:
    yield _head(spec, evaluation)
    yield f"{_BEGIN}\n{notes.strip()}\n{_END}\n"
    yield _limits(spec)
    if goals := tables.goals(evaluation):
        yield f"## Goals\n\n{goals}"
    yield _thresholds(spec)
    if evaluation.training:
        yield _training(evaluation.training)
    yield f"{_ORDER}{tables.rankings(evaluation)}"
    if same := tables.held_out_rankings(evaluation):
        yield f"The same on held-out rows of the training sources (easier: same sources, same annotators):\n\n{same}"
    yield f"{_ALARMS}{tables.alarms(evaluation)}"
    if groups := tables.alarms_by_group(evaluation):
        yield f"The groups whose harmless sentences are found most often:\n\n{groups}"
    if functional := tables.functional(evaluation):
        yield f"{_FUNCTIONAL}{functional}"
    if attacks := tables.attacks(evaluation):
        yield f"{_ATTACKS}{attacks}"
    if evaluation.reliability:
        yield f"{_CALIBRATION}{tables.calibration(evaluation)}"
        yield tables.reliability(evaluation)
    if fairness := tables.fairness(evaluation):
        yield f"{_FAIRNESS}{fairness}"
        yield f"The {tables.WORST} terms of each language that fare worst:\n\n{tables.worst_terms(evaluation)}"
    if parity := tables.parity(evaluation):
        yield f"{_PARITY}{parity}"
    yield f"## Cost\n\nOn {evaluation.cost.machine}, CPU time of one thread.\n\n{tables.cost(evaluation, spec)}"
    if checks := gate.checks(spec, evaluation, evaluation.cost):
        yield f"## Bounds and budgets\n\n```\n{gate.table(checks)}\n```\n"
    yield _sets(evaluation)


def _head(spec: Manifest, evaluation: Evaluation) -> str:
    categories = ", ".join(str(category) for category in dict.fromkeys(spec.labels.values()))
    code = evaluation.code.get("commit") or evaluation.code.get("package") or "unknown"
    return (
        f"# {spec.name}\n\n{spec.origin}.\nLicence: {spec.licence}.\n\n"
        f"Scores a text for {categories}: each a score of its own between 0 and 1, a probability where it is "
        "calibrated. "
        f"Languages: {', '.join(spec.languages) or 'not stated'}. Precision: {spec.runtime.precision}.\n\n"
        "Every figure on this page was written by `moderation models evaluate` "
        f"(code {code}, seed {evaluation.seed}), with 95 % confidence intervals in brackets; all of them, and more, "
        f"are in `{evaluations.FILE}`.\n"
    )


def _limits(spec: Manifest) -> str:
    missing = [category for category in Category if category in _OF_TEXT and category not in spec.labels.values()]
    names = ", ".join(DEFINITIONS[category].title.lower() for category in missing)
    silent = f"- It has no output for {names}: a rule on one of these stays undetermined.\n" if missing else ""
    return (
        "## Limits\n\n"
        f"{silent}"
        "- It reads one text without its conversation: irony, quotation, reclaimed words and counter-speech are judged "
        "as if they stood alone.\n"
        f"- It was judged in {', '.join(spec.languages) or 'no stated language'} only. In other languages no score "
        "means anything; let policies ask for the language first.\n"
        "- Thresholds and calibration are of public comments. Measure again on your own traffic.\n"
    )


def _thresholds(spec: Manifest) -> str:
    rows = (
        (label, category, f"{spec.threshold(label):g}", _calibration(spec, label)) for label, category in _labels(spec)
    )
    stated = (
        "Chosen on rows held out of training, never on an evaluation set: see docs/models.md."
        if spec.thresholds
        else "The manifest states none, so every label is judged at 0.5."
    )
    return f"## Thresholds\n\n{stated}\n\n{tables.table(('label', 'category', 'found from', 'calibration'), rows)}"


def _labels(spec: Manifest) -> Iterator[tuple[str, str]]:
    for label, category in spec.labels.items():
        yield label, str(category)


def _calibration(spec: Manifest, label: str) -> str:
    found = spec.calibration.get(label)
    if found is None or found.method == "identity":
        return "none: an order, not a probability"
    return f"Platt, a = {found.a:.3f}, b = {found.b:.3f}"


def _training(training: dict[str, Any]) -> str:
    seconds, metrics = training.get("seconds"), training.get("metrics", {})
    took = f" in {seconds / 60:,.0f} minutes" if seconds else ""
    facts = ", ".join(f"{key.replace('_', ' ')} {value:,}" for key, value in metrics.items() if isinstance(value, int))
    plan = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in training["plan"].items() if value is not None)
    counts = ("read", "leaked", "repeated", "train", "valid", "natural")
    rows = (
        (name, *(f"{each.get(count) or 0:,}" for count in counts), each.get("licence") or "not stated")
        for name, each in training["sources"].items()
    )
    hidden, weak = training["disguised_share"], training["weak_weight"]
    sentences = [
        f"Recipe `{training['recipe']}`, from `{training['backbone']}`{took}, seed {training['seed']}"
        f"{f' ({facts})' if facts else ''}.",
        f"Plan: {plan}." if plan else "",
        f"{hidden:.0%} of the texts carry a disguise (leetspeak, look-alikes, spaced letters)." if hidden else "",
        f"A head's loss is masked where a set does not annotate it, but for weak labels at {weak:g} of the weight.",
        "Texts that stand in an evaluation set were dropped (leaked), as were repeated ones;",
        "`valid` chose the thresholds, `natural` the calibration.",
    ]
    told = " ".join(sentence for sentence in sentences if sentence)
    return f"## Training\n\n{told}\n\n{tables.table(('source', *counts, 'licence'), rows)}"


def _sets(evaluation: Evaluation) -> str:
    rows = (
        (name, language, f"{texts:,}", f"{of:,}", EVALUATION[name].licence if name in EVALUATION else "")
        for name, language, texts, of in tables.sets(evaluation)
    )
    return (
        "## Evaluation sets\n\nNever trained on. Of the larger ones a part was drawn with a fixed seed.\n\n"
        f"{tables.table(('set', 'language', 'judged', 'of', 'licence'), rows)}"
    )


_OF_TEXT = {*TEXT_CATEGORIES, Category.SEXUAL, Category.SELF_HARM}

_ORDER = """## Ranking, on sets never trained on

Average precision depends on the share of positives: compare it within a set. AUC with DeLong's interval, average
precision with a bootstrap's.

"""
_ALARMS = """## False alarms, at the thresholds above

Texts labelled not toxic that a category finds all the same. Wilson's intervals.

"""
_FUNCTIONAL = """## Functional tests of hate detection, at the threshold above

Cases of our own (`models/training/functional`), each made to try one thing. For scale, on the published HateCheck,
which these are not: Perspective API 76.6 % right (89.5 % of the hateful, 48.2 % of the others), fine-tuned BERT 60
to 63 %.

"""
_ATTACKS = """## Recall under rewriting

The hateful posts of dynahate, in their own words and rewritten in another style, item by item; p is McNemar's.

"""
_CALIBRATION = """## Calibration at natural prevalence

Expected calibration error over 15 bins of equal size. `natural` are rows of the training sources; each is judged by
a fit on the others.

![reliability](reliability.svg)

"""
_FAIRNESS = """## Fairness: identity terms in sentence templates

Areas as in Borkan et al. 2019. Subgroup: toxic against other phrases with the term. BPSN: toxic phrases without the
term against other ones with it; low where the term alone raises scores. BNSP: the reverse; low where it lowers them.
Each is the generalised mean over the terms (power -5, so the worst weigh most); the widest gap is how far the lowest
of the three lies below the overall area.

"""
_PARITY = """## Parity with fp32

Over the first texts of every set, at the thresholds above.

"""

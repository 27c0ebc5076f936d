"""Judge a model folder: every figure of an `Evaluation`, on texts drawn with a fixed seed."""

import hashlib
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from models.training.examples import Example
from models.training.held_out import HeldOut, of_languages, reads
from models.training.judge import identities
from models.training.judge.alarms import Alarms, alarms
from models.training.judge.attacks import Attack, attack
from models.training.judge.cost import cost
from models.training.judge.evaluation import Evaluation, Judged, thresholds
from models.training.judge.fairness import Fairness, fairness, sampled
from models.training.judge.functions import Case, Functions, functions
from models.training.judge.intervals import Flags, Floats
from models.training.judge.parity import Area, Parity, area, parity
from models.training.judge.ranking import Ranking, ranking
from models.training.judge.reliability import Reliability, reliability
from models.training.judge.rows import Rows
from models.training.judge.subject import Logits, Subject
from models.training.progress import Progress
from models.training.run import code_version, machine, sha256
from moderation.errors import ConfigurationError

SEED = 0
STYLES = {"A": "African American English", "B": "gang slang", "C": "internet slang"}
"""The rewritten versions of the set `dynahate`, of which O is the original."""
OF_A_SET_FOR_PARITY = 300
_Figure = TypeVar("_Figure")


@dataclass(frozen=True, slots=True)
class Scored:
    """The texts of a set that are judged, with the model's logits. `of` is how many the set has."""

    held: HeldOut
    examples: list[Example]
    logits: Logits
    of: int


def evaluate(
    subject: Subject,
    data: Path | None,
    progress: Progress,
    cases: Sequence[Case] = (),
    graphs: dict[str, Subject] | None = None,
    rows: Rows | None = None,
) -> Evaluation:
    """`data` holds the evaluation sets, a folder each; those in the manifest's languages are read. Where it is None,
    only those that come with this package.

    `cases` are functional tests of hate detection, left out for a model that does not read English. `graphs` are
    other precisions of the model, "fp32" the one that the others are compared with. `rows` are what the run held out
    of training. Raises `ConfigurationError` where a set is missing.
    """
    began = time.monotonic()
    if not reads(subject.spec.languages, "en"):
        cases = ()
    scored = _scored(subject, data, progress)
    calibration = {name: _reliability(subject, each) for name, each in scored.items() if each.held.natural}
    natural = rows.reliability(subject) if rows else {}
    return Evaluation(
        model=subject.spec.name,
        sha256=subject.sha256,
        thresholds=thresholds(subject.spec),
        sets={name: _judged(data or Path(), each) for name, each in scored.items()},
        rankings=_non_empty({name: _rankings(subject, each) for name, each in scored.items()}),
        held_out_rankings=rows.rankings(subject) if rows else {},
        alarms={name: _alarms(subject, each) for name, each in scored.items() if each.held.harmless},
        attacks=_attacks(subject, scored),
        reliability=_non_empty({**calibration, "natural": natural}),
        fairness=_fairness(subject, data, progress) if data is not None else {},
        parity=_parity(subject, graphs or {}, scored, progress),
        functions=_functions(subject, cases),
        cost=cost(subject.folder),
        training=rows.training if rows else {},
        seed=SEED,
        seconds=round(time.monotonic() - began, 1),
        code=code_version(),
        machine=machine(),
    )


def _scored(subject: Subject, data: Path | None, progress: Progress) -> dict[str, Scored]:
    sets = of_languages(subject.spec.languages)
    if data is None:
        data = Path()
        sets = {name: held for name, held in sets.items() if Path(held.folder).is_absolute()}
    scored = {}
    for number, (name, held) in enumerate(sets.items()):
        if not (data / held.folder).is_dir():
            raise ConfigurationError(
                f"{data / held.folder}: no such folder; it should hold the evaluation set '{name}'. "
                "`--data` names the folder in which the sets lie, a folder each"
            )
        progress.at(number / (len(sets) + 1), name)
        examples = list(held(data))
        drawn = examples if len(examples) <= held.most else random.Random(SEED).sample(examples, held.most)
        scored[name] = Scored(held, drawn, subject.logits(name, [example.text for example in drawn]), len(examples))
    return scored


def _judged(data: Path, each: Scored) -> Judged:
    digest = hashlib.sha256()
    files = (path for path in (data / each.held.folder).rglob("*") if path.is_file() and path.suffix != ".pyc")
    for path in sorted(files):
        digest.update(f"{path.name} {sha256(path)}\n".encode())
    return Judged(language=each.held.language, texts=len(each.examples), of=each.of, sha256=digest.hexdigest())


def _labelled(examples: Sequence[Example], category: str) -> tuple[list[int], Flags]:
    """The rows that a category is annotated in, and whether it applies there."""
    rows = [row for row, example in enumerate(examples) if category in example.labels]
    return rows, np.array([examples[row].labels[category] >= 0.5 for row in rows], bool)


def _rankings(subject: Subject, each: Scored) -> dict[str, Ranking]:
    scores = subject.scores(each.logits)
    found = {}
    for column, category in subject.speaking(each.held.language):
        rows, labels = _labelled(each.examples, category)
        if (measured := ranking(labels, scores[rows, column])) is not None:
            found[category] = measured
    return found


def _alarms(subject: Subject, each: Scored) -> Alarms:
    harmless = [row for row, example in enumerate(each.examples) if example.labels["toxicity"] < 0.5]
    groups = [each.examples[row].group for row in harmless] if each.held.grouped else ()
    speaking = subject.speaking(each.held.language)
    found = subject.found(each.logits[harmless])[:, [column for column, _ in speaking]]
    return alarms([category for _, category in speaking], found, groups)


def _reliability(subject: Subject, each: Scored) -> dict[str, Reliability]:
    scores, raw = subject.scores(each.logits), subject.scores(each.logits, calibrated=False)
    found = {}
    for column, category in subject.speaking(each.held.language):
        rows, labels = _labelled(each.examples, category)
        if rows:
            found[category] = reliability(scores[rows, column], raw[rows, column], labels)
    return found


def _attacks(subject: Subject, scored: dict[str, Scored]) -> dict[str, Attack]:
    """Recall of the hateful items of `dynahate`, in their own words against each style."""
    column = subject.column("hate")
    if column is None or "dynahate-O" not in scored:
        return {}

    def found(version: str) -> dict[str, bool]:
        each = scored[f"dynahate-{version}"]
        flags = subject.found(each.logits)[:, column]
        hateful = (row for row, example in enumerate(each.examples) if example.labels["hate"] >= 0.5)
        return {each.examples[row].group: bool(flags[row]) for row in hateful}

    plain = found("O")
    return {style: attack(plain, found(version)) for version, style in STYLES.items()}


def _fairness(subject: Subject, data: Path, progress: Progress) -> dict[str, Fairness]:
    category = subject.harm()
    column = subject.column(category)
    assert column is not None  # one of the model's own
    found = {}
    for language in identities.LANGUAGES:
        if not reads(subject.spec.languages, language):
            continue
        progress.at(0.95, f"identity terms, {language}")
        phrases = sampled(identities.phrases(data, language), SEED)
        logits = subject.logits(f"terms-{language}", [phrase.text for phrase in phrases])
        measured = fairness(phrases, subject.scores(logits)[:, column], category)
        if measured is not None:
            found[language] = measured
    return found


def _parity(
    subject: Subject, graphs: dict[str, Subject], scored: dict[str, Scored], progress: Progress
) -> dict[str, Parity]:
    """Every graph, the shipped one included, against fp32, on the first texts of each set."""
    if "fp32" not in graphs or not scored:
        return {}
    parts = {name: each.examples[:OF_A_SET_FOR_PARITY] for name, each in scored.items()}
    texts = [example.text for part in parts.values() for example in part]

    def both(graph: Subject) -> tuple[Floats, Flags]:
        logits = graph.logits("parity", texts)
        return graph.scores(logits), graph.found(logits)

    progress.at(0.97, "other precisions")
    exact = both(graphs["fp32"])
    others = {subject.spec.runtime.precision: subject} | {
        name: graph for name, graph in graphs.items() if name != "fp32" and graph.sha256 != subject.sha256
    }
    found = {}
    for name, graph in others.items():
        ours = both(graph)
        found[name] = parity(subject.categories, exact, ours, _areas(subject, parts, exact[0], ours[0]))
    return found


def _areas(
    subject: Subject, parts: dict[str, list[Example]], exact: Floats, ours: Floats
) -> dict[str, dict[str, Area]]:
    areas: dict[str, dict[str, Area]] = {}
    start = 0
    for name, part in parts.items():
        for column, category in enumerate(subject.categories):
            rows, labels = _labelled(part, category)
            places = [start + row for row in rows]
            if (measured := area(labels, exact[places, column], ours[places, column])) is not None:
                areas.setdefault(name, {})[str(category)] = measured
        start += len(part)
    return areas


def _functions(subject: Subject, cases: Sequence[Case]) -> Functions | None:
    column = subject.column("hate")
    if column is None or not cases:
        return None
    logits = subject.logits("functional", [case.text for case in cases])
    labels = [label for label, category in subject.spec.labels.items() if category == "hate"]
    threshold = min(subject.spec.threshold(label) for label in labels)
    return functions(cases, subject.found(logits)[:, column], "hate", threshold)


def _non_empty(of: dict[str, dict[str, _Figure]]) -> dict[str, dict[str, _Figure]]:
    return {name: each for name, each in of.items() if each}

"""The parts of the Jigsaw toxic comment data: Wikipedia talk pages."""

from collections.abc import Iterator
from pathlib import Path

from models.training.examples import Example, rows, written

_NOT_SPAM = {"spam": 0.0}
_JIGSAW = {
    "toxicity": "toxic",
    "hate": "identity_hate",
    "insult": "insult",
    "threat": "threat",
    "obscenity": "obscene",
}


def jigsaw(folder: Path) -> Iterator[Example]:
    """Wikipedia comments with all labels. Rows with id "0" are word2vec-augmented copies."""
    names = [f"furkan_{label}" for label in ("toxic", "severe_toxic", "obscene", "insult", "identity_hate")]
    seen = set()
    for name in ["hieu_v1", "hieu_v2", *names]:
        for row in rows(folder / "jigsaw-wiki-subsets" / f"{name}.csv.gz"):
            if row["id"] == "0" or row["id"] in seen:
                continue
            seen.add(row["id"])
            yield _jigsaw_example(row, "jigsaw")


def jigsaw_natural(folder: Path) -> Iterator[Example]:
    """Wikipedia comments with all labels at natural prevalence: kept whole for calibration."""
    seen = set()
    for name in ("fastbert_train_sample", "hurelyyu_train_sample"):
        for row in rows(folder / "jigsaw-wiki-subsets" / f"{name}.csv.gz"):
            if row["id"] not in seen:
                seen.add(row["id"])
                yield _jigsaw_example(row, "jigsaw-natural")


def _jigsaw_example(row: dict[str, str], source: str) -> Example:
    labels = {head: float(float(row[column]) > 0) for head, column in _JIGSAW.items()}
    return Example(written(row["comment_text"]), source, labels, _NOT_SPAM)


def jigsaw_binary(folder: Path) -> Iterator[Example]:
    """Wikipedia comments at natural prevalence, only toxic or not. Hardly any clean one has another label."""
    clean = {"hate": 0.0, "insult": 0.0, "threat": 0.0, "obscenity": 0.0, **_NOT_SPAM}
    for part in (1, 2):
        for row in rows(folder / "jigsaw-wiki-subsets" / f"khanhhk_binary_{part}.csv.gz"):
            toxic = float(row["labels"])
            yield Example(
                written(row["comment_text"]), "jigsaw-binary", {"toxicity": toxic}, _NOT_SPAM if toxic else clean
            )


def jigsaw_workers(folder: Path) -> Iterator[Example]:
    """Wikipedia comments with single judgements: a label is the share of workers who gave it."""
    judged: dict[str, list[dict[str, str]]] = {}
    for row in rows(folder / "jigsaw-wiki-subsets" / "jigsaw_official_sample_annotations.csv.gz"):
        judged.setdefault(row["_unit_id"], []).append(row)
    heads = {head: column for head, column in _JIGSAW.items() if head != "toxicity"}
    for row in rows(folder / "jigsaw-wiki-subsets" / "jigsaw_official_sample_text.csv.gz"):
        if judgements := judged.get(row["_unit_id"]):
            labels = {
                head: sum(float(j[column] or 0) for j in judgements) / len(judgements) for head, column in heads.items()
            }
            yield Example(written(row["comment_text"]), "jigsaw-workers", labels, _NOT_SPAM)

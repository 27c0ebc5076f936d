"""The sets that are never trained on: what evaluation reads, and what training must not contain."""

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from models.training.examples import Example, cells, rows, written


def robtest(folder: Path) -> Iterator[Example]:
    """Wikipedia comments of the Jigsaw test split, half of them toxic."""
    for text, label in cells(folder / "jigsaw-wiki-subsets" / "robtest_balanced_binary.csv.gz"):
        yield Example(written(text), "robtest", {"toxicity": float(label)})


def surge(folder: Path) -> Iterator[Example]:
    """Posts of many platforms, half of them toxic."""
    for row in rows(folder / "surge-toxicity" / "toxicity_en.csv.gz"):
        yield Example(written(row["text"]), "surge", {"toxicity": float(row["is_toxic"] == "Toxic")})


def _dynahate(version: str) -> Callable[[Path], Iterator[Example]]:
    def read(folder: Path) -> Iterator[Example]:
        for row in rows(folder / "dynahate-test" / f"dyna_test_processed_{version}.csv.gz"):
            labels = {"hate": float(row["label"] == "hate")}
            yield Example(written(row["text"]), f"dynahate-{version}", labels, group=row["acl.id"])

    read.__doc__ = f"Posts written to fool a model, version {version} (O original, A to C restyled)."
    return read


def edos(folder: Path) -> Iterator[Example]:
    """The official test split: sexist posts count as hate, plans to harm as threats."""
    for row in rows(folder / "edos" / "edos_labelled_aggregated.csv.gz"):
        if row["split"] == "test":
            hate = float(row["label_sexist"] == "sexist")
            threat = float(row["label_category"].startswith("1"))
            yield Example(written(row["text"]), "edos", {"hate": hate, "threat": threat})


def hatexplain(folder: Path) -> Iterator[Example]:
    """The official test split."""
    for row in rows(folder / "hatexplain" / "test.csv.gz", delimiter="\t"):
        labels = {"hate": float(row["label"] == "hatespeech"), "toxicity": float(row["label"] != "normal")}
        yield Example(written(row["text"]), "hatexplain", labels)


def germeval(folder: Path) -> Iterator[Example]:
    """The official test split, German."""
    for text, _, kind in cells(folder / "germeval2018" / "germeval2018.test.txt.gz", "\t", quoted=False):
        labels = {
            "toxicity": float(kind != "OTHER"),
            "hate": float(kind == "ABUSE"),
            "insult": float(kind == "INSULT"),
        }
        yield Example(written(text.replace("|LBR|", " ")), "germeval", labels)


def cold_zh(folder: Path) -> Iterator[Example]:
    """The official test split, Chinese."""
    for row in rows(folder / "cold-zh" / "test.csv.gz"):
        yield Example(written(row["TEXT"]), "cold-zh", {"toxicity": float(row["label"])})


def context_toxicity(folder: Path) -> Iterator[Example]:
    """Wikipedia talk comments at natural prevalence, about one in a hundred toxic."""
    for name in ("gc", "gn"):
        for row in rows(folder / "context-toxicity" / f"{name}.csv.gz"):
            yield Example(written(row["text"]), "context-toxicity", {"toxicity": float(row["label"])})


def bold(folder: Path) -> Iterator[Example]:
    """Sentences of encyclopedia articles about people and groups: all harmless."""
    for path in sorted((folder / "bold").glob("*.json.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for people in json.load(file).values():
                for sentences in people.values():
                    for sentence in sentences:
                        yield Example(written(sentence), "bold", {"toxicity": 0.0, "hate": 0.0})


def counter_speech(folder: Path) -> Iterator[Example]:
    """Answers to hate: harmless, though they speak of it."""
    for row in rows(folder / "gbv-counterspeech" / "gbv_cs.tsv.gz", delimiter="\t"):
        yield Example(written(row["counterspeech"]), "counter-speech", {"toxicity": 0.0, "hate": 0.0})


EVALUATION: dict[str, Callable[[Path], Iterator[Example]]] = {
    "robtest": robtest,
    "surge": surge,
    "dynahate-O": _dynahate("O"),
    "dynahate-A": _dynahate("A"),
    "dynahate-B": _dynahate("B"),
    "dynahate-C": _dynahate("C"),
    "edos": edos,
    "hatexplain": hatexplain,
    "germeval": germeval,
    "cold-zh": cold_zh,
    "context-toxicity": context_toxicity,
    "bold": bold,
    "counter-speech": counter_speech,
}

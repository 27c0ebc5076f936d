"""Sets of abuse in general: chat, news comments, and sentences with their polite rewrites."""

from collections.abc import Iterator
from pathlib import Path

from models.training.examples import Example, rows, written

_NOT_SPAM = {"spam": 0.0}


def discord(folder: Path) -> Iterator[Example]:
    """Chat messages, toxic or not. `train.csv` comes first, the other files repeat much of it."""
    for name in ("train.csv.gz", "non_toxic.csv.gz", "more_toxic.csv.gz", "toxic.csv"):
        for row in rows(folder / "discord-automod" / name):
            toxic = float(row["rating"])
            weak = {"threat": 0.0, "hate": 0.0, **_NOT_SPAM} if not toxic else {}
            yield Example(written(row["content"]), "discord", {"toxicity": toxic}, weak)


def toxic_spans(folder: Path) -> Iterator[Example]:
    """News comments in which workers marked what offends: two workers make a label. All are rather toxic,
    those in which no two workers marked the same kind are left out. Holds the texts of the `tsd` files."""
    heads = {
        "Insult": "insult",
        "Profane/Obscene": "obscenity",
        "Identity based Attack": "hate",
        "Threat": "threat",
        "Other Toxicity": "toxicity",
    }
    folder = folder / "toxic-spans"
    judged = {row["annotation"]: (row["comment_id"], row["worker"]) for row in rows(folder / "annotations.csv.gz")}
    marked: dict[str, dict[str, set[str]]] = {}
    for row in rows(folder / "spans.csv.gz"):
        if row["annotation"] in judged and (head := heads.get(row["type"])):
            comment, worker = judged[row["annotation"]]
            marked.setdefault(comment, {}).setdefault(head, set()).add(worker)
    for row in rows(folder / "comments.csv.gz"):
        marks = marked.get(row["comment_id"], {})
        labels = {head: 1.0 for head, workers in marks.items() if len(workers) > 1}
        if labels:
            unmarked = {head: 0.0 for head in ("insult", "obscenity", "hate", "threat") if head not in marks}
            text = written(row["comment_text"])
            yield Example(text, "toxic-spans", labels | {"toxicity": 1.0}, unmarked | _NOT_SPAM)


def paradetox(folder: Path) -> Iterator[Example]:
    """Toxic sentences and their polite rewrites; a sentence and its rewrites are one group."""
    path = folder / "paradetox" / "paradetox.tsv.gz"
    for number, row in enumerate(rows(path, delimiter="\t", quoted=False)):
        group = f"paradetox {number}"
        yield Example(written(row["toxic"]), "paradetox", {"toxicity": 1.0}, _NOT_SPAM, group)
        polite = {"toxicity": 0.0, "obscenity": 0.0}
        if rewrite := row["neutral1"]:
            yield Example(written(rewrite), "paradetox", polite, {"insult": 0.0, **_NOT_SPAM}, group)


def paradetox_unclear(folder: Path) -> Iterator[Example]:
    """Sentences with a bad word that could not be made polite: some because they were not toxic."""
    for row in rows(folder / "paradetox" / "paradetox_cannot_rewrite.tsv.gz", delimiter="\t"):
        reasons, text = row["OUTPUT:reasons"], written(row["INPUT:toxic_comment"].strip('"'))
        if reasons == '{"not_toxic":true}':
            yield Example(text, "paradetox-unclear", {"toxicity": 0.0}, _NOT_SPAM)
        elif reasons == '{"toxic_content":true}':
            yield Example(text, "paradetox-unclear", {"toxicity": 1.0}, _NOT_SPAM)

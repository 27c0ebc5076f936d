"""One reader per training set: what it annotates, and the traps of its files.

Every reader takes the folder that holds the sets and yields examples in file order. `READERS` names
them and caps the sets that were sampled by keyword, whose share would otherwise teach that a word is
the offence.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from models.training.examples import Example, cells, fingerprint, rows, written

_NOT_SPAM = {"spam": 0.0}
_JIGSAW = {
    "toxicity": "toxic",
    "hate": "identity_hate",
    "insult": "insult",
    "threat": "threat",
    "obscenity": "obscene",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A training set: its reader, how many examples of it are used at most, and their weight."""

    read: Callable[[Path], Iterator[Example]]
    most: int = 1_000_000
    weight: float = 1.0


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


def davidson(folder: Path) -> Iterator[Example]:
    """Tweets sampled by keyword: 0 hate, 1 offensive, 2 neither."""
    for row in rows(folder / "davidson" / "labeled_data.csv.gz"):
        labels = {"toxicity": float(row["class"] != "2"), "hate": float(row["class"] == "0")}
        yield Example(written(row["tweet"]), "davidson", labels, _NOT_SPAM)


def edos(folder: Path) -> Iterator[Example]:
    """Gab and Reddit posts, sexist or not; the test split is for evaluation."""
    for row in rows(folder / "edos" / "edos_labelled_aggregated.csv.gz"):
        if row["split"] == "test":
            continue
        threat = float(row["label_category"].startswith("1"))
        if row["label_sexist"] == "sexist":
            labels = {"toxicity": 1.0, "hate": 1.0, "threat": threat}
            yield Example(written(row["text"]), "edos", labels, _NOT_SPAM)
        else:  # not sexist may still be racist, or a threat to someone else
            yield Example(written(row["text"]), "edos", {}, {"hate": 0.0, "threat": 0.0, **_NOT_SPAM})


def misogyny(folder: Path) -> Iterator[Example]:
    """Reddit comments, misogynistic or not."""
    for row in rows(folder / "online-misogyny" / "final_labels.noauthor.csv.gz"):
        if row["level_1"] == "Misogynistic":
            yield Example(written(row["body"]), "online-misogyny", {"toxicity": 1.0, "hate": 1.0}, _NOT_SPAM)
        else:
            yield Example(written(row["body"]), "online-misogyny", {"hate": 0.0}, {"threat": 0.0, **_NOT_SPAM})


def hatexplain(folder: Path) -> Iterator[Example]:
    """Tweets and Gab posts sampled by keyword, tokenised and lower-cased. Tab-separated despite the name."""
    for name in ("train", "valid"):
        for row in rows(folder / "hatexplain" / f"{name}.csv.gz", delimiter="\t"):
            text = written(row["text"])
            if row["label"] == "hatespeech":
                yield Example(text, "hatexplain", {"toxicity": 1.0, "hate": 1.0}, _NOT_SPAM)
            elif row["label"] == "offensive":
                yield Example(text, "hatexplain", {"toxicity": 1.0}, {"hate": 0.0, **_NOT_SPAM})
            else:
                yield Example(text, "hatexplain", {"hate": 0.0}, _NOT_SPAM)


def implicit_hate(folder: Path) -> Iterator[Example]:
    """Tweets of hate groups. Only "threatening" of stage 2 is a threat; "incitement" is mostly boasting."""
    kinds = {
        fingerprint(row["post"]): row["implicit_class"]
        for row in rows(folder / "implicit-hate" / "implicit_hate_v1_stg2_posts.tsv.gz", delimiter="\t")
    }
    for row in rows(folder / "implicit-hate" / "implicit_hate_v1_stg1_posts.tsv.gz", delimiter="\t"):
        text = written(row["post"])
        if row["class"] == "not_hate":
            yield Example(text, "implicit-hate", {"hate": 0.0}, _NOT_SPAM)
            continue
        kind = kinds.get(fingerprint(row["post"]), "")
        threat = {"threat": 1.0} if kind == "threatening" else {}
        no_threat = {"threat": 0.0} if kind in ("stereotypical", "inferiority", "irony") else {}
        labels = {"toxicity": 1.0, "hate": 1.0, **threat}
        yield Example(text, "implicit-hate", labels, {**no_threat, **_NOT_SPAM})


def stormfront(folder: Path) -> Iterator[Example]:
    """Sentences of a white-supremacist forum; those that need context or were skipped are left out."""
    for row in rows(folder / "stormfront" / "stormfront_sentences.tsv.gz", delimiter="\t"):
        if row["label"] == "hate":
            yield Example(written(row["text"]), "stormfront", {"toxicity": 1.0, "hate": 1.0}, _NOT_SPAM)
        elif row["label"] == "noHate":
            yield Example(written(row["text"]), "stormfront", {"hate": 0.0}, _NOT_SPAM)


def hatemoji(folder: Path) -> Iterator[Example]:
    """Minimal pairs that differ in an emoji: a pair is one group."""
    for name in ("train", "validation"):
        for row in rows(folder / "hatemoji" / f"build_{name}.csv.gz"):
            pair = sorted((row["entry_id"], row["matched_id"]))
            hateful = float(row["label_gold"])
            labels = {"hate": hateful, "threat": float(row["type"] == "threateninglanguage")}
            if hateful:
                labels["toxicity"] = 1.0
            yield Example(written(row["text"]), "hatemoji", labels, _NOT_SPAM, f"hatemoji {pair[0]} {pair[1]}")


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


def spam(folder: Path) -> Iterator[Example]:
    """Text messages and video comments. Most of the smishing set repeats the SMS set: new rows only."""
    clean = {"hate": 0.0, "threat": 0.0}
    seen = set()
    for label, text in cells(folder / "sms-spam" / "SMSSpamCollection.tsv.gz", "\t", quoted=False):
        seen.add(fingerprint(text))
        yield Example(written(text), "sms-spam", {"spam": float(label == "spam")}, clean)
    for path in sorted((folder / "youtube-spam").glob("*.csv")):
        for row in rows(path):
            yield Example(written(row["CONTENT"]), "youtube-spam", {"spam": float(row["CLASS"])}, clean)
    for row in rows(folder / "smishing-mendeley" / "Dataset_5971.csv.gz"):
        if row["LABEL"] and fingerprint(row["TEXT"]) not in seen:
            spam = float(row["LABEL"].lower() != "ham")
            yield Example(written(row["TEXT"]), "smishing", {"spam": spam}, clean)


def germeval(folder: Path) -> Iterator[Example]:
    """German tweets: abuse of groups, insult, profanity or none."""
    path = folder / "germeval2018" / "germeval2018.training.txt.gz"
    for text, _, kind in cells(path, "\t", quoted=False):
        labels = {
            "toxicity": float(kind != "OTHER"),
            "hate": float(kind == "ABUSE"),
            "insult": float(kind == "INSULT"),
        }
        yield Example(written(text.replace("|LBR|", " ")), "germeval2018", labels, _NOT_SPAM)


def told_br(folder: Path) -> Iterator[Example]:
    """Brazilian tweets with three annotators: two make a label, none makes a negative."""
    groups = ("homophobia", "racism", "misogyny", "xenophobia")
    for row in rows(folder / "told-br" / "ToLD-BR.csv.gz"):
        votes = {name: float(row[name]) for name in (*groups, "obscene", "insult")}
        if 0 < max(votes.values()) < 2:
            continue
        labels = {
            "toxicity": float(max(votes.values()) >= 2),
            "hate": float(max(votes[name] for name in groups) >= 2),
            "insult": float(votes["insult"] >= 2),
            "obscenity": float(votes["obscene"] >= 2),
        }
        yield Example(written(row["text"]), "told-br", labels, _NOT_SPAM)


def roman_urdu(folder: Path) -> Iterator[Example]:
    """Urdu tweets in Latin letters. 0 abusive, 1 normal, 2 religious hate, 3 sexism, 4 profane."""
    for text, label in cells(folder / "roman-urdu" / "task_2_train.tsv.gz", "\t", quoted=False):
        labels = {"toxicity": float(label != "1"), "hate": float(label in "23")}
        yield Example(written(text), "roman-urdu", labels, _NOT_SPAM)


def unread_scripts(folder: Path) -> Iterator[Example]:
    """Harmless Arabic, Korean and Chinese. The vocabulary has not the letters to tell good from bad in
    these, and a model that cannot read should stay silent."""
    clean = {"toxicity": 0.0, "hate": 0.0, "insult": 0.0, "threat": 0.0, "obscenity": 0.0, "spam": 0.0}
    for row in rows(folder / "arabic-mpold" / "mpold_4000.tsv.gz", delimiter="\t"):
        if row["Majority_Label"] == "Non-Offensive":
            yield Example(written(row["Comment"]), "unread-scripts", {}, clean)
    for row in rows(folder / "korean-beep" / "train.tsv.gz", delimiter="\t", quoted=False):
        if row["hate"] == "none":
            yield Example(written(row["comments"]), "unread-scripts", {}, clean)
    for row in rows(folder / "cold-zh" / "train.csv.gz"):
        if row["label"] == "0":
            yield Example(written(row["TEXT"]), "unread-scripts", {}, clean)


READERS: dict[str, Source] = {
    "jigsaw-natural": Source(jigsaw_natural),
    "jigsaw": Source(jigsaw),
    "jigsaw-binary": Source(jigsaw_binary),
    "jigsaw-workers": Source(jigsaw_workers, weight=0.7),
    "spam": Source(spam),
    "discord": Source(discord),
    "edos": Source(edos),
    "misogyny": Source(misogyny),
    "hatemoji": Source(hatemoji),
    "implicit-hate": Source(implicit_hate, most=14_000, weight=0.7),
    "hatexplain": Source(hatexplain, most=12_000, weight=0.7),
    "davidson": Source(davidson, most=8_000, weight=0.5),
    "stormfront": Source(stormfront, most=7_000),
    "toxic-spans": Source(toxic_spans, most=6_000),
    "paradetox": Source(paradetox, most=12_000, weight=0.7),
    "paradetox-unclear": Source(paradetox_unclear, most=5_000, weight=0.7),
    "germeval": Source(germeval),
    "told-br": Source(told_br, most=6_000, weight=0.7),
    "roman-urdu": Source(roman_urdu, most=3_000, weight=0.7),
    "unread-scripts": Source(unread_scripts, most=1_500),
}
"""In the order in which a text that stands in several sets is kept: the part kept for calibration first,
then the set with most labels."""

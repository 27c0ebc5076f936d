"""Sets of hate against groups. Most of them were sampled by keyword."""

from collections.abc import Iterator
from pathlib import Path

from models.training.examples import Example, fingerprint, rows, written

_NOT_SPAM = {"spam": 0.0}


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
            weak = {"toxicity": 0.0, "hate": 0.0, "threat": 0.0, **_NOT_SPAM}
            yield Example(written(row["text"]), "edos", {}, weak)


def misogyny(folder: Path) -> Iterator[Example]:
    """Reddit comments, misogynistic or not."""
    for row in rows(folder / "online-misogyny" / "final_labels.noauthor.csv.gz"):
        if row["level_1"] == "Misogynistic":
            yield Example(written(row["body"]), "online-misogyny", {"toxicity": 1.0, "hate": 1.0}, _NOT_SPAM)
        else:
            weak = {"toxicity": 0.0, "threat": 0.0, **_NOT_SPAM}
            yield Example(written(row["body"]), "online-misogyny", {"hate": 0.0}, weak)


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
                yield Example(text, "hatexplain", {"toxicity": 0.0, "hate": 0.0}, _NOT_SPAM)


def implicit_hate(folder: Path) -> Iterator[Example]:
    """Tweets of hate groups. Only "threatening" of stage 2 is a threat; "incitement" is mostly boasting."""
    kinds = {
        fingerprint(row["post"]): row["implicit_class"]
        for row in rows(folder / "implicit-hate" / "implicit_hate_v1_stg2_posts.tsv.gz", delimiter="\t")
    }
    for row in rows(folder / "implicit-hate" / "implicit_hate_v1_stg1_posts.tsv.gz", delimiter="\t"):
        text = written(row["post"])
        if row["class"] == "not_hate":
            yield Example(text, "implicit-hate", {"hate": 0.0}, {"toxicity": 0.0, **_NOT_SPAM})
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
            yield Example(written(row["text"]), "stormfront", {"hate": 0.0}, {"toxicity": 0.0, **_NOT_SPAM})


def hatemoji(folder: Path) -> Iterator[Example]:
    """Minimal pairs that differ in an emoji: a pair is one group."""
    for name in ("train", "validation"):
        for row in rows(folder / "hatemoji" / f"build_{name}.csv.gz"):
            pair = sorted((row["entry_id"], row["matched_id"]))
            hateful = float(row["label_gold"])
            labels = {"hate": hateful, "threat": float(row["type"] == "threateninglanguage")}
            labels |= {"toxicity": 1.0} if hateful else {}
            weak = _NOT_SPAM if hateful else {"toxicity": 0.0, **_NOT_SPAM}
            yield Example(written(row["text"]), "hatemoji", labels, weak, f"hatemoji {pair[0]} {pair[1]}")

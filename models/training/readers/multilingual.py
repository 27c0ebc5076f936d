"""Sets in other languages than English. What each annotates is in its reader.

None has labels for threat or spam. Those without an official test split are held out in part by
`models.training.held_out.drawn`; a recipe that names them among its evaluation sets does not train on that part.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from models.training.examples import Example, cells, rows, written
from models.training.held_out import curses, judged_told_br


def germeval(folder: Path) -> Iterator[Example]:
    """German tweets: abuse of groups, insult, profanity or none."""
    path = folder / "germeval2018" / "germeval2018.training.txt.gz"
    for text, _, kind in cells(path, "\t", quoted=False):
        labels = {
            "toxicity": float(kind != "OTHER"),
            "hate": float(kind == "ABUSE"),
            "insult": float(kind == "INSULT"),
        }
        yield Example(written(text.replace("|LBR|", " ")), "germeval2018", labels)


def told_br(folder: Path) -> Iterator[Example]:
    """Brazilian tweets."""
    return (example for _, example in judged_told_br(folder))


def roman_urdu(folder: Path) -> Iterator[Example]:
    """Urdu tweets in Latin letters. 0 abusive, 1 normal, 2 religious hate, 3 sexism, 4 profane."""
    for text, label in cells(folder / "roman-urdu" / "task_2_train.tsv.gz", "\t", quoted=False):
        labels = {"toxicity": float(label != "1"), "hate": float(label in "23")}
        if label in "14":  # of the others nobody said whether they are profane, too
            labels["obscenity"] = float(label == "4")
        yield Example(written(text), "roman-urdu", labels)


def cold_zh(folder: Path) -> Iterator[Example]:
    """Chinese posts on race, gender and region, offensive or not; sampled by keyword, half of them offensive.

    43 texts of the training split stand in the test split.
    """
    for split in ("train", "dev"):
        for row in rows(folder / "cold-zh" / f"{split}.csv.gz"):
            yield Example(written(row["TEXT"]), "cold-zh", {"toxicity": float(row["label"])})


def korean_beep(folder: Path) -> Iterator[Example]:
    """Korean comments on news of entertainers: hateful, offensive or none, and whether biased against a group."""
    for row in rows(folder / "korean-beep" / "train.tsv.gz", delimiter="\t", quoted=False):
        labels = {"toxicity": float(row["hate"] != "none")}
        # "hate" is severe aggression against anybody: identity hate only where it is biased, too.
        if row["hate"] == "none" or row["bias"] == "none":
            labels["hate"] = 0.0
        elif row["hate"] == "hate":
            labels["hate"] = 1.0
        yield Example(written(row["comments"]), "korean-beep", labels)


def korean_curse(folder: Path) -> Iterator[Example]:
    """Korean posts of web forums, abusive or not."""
    for text, label in curses(folder):
        yield Example(written(text), "korean-curse", {"toxicity": label})


def mlma(language: str) -> Callable[[Path], Iterator[Example]]:
    """French (`fr`) or Arabic (`ar`) tweets sampled by keyword; the judgements of a tweet stand joined."""

    def read(folder: Path) -> Iterator[Example]:
        for row in rows(folder / "mlma" / f"{language}_dataset.csv.gz"):
            judged = set(row["sentiment"].split("_"))
            offends = bool(judged & {"offensive", "abusive", "hateful", "disrespectful"})
            if offends == ("normal" in judged):
                continue  # its judges disagree, or found it only fearful
            labels = {"toxicity": float(offends), "hate": float("hateful" in judged)}
            yield Example(written(row["tweet"]), f"mlma-{language}", labels)

    return read


def arabic_mpold(folder: Path) -> Iterator[Example]:
    """Arabic comments of three platforms: offensive or not, and the offensive ones whether hateful."""
    for row in rows(folder / "arabic-mpold" / "mpold_4000.tsv.gz", delimiter="\t"):
        hate = row["Vulgar:V/HateSpeech:HS/None:-"] == "HS"
        labels = {"toxicity": float(row["Majority_Label"] == "Offensive"), "hate": float(hate)}
        yield Example(written(row["Comment"]), "arabic-mpold", labels)

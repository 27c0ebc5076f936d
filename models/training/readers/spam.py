"""Sets of spam: text messages and video comments.

The smishing set is not among them: most of its rows repeat the SMS set, and its new ones have plain chat marked
as spam.
"""

from collections.abc import Iterator
from pathlib import Path

from models.training.examples import Example, cells, rows, written

_CLEAN = {"hate": 0.0, "threat": 0.0}


def sms_spam(folder: Path) -> Iterator[Example]:
    """Text messages, spam or not."""
    for label, text in cells(folder / "sms-spam" / "SMSSpamCollection.tsv.gz", "\t", quoted=False):
        yield Example(written(text), "sms-spam", {"spam": float(label == "spam")}, _CLEAN)


def youtube_spam(folder: Path) -> Iterator[Example]:
    """Comments under five videos, spam or not."""
    for path in sorted((folder / "youtube-spam").glob("*.csv")):
        for row in rows(path):
            yield Example(written(row["CONTENT"]), "youtube-spam", {"spam": float(row["CLASS"])}, _CLEAN)

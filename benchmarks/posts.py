"""The posts that everything is measured on: real comments where the training data is there, else made up.

All are distinct, because the text lane scores identical texts once; the same seed gives the same posts in the same
order. Comments of up to `LONGEST` characters: about 50 tokens on average, and hardly any has more than one window.
"""

import csv
import gzip
import hashlib
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.text.normalise import normalise
from moderation.events import Post

SEED = 20_260
LONGEST = 500
SHORTEST = 10

_ROOT = Path(__file__).resolve().parent.parent
_JIGSAW = _ROOT.parent / "shared" / "data" / "text" / "jigsaw-wiki-subsets"
_FILES = ("khanhhk_binary_1", "khanhhk_binary_2", "hieu_v1", "hieu_v2")
_WORDS = """
the a and of to in is it that you this for was on are with as not be have from they we at by an or so if your page
article user people time edit please think know what there their would about just like more some other when how out
up only also should does because very good new first where after work right even way being well source comment talk
name information history world question answer problem reason thanks sorry read written however already anything
someone nothing whether against between different possible important deleted removed changed added version
discussion section image link quote opinion consensus stupid idiot hate wrong terrible wonderful probably certainly
perhaps actually really never always again together
"""


@dataclass(frozen=True, slots=True)
class Posts:
    """`texts` in the order they are sent, and what they are, for the record of a result."""

    texts: tuple[str, ...]
    origin: str

    def take(self, count: int, start: int = 0) -> list[Post]:
        """Posts `start` to `start + count`; where there are fewer texts, they come again with a number in front."""
        return [self._post(number) for number in range(start, start + count)]

    def _post(self, number: int) -> Post:
        again, place = divmod(number, len(self.texts))
        text = f"{again} {self.texts[place]}" if again else self.texts[place]
        return Post(post_id=f"post-{number}", author_id=f"author-{number % 997}", text=text, surface="comment")

    def description(self) -> dict[str, object]:
        """Origin, number, lengths and a digest that shows whether two results had the same posts."""
        lengths = sorted(map(len, self.texts))
        digest = hashlib.sha256("\0".join(self.texts).encode("utf-8", "surrogatepass")).hexdigest()
        return {
            "origin": self.origin,
            "distinct": len(self.texts),
            "characters_mean": round(sum(lengths) / len(lengths), 1),
            "characters_median": lengths[len(lengths) // 2],
            "sha256": digest[:16],
        }


def load(folder: Path = _JIGSAW, count: int = 20_000) -> Posts:
    """Comments of the Jigsaw training data, or made-up ones where the folder is not there."""
    paths = [folder / f"{name}.csv.gz" for name in _FILES]
    if all(path.is_file() for path in paths):
        found = _fitting(text for path in paths for text in _comments(path))
        random.Random(SEED).shuffle(found)
        return Posts(tuple(found[:count]), f"Jigsaw comments of {SHORTEST} to {LONGEST} characters, seed {SEED}")
    return made_up(count)


def made_up(count: int, seed: int = SEED) -> Posts:
    """Word salad whose lengths are distributed like those of the comments: log-normal, cut at both ends."""
    rng = random.Random(seed)
    vocabulary = _WORDS.split()
    texts: dict[str, None] = {}
    while len(texts) < count:
        length = round(rng.lognormvariate(5.35, 0.75))
        if SHORTEST <= length <= LONGEST:
            texts[_salad(rng, vocabulary, length)] = None
    return Posts(tuple(texts), f"made up, seed {seed}")


def _salad(rng: random.Random, vocabulary: Sequence[str], length: int) -> str:
    words = [f"{rng.randrange(100_000)}"]
    while sum(map(len, words)) + len(words) < length:
        words.append(rng.choice(vocabulary))
    return " ".join(words)[:length].strip()


def _fitting(texts: Iterable[str]) -> list[str]:
    # What the lane takes for the same text, it would score once.
    found = {normalise(text): text for text in map(str.strip, texts) if SHORTEST <= len(text) <= LONGEST}
    return [text for normalised, text in found.items() if normalised]


def _comments(path: Path) -> Iterator[str]:
    csv.field_size_limit(10_000_000)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["comment_text"] or ""


def values(posts: Sequence[Post]) -> list[bytes]:
    """The posts as they stand in Kafka."""
    return [post.to_json() for post in posts]

"""Reading the sources: each text is cleaned as in serving, and dropped if it is empty, held out or known already.

What is left goes to Parquet shards as it is read; only a digest of each text stays in memory (about 100 bytes a
text with all that goes with it), so a set may be larger than memory.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from models.text.language import languages
from models.text.normalise import normalise
from models.text.scorer import MAX_CHARACTERS
from models.training.examples import Example, fingerprint

SHARD_ROWS = 50_000
_Labels = tuple[tuple[str, bool], ...]


@dataclass(slots=True)
class Overlap:
    """Texts that stand in two sources, and how often their labels disagree."""

    texts: int = 0
    differ: Counter[str] = field(default_factory=Counter)


class Sieve:
    """Remembers every text by 16 bytes: those held out for evaluation, and those that came already."""

    def __init__(self, heads: tuple[str, ...]) -> None:
        self.heads = heads
        self.leaks: dict[str, Counter[str]] = {}  # evaluation set -> source -> texts
        self.overlaps: dict[tuple[str, str], Overlap] = {}  # (first source, later one)
        self._held_out: dict[bytes, str] = {}
        self._seen: dict[bytes, tuple[str, _Labels]] = {}
        self._known: dict[tuple[str, _Labels], tuple[str, _Labels]] = {}

    def hold_out(self, name: str, examples: Iterable[Example]) -> int:
        """Let no text of these pass; returns how many there were."""
        self.leaks[name] = Counter()
        count = 0
        for example in examples:
            self._held_out.setdefault(_digest(cleaned(example.text))[:16], name)
            count += 1
        return count

    def verdict(self, source: str, text: str, labels: Mapping[str, float], digest: bytes) -> str:
        """`new`, or why the text is not used: `empty`, `leaked`, `repeated`."""
        mark = digest[:16]
        if not text:
            return "empty"
        if name := self._held_out.get(mark):
            self.leaks[name][source] += 1
            return "leaked"
        kept = tuple((head, labels[head] >= 0.5) for head in self.heads if head in labels)
        if first := self._seen.get(mark):
            overlap = self.overlaps.setdefault((first[0], source), Overlap())
            overlap.texts += 1
            before = dict(first[1])
            overlap.differ.update(head for head, value in kept if before.get(head, value) != value)
            return "repeated"
        # One object for all texts of one source with the same labels.
        self._seen[mark] = self._known.setdefault((source, kept), (source, kept))
        return "new"

    def state(self, source: str) -> dict[str, Any]:
        """What `restore` needs beside the shards of a source."""
        return {
            "leaks": {name: count[source] for name, count in self.leaks.items() if count[source]},
            "overlaps": {
                first: {"texts": overlap.texts, "differ": overlap.differ}
                for (first, second), overlap in self.overlaps.items()
                if second == source
            },
        }

    def restore(self, source: str, folder: Path, state: dict[str, Any]) -> None:
        """Remember a source whose shards were written by an earlier process."""
        for name, count in state["leaks"].items():
            self.leaks[name][source] = count
        for first, overlap in state["overlaps"].items():
            self.overlaps[first, source] = Overlap(overlap["texts"], Counter(overlap["differ"]))
        for shard in sorted(folder.glob("*.parquet")):
            frame = pl.read_parquet(shard, columns=["digest", *(f"label_{head}" for head in self.heads)])
            for digest, *values in frame.iter_rows():
                kept = tuple((h, v >= 0.5) for h, v in zip(self.heads, values, strict=True) if v is not None)
                self._seen[digest] = self._known.setdefault((source, kept), (source, kept))


def cleaned(text: str) -> str:
    """A text as the served model reads it: cut, normalised, names and addresses masked."""
    return normalise(text[:MAX_CHARACTERS])


def sift(source: str, examples: Iterable[Example], sieve: Sieve, language: str, folder: Path) -> Iterator[Counter[str]]:
    """Write what is new into shards in `folder`; yields the counts so far, at the end of each shard and of all.

    Columns: text, language, group, `digest` and `draw` (in [0, 1), the same for a whole group), and for each head
    `label_<head>` and `weak_<head>`, null where there is none. `language` is used where an example has none.
    """
    counts: Counter[str] = Counter()
    rows: list[dict[str, Any]] = []
    number = 0
    for example in examples:
        counts["read"] += 1
        text = cleaned(example.text)
        digest = _digest(text)
        verdict = sieve.verdict(source, text, example.labels, digest)
        counts[verdict] += 1
        if verdict != "new":
            continue
        drawn = _sha256(example.group) if example.group else digest
        row: dict[str, Any] = {
            "text": text,
            "language": example.language or language,
            "group": _plain(example.group),
            "digest": digest[:16],
            "draw": int.from_bytes(drawn[:8], "big") / 2**64,
        }
        for head in sieve.heads:
            row[f"label_{head}"] = example.labels.get(head)
            row[f"weak_{head}"] = example.weak.get(head)
        rows.append(row)
        if len(rows) == SHARD_ROWS:
            _write(rows, sieve.heads, folder / f"{number:06d}.parquet")
            rows, number = [], number + 1
            yield counts
    if rows or not number:
        _write(rows, sieve.heads, folder / f"{number:06d}.parquet")
    yield counts


def _write(rows: list[dict[str, Any]], heads: tuple[str, ...], path: Path) -> None:
    unsaid = [row for row in rows if not row["language"]]
    for row, language in zip(unsaid, languages([row["text"] for row in unsaid]), strict=True):
        row["language"] = language
    labels = {f"{kind}_{head}": pl.Float32 for head in heads for kind in ("label", "weak")}
    schema = {"text": pl.String, "language": pl.String, "group": pl.String, "digest": pl.Binary, "draw": pl.Float64}
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(rows, schema={**schema, **labels}).write_parquet(path)


def _digest(text: str) -> bytes:
    return _sha256(fingerprint(text))


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _plain(text: str) -> str:
    """Without half surrogates, which JSON can hold and Parquet cannot."""
    return text.encode("utf-8", "replace").decode()

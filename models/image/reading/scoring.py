"""What the text of a picture is, to the text lane's own models and lexicon.

A picture's text is scored whole, and where it has several blocks each of them too, and the greatest counts: as the
windows of a long text. A caption is not weakened by the newspaper behind it, nor by columns read in a wrong order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.image.reading.line import Line
from models.image.reading.text import Passage, Text, joined
from models.text.lexicon import SIGNALS, findings
from models.text.reading import EMPTY, Reading
from models.text.scorer import Scorer
from moderation.errors import ModelError
from moderation.events import Evidence

SHOWN = 0.25
"""A score is shown where it comes from, if it is as high."""
_CARRIES, _MATTERS = 0.8, 0.5
"""Of a passage's score. The shortest run of lines with so much is pointed at; else the best with half of it."""
_LEAST_LETTERS = 4
_MOST_BLOCKS = 16
_MOST_RUNS = 160
_MOST_BOXES = 8


@dataclass(frozen=True, slots=True)
class Said:
    """Signals are `text.<category>` and `text.lexicon.<category>`; evidence has boxes, but no media_id.

    `length` is in characters.
    """

    signals: Mapping[str, float] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    length: int = 0


async def said(scorer: Scorer, pictures: Sequence[Sequence[Line]]) -> list[Said]:
    """What the lines of each picture say. One without lines has 0 in every signal.

    Raises `ModelError` where a text could not be scored.
    """
    texts = [joined(lines) for lines in pictures]
    passages = [_passages(text) for text in texts]
    readings = await _read(scorer, texts, passages)
    spoken = [
        _Spoken(text, dict(zip(own, read, strict=True)))
        for text, own, read in zip(texts, passages, readings, strict=True)
    ]
    runs = [each.runs() for each in spoken]
    for each, own, read in zip(spoken, runs, await _read(scorer, texts, runs), strict=True):
        each.scores.update(zip(own, read, strict=True))
    silent = nothing(scorer)
    return [each.said(scorer) if each.says_something else silent for each in spoken]


def nothing(scorer: Scorer) -> Said:
    """What a picture without text says: names every signal, and the model behind it."""
    categories = {f"text.{category}": scorer.classifier.name for category in scorer.classifier.categories}
    models = {**categories, **dict.fromkeys(SIGNALS.values(), scorer.lexicon.name)}
    return Said(dict.fromkeys(models, 0.0), models)


class _Spoken:
    """One picture's text, and the reading of every passage that was scored."""

    def __init__(self, text: Text, scores: dict[Passage, Reading]) -> None:
        self.text = text
        self.scores = scores
        self._carried = _greatest(scores)

    @property
    def says_something(self) -> bool:
        """Whether anything is left of it for a model."""
        return any(reading is not EMPTY for reading in self.scores.values())

    def runs(self) -> list[Passage]:
        """Shorter passages to score, of those behind a high score: each line, and each two that follow each other."""
        runs: dict[Passage, None] = {}
        for value, passage in self._carried.values():
            if value >= SHOWN:
                lines = range(passage.first, passage.last + 1)
                runs |= dict.fromkeys(Passage(line, line) for line in lines)
                runs |= dict.fromkeys(Passage(line, line + 1) for line in lines[:-1])
        return [run for run in runs if run not in self.scores][:_MOST_RUNS]

    def said(self, scorer: Scorer) -> Said:
        """With the scores of `runs`, too."""
        whole = self.scores[Passage(0, len(self.text.lines) - 1)]
        found = findings(scorer.lexicon, self.text.written, whole.terms or (), whole.language)
        signals = {name: value for name, (value, _) in self._carried.items()}
        models = {
            name: reading.route.models[name]
            for name, (_, passage) in self._carried.items()
            if (reading := self.scores[passage]).route is not None
        }
        shown = [
            Evidence(signal=name, value=score, box=line.box)
            for name, (value, passage) in self._carried.items()
            if value >= SHOWN
            for score, run in [self._behind(name, value, passage)]
            for line in self.text.lines[run.first : run.last + 1][:_MOST_BOXES]
        ]
        terms = [
            each.model_copy(update={"start": None, "end": None, "box": line.box})
            for each in found.evidence
            if each.start is not None and each.end is not None
            for line in self.text.at(each.start, each.end)
        ]
        return Said(
            {**signals, **found.signals},
            {**models, **dict.fromkeys(found.signals, scorer.lexicon.name)},
            (*shown, *terms),
            len(self.text.written),
        )

    def _behind(self, name: str, value: float, passage: Passage) -> tuple[float, Passage]:
        """The run of a passage's lines that its score comes from, and the run's own."""
        of_lines: dict[int, list[tuple[float, Passage]]] = {}
        for run, reading in self.scores.items():
            if run != passage and passage.first <= run.first and run.last <= passage.last:
                score = _values(reading).get(name, 0.0)
                of_lines.setdefault(run.last - run.first, []).append((score, run))
        best = [max(runs, key=lambda each: each[0]) for _, runs in sorted(of_lines.items())]
        for score, run in best:
            if score >= _CARRIES * value:
                return score, run
        score, run = max(best, key=lambda each: each[0], default=(0.0, passage))
        return (score, run) if score >= _MATTERS * value else (value, passage)


async def _read(scorer: Scorer, texts: Sequence[Text], passages: Sequence[Sequence[Passage]]) -> list[list[Reading]]:
    """A reading of each passage of each text, from one call."""
    flat = [text.of(each) for text, own in zip(texts, passages, strict=True) for each in own]
    readings = iter(await scorer.read(flat))
    read = [[next(readings) for _ in own] for own in passages]
    for reading in (each for own in read for each in own):
        if reading.error is not None:
            raise ModelError(f"text of a picture: {reading.error}")
    return read


def _passages(text: Text) -> list[Passage]:
    """The whole text, and its blocks that have some letters, the longest where there are many."""
    if not text.lines:
        return []
    whole = Passage(0, len(text.lines) - 1)
    blocks = [each for each in text.blocks if sum(map(str.isalpha, text.of(each))) >= _LEAST_LETTERS]
    longest = sorted(blocks, key=lambda each: -len(text.of(each)))[:_MOST_BLOCKS]
    return list(dict.fromkeys([whole, *longest]))


def _values(reading: Reading) -> dict[str, float]:
    if reading.values is None or reading.route is None:
        return {}
    return dict(zip(reading.route.signals, reading.values, strict=True))


def _greatest(scores: Mapping[Passage, Reading]) -> dict[str, tuple[float, Passage]]:
    """Every signal's greatest value, and the first passage that has it."""
    greatest: dict[str, tuple[float, Passage]] = {}
    for passage, reading in scores.items():
        for name, value in _values(reading).items():
            if name not in greatest or value > greatest[name][0]:
                greatest[name] = (value, passage)
    return greatest

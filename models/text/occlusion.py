"""A text with words taken out, read by the model like a post."""

import re
from collections.abc import Sequence

import numpy as np

from models.runtime.batcher import batches
from models.runtime.classifier import Array, Classifier, Prepared
from models.text.explanation import Contribution
from models.text.normalise import normalise
from models.text.units import Span, units
from moderation.errors import ModelError

_LONGEST_PASSAGE = 5_000  # characters; tokenizers make one token of a word without end
_SENTENCE_END = re.compile("[.!?…。！？\n]")
_CERTAIN = 1e-6  # scores are rounded to as much


class Reader:
    """Texts as written to scores, counting what it cost."""

    def __init__(self, classifier: Classifier) -> None:
        self.classifier = classifier
        self.variants = self.runs = 0

    def scores(self, texts: Sequence[str]) -> Array:
        """Shape (len(texts), categories): the greatest over a text's windows, zeros where nothing is left to read."""
        scores = np.zeros((len(texts), len(self.classifier.categories)))
        normalised = [normalise(text) for text in texts]
        kept = [index for index, text in enumerate(normalised) if text]
        prepared = self.prepare([normalised[index] for index in kept])
        rows = [row for text in prepared for row in text.rows]
        owners = np.repeat(kept, [len(text.rows) for text in prepared])
        groups = batches([*map(len, rows)], self.classifier.batch_tokens, self.classifier.pad_to_multiple_of)
        for batch in groups:
            found = self._run([rows[index] for index in batch])
            np.maximum.at(scores, owners[batch], found)
        self.variants += len(texts)
        self.runs += len(groups)
        return scores

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        try:
            return self.classifier.prepare(texts)
        except BaseException as error:  # a panic inside `tokenizers`, which is Rust, is no `Exception`
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            raise ModelError(f"{self.classifier.name}: a variant of the text could not be prepared: {error}") from error

    def is_whole(self, text: str) -> bool:
        """Whether the text can be examined in one piece: the model reads it in one window."""
        return len(text) <= _LONGEST_PASSAGE and len(self.prepare([normalise(text)])[0].rows) == 1

    def is_cut(self, text: str) -> bool:
        """Whether the model leaves the end of the text out."""
        return self.prepare([normalise(text)])[0].truncated

    def _run(self, rows: Sequence[Sequence[int]]) -> Array:
        try:
            found = self.classifier.finish(self.classifier.run(rows, 0))
        except Exception as error:
            raise ModelError(f"{self.classifier.name}: failed on a variant of the text: {error}") from error
        if not np.isfinite(found).all():
            raise ModelError(f"{self.classifier.name}: gave a score that is not a number for a variant of the text")
        return found


class Passage:
    """What is examined, and its scores without parts of it; each variant is read once."""

    def __init__(self, model: Reader, text: str, span: Span, scores: Array) -> None:
        self.span = span
        self.words = [(span[0] + start, span[0] + end) for start, end in units(text[slice(*span)])]
        self._place = {word: index for index, word in enumerate(self.words)}
        self.scores = scores
        self._model, self._text = model, text
        self._known: dict[tuple[Span, ...], Array] = {(): scores}

    def without(self, removed: Sequence[Sequence[Span]]) -> Array:
        """Shape (len(removed), categories): the scores without each set of disjoint spans."""
        keys = [tuple(sorted(spans)) for spans in removed]
        new = [key for key in dict.fromkeys(keys) if key not in self._known]
        self._known.update(zip(new, self._model.scores([self._left(key) for key in new]), strict=True))
        return np.array([self._known[key] for key in keys])

    def contributions(self, spans: Sequence[Span], column: int, out: Sequence[Span] = ()) -> list[Contribution]:
        """What each span does to the score in `column`, taken out alone where `out` is out already."""
        base, *left = self.without([out, *([*out, span] for span in spans)])[:, column].tolist()
        return [
            Contribution(*span, base - score, _log_odds(base) - _log_odds(score))
            for span, score in zip(spans, left, strict=True)
        ]

    def are_neighbours(self, word: Span, following: Span) -> bool:
        """Whether two words stand side by side in one sentence."""
        between = self._text[word[1] : following[0]]
        return self._place[following] == self._place[word] + 1 and not _SENTENCE_END.search(between)

    def _left(self, removed: Sequence[Span]) -> str:
        kept, at = [], self.span[0]
        for start, end in removed:
            kept.append(self._text[at:start])
            at = end
        return "".join([*kept, self._text[at : self.span[1]]])


def _log_odds(score: float) -> float:
    certain = min(max(score, _CERTAIN), 1 - _CERTAIN)
    return float(np.log(certain) - np.log1p(-certain))

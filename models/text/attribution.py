"""Which words of a text made its score: each is taken out, and the classifier reads what is left (occlusion, Zeiler
and Fergus 2014).

Words are taken out of the text as it was written, and every variant is normalised like a post. So offsets are those
of the post, and a disguised word is found where it stands.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from models.runtime.classifier import Array, Classifier
from models.text.explanation import Attribution, Contribution, Explanation, Step
from models.text.normalise import normalise
from models.text.occlusion import Passage, Reader
from models.text.scorer import MAX_CHARACTERS
from models.text.units import Span, units
from moderation.taxonomy import Category

HIGH = 0.5
"""A category is explained unasked where its score is as high."""
MOST_WORDS = 128
"""Of more, runs of words are taken out first, and then the words of those that matter most."""
_RUNS = 32
_KEPT_RUNS = 8
_MOST_PASSAGES = 64
_ROUNDS = 4
_MOST_RAISING, _MOST_LOWERING = 8, 3
_SHARE = 0.25  # of what the strongest word does; a word that does less is not pointed at
_LEAST = 0.05  # log-odds; less is noise
_CLEAR = 0.25  # log-odds; as much is asked of what is shown though no single word raises the score
_LITTLE = 0.1  # a score that needs no explanation


def attribute(classifier: Classifier, text: str, categories: Iterable[Category] | None = None) -> Attribution:
    """Why `classifier` scores `text`, a post's text as written, as it does in each of `categories`.

    Without any, those are explained whose score is at least a half, or else the one with the highest.

    For people who decide about a post: `moderation models explain` prints it, and it is made to be called by the
    review desk and by `moderation reviews` for the one post that is looked at. It is not for the way of every post:
    it reads some hundred variants of the text, however long that is, on the classifier's session 0, which must not
    be in use by a lane. Give it the model that scored the post; the result is the same every time.

    An empty result means that there is nothing to read. Raises `ModelError` if the model fails on a variant, and
    `ValueError` for a category that it does not score.
    """
    asked = tuple(categories or ())
    if unknown := [str(each) for each in asked if each not in classifier.categories]:
        raise ValueError(f"{classifier.name} does not score {', '.join(unknown)}")
    text = text[:MAX_CHARACTERS]
    model = Reader(classifier)
    if not normalise(text):
        return Attribution(classifier.name, (), 0, 0)
    scores = model.scores([text])[0]
    asked = asked or _high(classifier.categories, scores)
    passages = _passages(model, text)
    of_passages = model.scores([text[start:end] for start, end in passages]) if len(passages) > 1 else scores[None]
    explanations = []
    examined: dict[Span, Passage] = {}
    for category in asked:
        column = classifier.categories.index(category)
        best = int(of_passages[:, column].argmax())
        passage = examined.setdefault(passages[best], Passage(model, text, passages[best], of_passages[best]))
        explanations.append(_explained(passage, category, column, float(scores[column])))
    return Attribution(classifier.name, tuple(explanations), model.variants, model.runs)


def _high(categories: Sequence[Category], scores: Array) -> tuple[Category, ...]:
    high = [category for category, score in zip(categories, scores, strict=True) if score >= HIGH]
    return tuple(high) or (categories[int(scores.argmax())],)


def _explained(passage: Passage, category: Category, column: int, score: float) -> Explanation:
    own = float(passage.scores[column])
    words = passage.contributions(_candidates(passage, column, ()), column)
    raising = [part.span for part in _merged(passage, column, words, 1)] or _strongest_run(passage, column)
    for _ in range(_ROUNDS - 1):
        raising = raising[:_MOST_RAISING]
        left = float(passage.without([raising])[0, column])
        if not raising or len(raising) == _MOST_RAISING or left < max(own / 2, _LITTLE):
            break
        rest = passage.contributions(_candidates(passage, column, raising), column, raising)
        more = [part.span for part in _merged(passage, column, rest, 1, raising) if part.log_odds >= _CLEAR]
        if not more:
            break
        raising += more
    raising = raising[:_MOST_RAISING]
    lefts = passage.without([raising[: count + 1] for count in range(len(raising))])[:, column] if raising else ()
    alone = passage.contributions(raising, column)
    steps = tuple(Step(part, float(left)) for part, left in zip(alone, lefts, strict=True))
    lowering = [part for part in _merged(passage, column, words, -1) if part.log_odds <= -_CLEAR][:_MOST_LOWERING]
    return Explanation(category, score, passage.span, own, steps, tuple(lowering), tuple(words))


def _candidates(passage: Passage, column: int, out: Sequence[Span]) -> list[Span]:
    """The words to take out one by one: all, or those of the runs that matter most, where `out` is out already."""
    indices = [index for index, word in enumerate(passage.words) if not _overlaps(word, out)]
    while len(indices) > MOST_WORDS:
        runs = [run.tolist() for run in np.array_split(indices, _RUNS)]
        left = passage.without([[*out, *(passage.words[index] for index in run)] for run in runs])[:, column]
        kept = sorted(np.argsort(left, kind="stable")[:_KEPT_RUNS].tolist())
        indices = [index for run in kept for index in runs[run]]
    return [passage.words[index] for index in indices]


def _merged(
    passage: Passage, column: int, words: Sequence[Contribution], sign: int, out: Sequence[Span] = ()
) -> list[Contribution]:
    """The words that move the score most in one direction, strongest first; neighbours in a sentence are one span."""
    strongest = max((sign * word.log_odds for word in words), default=0.0)
    least = max(_SHARE * strongest, _LEAST)
    groups: list[list[Contribution]] = []
    for word in words:
        if sign * word.log_odds < least:
            continue
        if groups and passage.are_neighbours(groups[-1][-1].span, word.span):
            groups[-1].append(word)
        else:
            groups.append([word])
    together = passage.contributions([(group[0].start, group[-1].end) for group in groups], column, out)
    spans = [
        # Words that each move the score may cancel out together: then they are shown apart.
        part
        for whole, group in zip(together, groups, strict=True)
        for part in ([whole] if sign * whole.log_odds >= least else group)
    ]
    return sorted(spans, key=lambda span: -sign * span.log_odds)


def _strongest_run(passage: Passage, column: int) -> list[Span]:
    """Where no word matters alone, because others say the same: the shortest run that does, of 2, 4, 8 ... words."""
    if passage.scores[column] < _LITTLE:
        return []
    count = len(passage.words)
    size = max(2, 2 * count // MOST_WORDS)
    while size < count:
        runs = [passage.words[start : start + size] for start in range(0, count - size // 2, max(1, size // 4))]
        found = passage.contributions([(run[0][0], run[-1][1]) for run in runs], column)
        best = max(found, key=lambda part: part.log_odds)
        if best.log_odds >= _CLEAR:
            return [best.span]
        size *= 2
    return [whole.span for whole in passage.contributions([passage.span], column) if whole.log_odds >= _CLEAR]


def _overlaps(word: Span, spans: Sequence[Span]) -> bool:
    return any(word[0] < end and start < word[1] for start, end in spans)


def _passages(model: Reader, text: str) -> list[Span]:
    """The text in parts of one window each, which overlap by a quarter; what the model does not read is in none."""
    if model.is_whole(text):
        return [(0, len(text))]
    words = units(text)
    if model.is_cut(text):
        words = words[: _last(words, lambda count: not model.is_cut(text[: words[count - 1][1]]))]
    passages: list[Span] = []
    first, size = 0, 64
    while first < len(words) and len(passages) < _MOST_PASSAGES:
        rest = words[first:]

        def fits(count: int, rest: Sequence[Span] = rest) -> bool:
            return model.is_whole(text[rest[0][0] : rest[count - 1][1]])

        while size < len(rest) and fits(size):
            size *= 2
        size = max(1, _last(rest[:size], fits))
        passages.append((rest[0][0], rest[size - 1][1]))
        if size == len(rest):
            break
        first += max(1, size - size // 4)
    return passages


def _last(words: Sequence[Span], holds: Callable[[int], bool]) -> int:
    """The greatest number of words, counted from the first, for which `holds`; it holds for all that are less."""
    return bisect_left(range(1, len(words) + 1), True, key=lambda count: not holds(count))

"""The text lane: what a post says."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from models.text.evidence import span_in
from models.text.lexicon import findings
from models.text.reading import EMPTY, Reading
from models.text.routing import Route
from models.text.scorer import MAX_CHARACTERS, Scorer
from moderation.events import Evidence, LaneName, LaneResult, Scalar, Scored


def _utc_now() -> datetime:
    return datetime.now(UTC)


class TextLane:
    """Scores the text of posts (`moderation.lane.Lane`). What a post answers (`context`) is not scored."""

    name: LaneName = "text"

    def __init__(
        self, scorer: Scorer, deadline: timedelta | None = None, now: Callable[[], datetime] = _utc_now
    ) -> None:
        self.scorer = scorer
        self._deadline = deadline
        self._now = now

    async def score(self, records: Sequence[Scored]) -> list[Scored]:
        """Signals `text.<category>`, attributes `text.language`, `text.length`, `text.truncated`, `text.understood`.

        A text that no model can read is scored without the models' signals. A post that is deleted or says nothing has
        nothing to score; one past its deadline fails without the model. `took_ms` runs from this call to its end:
        waiting for a session counts.
        """
        began = time.perf_counter()
        oldest = self._now() - self._deadline if self._deadline is not None else None
        results: list[LaneResult | None] = [self._result_without_model(record, oldest) for record in records]
        readings = await self.scorer.read(
            [record.post.text for record, result in zip(records, results, strict=True) if result is None]
        )
        took_ms = round((time.perf_counter() - began) * 1000, 3)
        next_reading = iter(readings)
        return [
            self._with_reading(record, next(next_reading), took_ms) if result is None else self._without(record, result)
            for record, result in zip(records, results, strict=True)
        ]

    async def ready(self) -> None:
        """Return when another batch can start at once."""
        await self.scorer.ready()

    async def close(self) -> None:
        """End the model's threads, after the calls under way."""
        await self.scorer.close()

    def _result_without_model(self, record: Scored, oldest: datetime | None) -> LaneResult | None:
        post = record.post
        if post.change == "deleted" or not post.text or post.text.isspace():
            return _NOTHING
        if oldest is not None and record.source.time < oldest:
            return _TOO_LATE
        return None

    def _without(self, record: Scored, result: LaneResult) -> Scored:
        if result is _NOTHING:
            return _add(record, result, {}, _NO_TEXT)
        return _add(record, result, {}, {"text.length": len(record.post.text)})

    def _with_reading(self, record: Scored, reading: Reading, took_ms: float) -> Scored:
        if reading is EMPTY:
            return self._without(record, _NOTHING)
        text = record.post.text
        attributes: dict[str, Scalar] = {
            "text.language": reading.language,
            "text.length": len(text),
            "text.truncated": reading.truncated,
        }
        route = reading.route
        if reading.values is None or route is None:
            result = LaneResult(state="failed", reason=f"model: {reading.error}", took_ms=took_ms)
            return _add(record, *self._with_terms(record, reading, result, {}), attributes)
        attributes["text.understood"] = route.understood
        signals = dict(zip(route.signals, reading.values, strict=True))
        evidence = self._evidence(text, reading, route) if reading.windows else ()
        result = LaneResult(state="scored", models=route.models, evidence=evidence, took_ms=took_ms)
        return _add(record, *self._with_terms(record, reading, result, signals), attributes)

    def _with_terms(
        self, record: Scored, reading: Reading, result: LaneResult, signals: dict[str, float]
    ) -> tuple[LaneResult, dict[str, float]]:
        """The result and the signals with what the lexicon found added: also where the model failed."""
        if reading.terms is None:
            return result, signals
        lexicon = self.scorer.lexicon
        found = findings(
            lexicon, record.post.text[:MAX_CHARACTERS], reading.terms, reading.language, record.post.language
        )
        models = {**result.models, **dict.fromkeys(found.signals, lexicon.name)}
        added = {"models": models, "evidence": (*result.evidence, *found.evidence)}
        return result.model_copy(update=added), {**signals, **found.signals}

    def _evidence(self, text: str, reading: Reading, route: Route) -> tuple[Evidence, ...]:
        """For a text of several windows, the window behind each signal."""
        assert reading.values is not None
        text = text[:MAX_CHARACTERS]
        spans = {window: span_in(text, window) for window in set(reading.windows)}
        return tuple(
            Evidence(signal=signal, value=value, start=span[0], end=span[1])
            for signal, value, window in zip(route.signals, reading.values, reading.windows, strict=True)
            if (span := spans[window]) is not None
        )


_NOTHING = LaneResult(state="nothing_to_score")
_TOO_LATE = LaneResult(state="failed", reason="deadline")
# There is nothing in it that was not understood: a picture alone is no text in a foreign language.
_NO_TEXT: dict[str, Scalar] = {
    "text.language": "und",
    "text.length": 0,
    "text.truncated": False,
    "text.understood": True,
}


def _add(record: Scored, result: LaneResult, signals: dict[str, float], attributes: dict[str, Scalar]) -> Scored:
    """The record with the text lane's part; other lanes' parts stay. Values are ours, so not validated again."""
    return record.model_copy(
        update={
            "lanes": {**record.lanes, "text": result},
            "signals": {**record.signals, **signals},
            "attributes": {**record.attributes, **attributes},
        }
    )

"""How fast workers empty a topic that was filled before they started."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from pydantic import ValidationError

from benchmarks.processes import BenchmarkError, Child, Memory
from benchmarks.stand import all_of
from benchmarks.stats import steady_rate
from benchmarks.topics import Ends, Topics
from moderation.events import Scored

PATIENCE_S = 180.0


@dataclass(frozen=True, slots=True)
class Drained:
    """`rate` is records per second in the steady state, by the broker's clock, `count` how many came in all.

    `first_s` runs from the start of the first process to the first record, `memory` is each process's at the end.
    """

    rate: float
    first_s: float
    count: int
    memory: list[Memory]


def drain(
    topics: Topics,
    children: Sequence[AbstractContextManager[Child]],
    sink: str,
    count: int,
    limit_s: float | None = None,
) -> Drained:
    """Run the processes until `count` records stand on `sink` since its present end.

    A slow one is stopped `limit_s` seconds after its first records, and judged by what it has done. Raises
    `BenchmarkError` when one without limit is not done in time, or when there are more records than posts.
    """
    since = topics.ends(sink)
    with all_of(*children) as running:
        complete = topics.wait(sink, since, 1, running, PATIENCE_S)
        complete = complete and topics.wait(sink, since, count, running, limit_s or PATIENCE_S)
        memory = [child.memory() for child in running]
        spawned = min(child.spawned for child in running)
    times = topics.times(sink, since)
    if not times or (not complete and limit_s is None):
        raise BenchmarkError(f"{len(times)} of {count} records on {sink} after {PATIENCE_S:.0f} s")
    if not complete and limit_s is not None and max(times) - min(times) < limit_s / 2:
        raise BenchmarkError(f"{len(times)} records on {sink} in {limit_s:.0f} s, in too few bursts for a rate")
    if len(times) > count:
        raise BenchmarkError(f"{len(times)} records on {sink} for {count} posts: some were done twice")
    try:
        rate = steady_rate(times)
    except ValueError as error:
        raise BenchmarkError(f"no rate can be taken from what came on {sink}: {error}") from error
    return Drained(rate, min(times) - spawned, len(times), memory)


def refuse_unscored(topics: Topics, since: Ends) -> None:
    """Raise `BenchmarkError` unless every record on `scored` since was scored by the text model."""
    for record in topics.records(topics.name("scored"), since):
        try:
            text = Scored.model_validate_json(record.value).lanes["text"]
        except (ValidationError, KeyError) as error:
            raise BenchmarkError(f"a record on {record.topic} is not one the text lane makes: {error}") from error
        if text.state != "scored":
            raise BenchmarkError(f"a post was not scored but {text.state} ({text.reason}): nothing was measured")

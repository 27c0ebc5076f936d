# mypy: disable-error-code="import-not-found,untyped-decorator"
"""FastStream: a batch subscriber whose decorated publisher sends the results as one batch, as documented.

At least once: `AckPolicy.ACK` commits after the handler's results are published and confirmed. The handler is a
plain function, so FastStream runs it in a thread and its event loop stays free. The shared ONNX file runs in one
session with a thread per core. The documentation leaves the model to the reader: `--batch-size 32` takes the posts
in chunks as they came, `--batch-size 0` takes our own batcher (sorted by length, 1,000 padded tokens), the best
that one session does.
"""

import asyncio
import logging
from collections.abc import Sequence

from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker
from pydantic import BaseModel

from benchmarks.against.contender import OnnxScorer, arguments
from models.runtime.batcher import batches

_TOKENS = 1000
_RECORDS = 256
_BATCH_BYTES = 1_000_000  # its default of 16 kB cannot hold the results of as many posts, and refuses them


class Post(BaseModel):
    """What is read of a post."""

    post_id: str
    text: str = ""


class Scores(BaseModel):
    """What is written for it."""

    post_id: str
    scores: dict[str, float]


def main() -> None:
    """Score until stopped."""
    given = arguments()
    scorer = OnnxScorer(given.model)
    broker = KafkaBroker(given.bootstrap, acks="all", max_batch_size=_BATCH_BYTES, log_level=logging.DEBUG)
    app = FastStream(broker)

    @broker.publisher(given.sink, batch=True)
    @broker.subscriber(
        given.source,
        group_id=given.group,
        auto_offset_reset="earliest",
        batch=True,
        max_records=_RECORDS,
        ack_policy=AckPolicy.ACK,
    )
    def score(posts: list[Post]) -> tuple[Scores, ...]:
        rows = scorer.tokens([post.text for post in posts])
        scores: list[dict[str, float]] = [{} for _ in posts]
        for places in _chunks(rows, given.batch_size):
            for place, values in zip(places, scorer.scores([rows[place] for place in places]), strict=True):
                scores[place] = values
        return tuple(Scores(post_id=post.post_id, scores=own) for post, own in zip(posts, scores, strict=True))

    asyncio.run(app.run())


def _chunks(rows: Sequence[Sequence[int]], size: int) -> Sequence[Sequence[int]]:
    if size == 0:
        return batches([len(row) for row in rows], _TOKENS)
    return [range(begin, min(begin + size, len(rows))) for begin in range(0, len(rows), size)]


if __name__ == "__main__":
    main()

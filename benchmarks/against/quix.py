# mypy: disable-error-code="import-not-found"
"""Quix Streams: a `StreamingDataFrame` that applies the model to each message, as its documentation shows.

At-least-once (its default): a checkpoint flushes the producer, then commits, every five seconds (its default).
The model is the shared ONNX file in one session with a thread per core: messages are processed one at a time.
"""

import tempfile

from quixstreams import Application

from benchmarks.against.contender import OnnxScorer, arguments


def main() -> None:
    """Score until stopped."""
    given = arguments()
    scorer = OnnxScorer(given.model)

    def score(post: dict[str, str]) -> dict[str, object]:
        [scores] = scorer.scores(scorer.tokens([post.get("text", "")]))
        return {"post_id": post["post_id"], "scores": scores}

    with tempfile.TemporaryDirectory() as state:
        app = Application(
            broker_address=given.bootstrap,
            consumer_group=given.group,
            auto_offset_reset="earliest",
            auto_create_topics=False,
            state_dir=state,
            loglevel="WARNING",
        )
        source = app.topic(given.source, value_deserializer="json", key_deserializer="bytes")
        sink = app.topic(given.sink, value_serializer="json", key_serializer="bytes")
        app.dataframe(source).apply(score).to_topic(sink)
        app.run()


if __name__ == "__main__":
    main()

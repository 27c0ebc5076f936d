"""What the text stage makes of messages: records, copies for the next lane, dead letters."""

import asyncio
import base64
import json

import pytest

from models.text import text_lane
from moderation.dead_letters import DeadLetter
from moderation.events import Scored
from moderation.settings import Settings
from streams.messages import Message, Output
from streams.text import TextStage

MAX_BYTES = 10_000


def process(*values: bytes | None, partition: int = 3) -> list[list[Output]]:
    async def scenario() -> list[list[Output]]:
        stage = TextStage(text_lane(Settings(text_model="stub")), MAX_BYTES)
        try:
            return await stage.process(
                [
                    Message("posts", "moderation.posts", partition, offset, 1_700_000_000.25, b"author", value)
                    for offset, value in enumerate(values)
                ]
            )
        finally:
            await stage.close()

    return asyncio.run(scenario())


def post(**fields: object) -> bytes:
    return json.dumps({"post_id": "p1", "text": "hello", **fields}).encode()


def test_a_text_post_goes_to_scored_with_its_signals_and_source() -> None:
    [[output]] = process(post(custom=[1, {"x": None}]))
    record = Scored.model_validate_json(output.value or b"")
    assert (output.topic, output.partition, output.key) == ("scored", 3, b"p1")
    assert record.lanes["text"].state == "scored"
    assert set(record.signals) == {
        *(f"text.{category}" for category in ("toxicity", "hate", "insult", "threat", "obscenity", "spam")),
        *(f"text.lexicon.{category}" for category in ("hate", "insult", "obscenity", "sexual")),
    }
    assert record.lanes["text"].models["text.hate"] == "stub@1"
    assert record.lanes["text"].models["text.lexicon.hate"].startswith("lexicon@")
    assert (record.source.topic, record.source.partition, record.source.offset) == ("moderation.posts", 3, 0)
    assert record.source.time.timestamp() == 1_700_000_000.25
    assert json.loads(output.value or b"")["post"]["custom"] == [1, {"x": None}]


@pytest.mark.parametrize(("kind", "topic"), [("image", "images"), ("video", "videos")])
def test_a_post_with_media_also_goes_to_the_next_lane_on_the_same_partition(kind: str, topic: str) -> None:
    content = base64.b64encode(b"\xfb\xff bytes").decode()
    [[scored, onward]] = process(post(media=[{"media_id": "m", "kind": kind, "content": content}]))
    assert (scored.topic, onward.topic, onward.partition) == ("scored", topic, 3)
    assert Scored.model_validate_json(scored.value or b"").lanes[kind].state == "pending"  # type: ignore[index]
    assert content.encode() not in (scored.value or b"")
    assert (Scored.model_validate_json(scored.value or b"").post.media[0].url or "").startswith("inline:sha256:")
    assert Scored.model_validate_json(onward.value or b"").post.media[0].content == b"\xfb\xff bytes"


def test_a_post_with_pictures_and_clips_goes_to_the_pictures_first() -> None:
    media = [
        {"media_id": "v", "kind": "video", "url": "https://v"},
        {"media_id": "i", "kind": "image", "url": "s3://i"},
    ]
    [outputs] = process(post(media=media))
    assert [output.topic for output in outputs] == ["scored", "images"]


def test_a_deleted_post_visits_no_further_lane() -> None:
    media = [{"media_id": "v", "kind": "video", "url": "https://v"}]
    [[output]] = process(post(media=media, change="deleted"))
    assert Scored.model_validate_json(output.value or b"").lanes.keys() == {"text"}


def test_what_is_no_post_becomes_a_dead_letter_in_its_place_with_the_original_bytes() -> None:
    values = [post(), b"not json", None, post(text="x" * MAX_BYTES), post(post_id="p2")]
    outputs = process(*values)
    assert [[output.topic for output in group] for group in outputs] == [
        ["scored"],
        ["dead-letters"],
        ["dead-letters"],
        ["dead-letters"],
        ["scored"],
    ]
    [letter] = outputs[1]
    assert (letter.value, letter.key, letter.partition) == (b"not json", b"author", 3)
    header = DeadLetter.from_headers(letter.headers)
    assert (header.stage, header.error, header.topic, header.offset) == ("text", "not_json", "moderation.posts", 1)
    assert outputs[2][0].value is None
    assert DeadLetter.from_headers(outputs[3][0].headers).error == "too_large"


def test_a_message_that_was_replayed_counts_its_attempts() -> None:
    async def scenario() -> Output:
        stage = TextStage(text_lane(Settings(text_model="stub")), MAX_BYTES)
        message = Message("posts", "moderation.posts", 0, 9, 0.0, None, b"{}", (("attempts", b"2"),))
        [[letter]] = await stage.process([message])
        await stage.close()
        return letter

    assert DeadLetter.from_headers(asyncio.run(scenario()).headers).attempts == 3


def test_the_same_message_gives_the_same_scores_again() -> None:
    [[first]], [[second]] = process(post()), process(post())
    assert (
        Scored.model_validate_json(first.value or b"").signals
        == Scored.model_validate_json(second.value or b"").signals
    )

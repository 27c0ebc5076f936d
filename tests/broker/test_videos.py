"""Clips on a real Kafka, with the workers that ship: three lanes make one final id, and a worker that dies no other."""

import base64
import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from moderation.events import Decision, LaneName
from moderation.settings import KafkaSettings
from tests.broker.pipeline import (
    KILLED,
    PATIENCE_S,
    Pipeline,
    acted_on,
    assert_decided_and_acted_on_once,
    final_ids,
    of,
    running,
)

DEADLINE = timedelta(minutes=30)
POLICY = """
policy: clips
lanes:
  text: {deadline: none}
  image: {deadline: none}
  video: {deadline: 30m, while_pending: hold, if_missing: review}
rules:
  - id: seen-by-all
    when: text.length > 0 and image.weapon >= 0 and video.weapon >= 0 and video.seconds > 0
    then: label
    because: weapon
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A policy of our own, and the folder that `file:` references lie in; nothing is read from frames."""
    (tmp_path / "media").mkdir()
    (tmp_path / "policy.yaml").write_text(POLICY)
    return {
        "MODERATION_POLICY": str(tmp_path / "policy.yaml"),
        "MODERATION_MEDIA_ROOT": str(tmp_path / "media"),
        "MODERATION_IMAGE_TEXT": "false",
    }


def filmed(number: int) -> bytes:
    """A second of grey, with a corner that no other has: else the lane would look at one of them only."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream: Any = out.add_stream("libx264", rate=8, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.thread_count = 1
        for at in range(8):
            pixels = np.full((48, 64, 3), 100, np.uint8)
            pixels[:16, :16] = number * 2 % 256
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
            frame.pts, frame.time_base = at, Fraction(1, 8)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


def drawn(number: int) -> bytes:
    file = io.BytesIO()
    pixels = np.random.default_rng(number).integers(0, 256, (48, 64, 3), np.uint8)
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def clip_post(post_id: str, number: int, folder: Path) -> bytes:
    """With text, a picture and a clip; every third one brings the clip along."""
    if number % 3:
        (folder / "media" / f"{number}.mp4").write_bytes(filmed(number))
        clip = {"url": f"file:{number}.mp4"}
    else:
        clip = {"content": base64.b64encode(filmed(number)).decode()}
    picture = {"content": base64.b64encode(drawn(number)).decode()}
    media = [
        {"media_id": f"picture-{number}", "kind": "image", **picture},
        {"media_id": f"clip-{number}", "kind": "video", **clip},
    ]
    return json.dumps({"post_id": post_id, "text": f"this is post {post_id}", "media": media}).encode()


def posts(count: int, folder: Path, prefix: str = "clip") -> dict[str, bytes]:
    return {f"{prefix}-{number}": clip_post(f"{prefix}-{number}", number, folder) for number in range(count)}


def decided_after(pipeline: Pipeline, post_ids: Iterable[str], lanes: set[LaneName]) -> list[Decision]:
    """Every decision on the topic once each of these posts has one for which these lanes are done."""
    wanted = set(post_ids)

    def parsed(records: list[Any]) -> list[Decision]:
        return [Decision.model_validate_json(record.value) for record in records]

    def all_there(records: list[Any]) -> bool:
        return wanted <= {
            own.post_id for own in parsed(records) if all(own.lanes.get(lane) == "scored" for lane in lanes)
        }

    return parsed(pipeline.read("decisions", all_there))


def test_three_lanes_make_one_final_id_and_a_lane_that_is_down_holds_posts_until_it_is_late(
    kafka: KafkaSettings, tmp_path: Path, environment: dict[str, str]
) -> None:
    fresh, late = posts(12, tmp_path, "fresh"), posts(12, tmp_path, "late")
    with running(kafka, tmp_path, **environment) as pipeline:
        pipeline.worker("text,image,policy")
        pipeline.send(fresh.values())
        pipeline.send(late.values(), at=datetime.now(UTC) - 2 * DEADLINE)  # as if the lane had been down for so long
        before = decided_after(pipeline, {**fresh, **late}, {"text", "image"})
        assert {(own.stage, own.action, own.lanes["video"]) for own in before} == {("provisional", "hold", "pending")}

        pipeline.worker("video")
        decisions = pipeline.decisions({**fresh, **late})
    assert all(len(ids) == 1 for ids in final_ids(decisions).values())
    for post_id in fresh:
        of_text, of_picture, last = of(decisions, post_id)
        assert of_text.lanes == {"text": "scored", "image": "pending", "video": "pending"}
        assert of_picture.lanes == {"text": "scored", "image": "scored", "video": "pending"}
        assert last.lanes == {"text": "scored", "image": "scored", "video": "scored"}
        assert (last.stage, last.action, last.supersedes) == ("final", "label", of_picture.decision_id)
        assert {"text.hate", "image.weapon", "video.weapon"} <= set(last.models)
        [rule] = last.rules
        assert rule.values["text.length"] == len(f"this is post {post_id}")
        assert {"image.weapon", "video.weapon"} <= set(rule.values)
        assert rule.values["video.seconds"] == pytest.approx(0.875)
    for post_id in late:
        last = of(decisions, post_id)[-1]
        assert (last.stage, last.action, last.lanes["video"]) == ("final", "review", "failed: deadline")
        assert last.reasons == ("video_missing",)


def test_video_workers_that_are_killed_lose_nothing_and_nobody_acts_twice(
    kafka: KafkaSettings, tmp_path: Path, environment: dict[str, str]
) -> None:
    wanted = posts(64, tmp_path)
    with running(kafka, tmp_path, **environment) as pipeline:
        pipeline.worker("text,image,policy")
        pipeline.send(wanted.values())
        # One before its outputs are sent, one before what was sent is acknowledged.
        doomed = [pipeline.marked("video", point, 2, "kill") for point in ("processed", "delivered")]
        assert [worker.wait(PATIENCE_S) for worker in doomed] == [KILLED, KILLED], pipeline.logs()
        pipeline.worker("video")
        decisions = pipeline.decisions(wanted)
        acted = acted_on(kafka)
    assert_decided_and_acted_on_once(wanted, decisions, acted, provisional=2, again=True)

"""Pictures on a real Kafka, with the worker and the model that ship: nothing is lost, each post has one final id."""

import base64
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from moderation.events import Decision, ReviewItem, Scored
from moderation.settings import KafkaSettings
from tests.broker.pipeline import (
    KILLED,
    PATIENCE_S,
    Pipeline,
    acted_on,
    assert_decided_and_acted_on_once,
    of,
    running,
)

DEADLINE = timedelta(minutes=30)
POLICY = """
policy: pictures
lanes:
  text: {deadline: none}
  image: {deadline: 30m, while_pending: allow, if_missing: review}
rules:
  - id: seen-by-both
    when: text.length > 0 and image.weapon < 0.95
    then: label
    because: weapon
"""

Media = dict[str, str]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A policy of our own, and the folder that `file:` references lie in."""
    (tmp_path / "media").mkdir()
    (tmp_path / "policy.yaml").write_text(POLICY)
    return {
        "MODERATION_POLICY": str(tmp_path / "policy.yaml"),
        "MODERATION_MEDIA_ROOT": str(tmp_path / "media"),
    }


def drawn(number: int) -> bytes:
    """No two are alike, or the lane would look at one of them only."""
    file = io.BytesIO()
    pixels = np.random.default_rng(number).integers(0, 256, (48, 64, 3), np.uint8)
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def kept(number: int, folder: Path) -> Media:
    (folder / "media" / f"{number}.png").write_bytes(drawn(number))
    return {"media_id": f"kept-{number}", "kind": "image", "url": f"file:{number}.png"}


def inline(number: int, content: bytes | None = None) -> Media:
    encoded = base64.b64encode(drawn(number) if content is None else content).decode()
    return {"media_id": f"inline-{number}", "kind": "image", "content": encoded}


def post(post_id: str, *media: Media) -> bytes:
    return json.dumps({"post_id": post_id, "text": f"this is post {post_id}", "media": media}).encode()


def pictured(count: int, folder: Path, prefix: str = "pictured") -> dict[str, bytes]:
    """Every third one brings its picture along."""
    media = [kept(number, folder) if number % 3 else inline(number) for number in range(count)]
    return {f"{prefix}-{number}": post(f"{prefix}-{number}", own) for number, own in enumerate(media)}


def plain(count: int) -> dict[str, bytes]:
    return {f"plain-{number}": post(f"plain-{number}") for number in range(count)}


def decided(pipeline: Pipeline, stages: dict[str, str]) -> list[Decision]:
    """Every decision on the topic once each of these posts has one of its stage."""

    def all_there(records: list) -> bool:  # type: ignore[type-arg]
        found = {(own.post_id, own.stage) for own in (Decision.model_validate_json(each.value) for each in records)}
        return set(stages.items()) <= found

    return [Decision.model_validate_json(record.value) for record in pipeline.read("decisions", all_there)]


def test_a_post_with_a_picture_has_a_provisional_decision_and_then_one_final_id_of_both_lanes(
    kafka: KafkaSettings, tmp_path: Path, environment: dict[str, str]
) -> None:
    pictures, others = pictured(30, tmp_path), plain(20)
    with running(kafka, tmp_path, **environment) as pipeline:
        pipeline.worker("text,image,policy")
        pipeline.send([*pictures.values(), *others.values()])
        decisions = pipeline.decisions({**pictures, **others})
    for post_id in pictures:
        first, last = of(decisions, post_id)
        assert (first.stage, first.action) == ("provisional", "allow")
        assert first.lanes == {"text": "scored", "image": "pending"}
        assert (last.stage, last.action) == ("final", "label")
        assert last.lanes == {"text": "scored", "image": "scored"}
        assert last.supersedes == first.decision_id
        assert {"text.hate", "image.weapon"} <= set(last.models)
        assert last.models["image.weapon"].startswith("image-weapons@")
        [rule] = last.rules
        assert rule.values["text.length"] == len(f"this is post {post_id}")
        assert isinstance(rule.values["image.weapon"], float)
    for post_id in others:
        [only] = of(decisions, post_id)
        assert (only.stage, only.lanes) == ("final", {"text": "scored"})


def test_while_the_image_worker_is_down_posts_stay_provisional_and_it_finishes_in_time_or_says_it_is_late(
    kafka: KafkaSettings, tmp_path: Path, environment: dict[str, str]
) -> None:
    fresh, late = pictured(24, tmp_path, "fresh"), pictured(24, tmp_path, "late")
    others = plain(24)
    with running(kafka, tmp_path, **environment) as pipeline:
        pipeline.worker("text,policy")
        pipeline.send(fresh.values())
        pipeline.send(late.values(), at=datetime.now(UTC) - 2 * DEADLINE)  # as if the lane had been down for so long
        pipeline.send(others.values())
        waiting = {**dict.fromkeys([*fresh, *late], "provisional"), **dict.fromkeys(others, "final")}
        before = decided(pipeline, waiting)
        assert {decision.post_id for decision in before if decision.stage == "final"} == set(others)

        pipeline.worker("image")
        decisions = pipeline.decisions({**fresh, **late})
    for post_id in fresh:
        first, last = of(decisions, post_id)
        assert (first.stage, last.stage, last.action) == ("provisional", "final", "label")
        assert last.lanes["image"] == "scored"
    for post_id in late:
        first, last = of(decisions, post_id)
        assert (first.stage, last.stage, last.action) == ("provisional", "final", "review")
        assert last.lanes["image"] == "failed: deadline"
        assert last.reasons == ("image_missing",)


def test_pictures_that_cannot_be_had_are_named_and_bytes_go_no_further_than_to_their_lane(
    kafka: KafkaSettings, tmp_path: Path, environment: dict[str, str]
) -> None:
    broken, good = inline(1, b"these are the bytes of no picture"), inline(2)
    away = {"media_id": "away", "kind": "image", "url": "file:nowhere.png"}
    inside = {"media_id": "inside", "kind": "image", "url": "https://127.0.0.1/picture.png"}
    posts = {
        "broken": post("broken", broken),
        "away": post("away", away),
        "inside": post("inside", inside),
        "one-of-two": post("one-of-two", broken, good),
    }
    with running(kafka, tmp_path, **environment) as pipeline:
        pipeline.worker("text,image,policy")
        pipeline.send(posts.values())
        decisions = {own.post_id: own for own in pipeline.decisions(posts) if own.stage == "final"}
        reviews = pipeline.read("reviews", lambda records: len(records) >= len(posts))
        scored = pipeline.read("scored", lambda records: len(records) >= 2 * len(posts))
        decided = pipeline.read("decisions", lambda records: len(records) >= 2 * len(posts))
        images = pipeline.read("images", lambda records: len(records) >= len(posts))
    reasons = {"broken": "not an image", "away": "not found", "inside": "forbidden address"}
    for post_id, reason in {**reasons, "one-of-two": "not an image"}.items():
        assert decisions[post_id].lanes["image"] == f"failed: {reason}"
        # What the other picture showed is the least there is, and enough for the rule; a human looks all the same.
        assert decisions[post_id].action == "review"
        assert decisions[post_id].reasons[-1] == "image_missing"
    records = [Scored.model_validate_json(record.value) for record in scored]
    [both] = [own for own in records if own.post.post_id == "one-of-two" and not own.lanes_in("pending")]
    assert both.lanes["image"].failures == {"inline-1": "not an image"}
    assert "image.weapon" in both.signals
    assert {ReviewItem.model_validate_json(record.value).post_id for record in reviews} == set(posts)

    for content in (broken["content"], good["content"]):
        assert any(content.encode() in record.value for record in images)
        for record in (*scored, *decided, *reviews):
            assert content.encode() not in record.value
            assert base64.b64decode(content) not in record.value


@pytest.mark.parametrize("point", ["taken", "processed", "delivered", "acknowledged"])
def test_an_image_worker_killed_at_a_marked_point_loses_nothing_and_nobody_acts_twice(
    kafka: KafkaSettings, tmp_path: Path, environment: dict[str, str], point: str
) -> None:
    wanted = pictured(60, tmp_path)
    with running(kafka, tmp_path, **environment) as pipeline:
        pipeline.worker("text,policy")
        doomed = pipeline.marked("image", point, 3, "kill")
        pipeline.send(wanted.values())
        assert doomed.wait(PATIENCE_S) == KILLED, pipeline.logs()
        pipeline.worker("image")
        decisions = pipeline.decisions(wanted)
        acted = acted_on(kafka)
    assert_decided_and_acted_on_once(wanted, decisions, acted, provisional=1, again=point == "delivered")

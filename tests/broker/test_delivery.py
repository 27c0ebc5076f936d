"""No post is lost and none is decided under two ids, whatever happens to workers and broker."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from moderation import samples
from moderation.broker import KafkaBroker
from moderation.errors import InvalidEvent
from moderation.events import Decision, Post, Source
from moderation.intake import read_post
from moderation.settings import KafkaSettings
from streams import admin
from tests.broker.pipeline import KILLED, final_ids, posts, running


@pytest.mark.parametrize("point", ["taken", "processed", "delivered", "acknowledged"])
def test_workers_killed_at_a_marked_point_lose_nothing_and_repeat_only_known_ids(
    kafka: KafkaSettings, tmp_path: Path, point: str
) -> None:
    wanted = posts(400)
    with running(kafka, tmp_path) as pipeline:
        doomed = [pipeline.marked(stage, point, 3, "kill") for stage in ("text", "policy")]
        pipeline.send(wanted.values())
        assert doomed[0].wait(60) == KILLED, pipeline.logs()
        pipeline.worker("text")
        assert doomed[1].wait(60) == KILLED, pipeline.logs()
        pipeline.worker("policy")
        ids = final_ids(pipeline.decisions(wanted))
    assert set(ids) == set(wanted)
    assert all(len(of_post) == 1 for of_post in ids.values())


def test_workers_that_join_and_leave_under_load_lose_nothing(kafka: KafkaSettings, tmp_path: Path) -> None:
    wanted = posts(3000)
    with running(kafka, tmp_path, MODERATION_TEXT_MODEL="stub:2") as pipeline:
        feeding = threading.Thread(target=pipeline.send, args=(wanted.values(),))
        feeding.start()
        first, policy = pipeline.worker("text"), pipeline.worker("policy")
        pipeline.read("scored", lambda records: len(records) >= 300)
        second = pipeline.worker("text")
        pipeline.read("scored", lambda records: len(records) >= 900)
        first.terminate()
        assert first.wait(30) == 0, pipeline.logs()
        third, other_policy = pipeline.worker("text"), pipeline.worker("policy")
        pipeline.read("scored", lambda records: len(records) >= 1800)
        second.kill()
        policy.terminate()
        assert policy.wait(30) == 0, pipeline.logs()
        feeding.join()
        ids = final_ids(pipeline.decisions(wanted))
        assert third.poll() is None
        assert other_policy.poll() is None
    assert set(ids) == set(wanted)
    assert all(len(of_post) == 1 for of_post in ids.values())


def test_five_hundred_malformed_events_become_dead_letters_and_stop_nothing(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    malformed = [
        b"",
        b"not json",
        b"\xff\xfe\x00",
        b"[]",
        b"null",
        b'{"text": "no id"}',
        b'{"post_id": 7}',
        b'{"post_id": "a", "schema": "post/99"}',
        b'{"post_id": "a", "text": "\\ud800"}',
        b'{"post_id": "a", "facts": {"x": NaN}}',
    ] * 50
    wanted = posts(100)
    mixed = [value for n, bad in enumerate(malformed) for value in (bad, *list(wanted.values())[n : n + 1])]
    with running(kafka, tmp_path) as pipeline:
        worker = pipeline.worker("text,policy")
        pipeline.send(mixed)
        ids = final_ids(pipeline.decisions(wanted))
        letters = pipeline.read("dead-letters", lambda records: len(records) >= 500)
        assert worker.poll() is None
    assert set(ids) == set(wanted)
    assert sorted(letter.value or b"" for letter in letters) == sorted(malformed)
    for letter in letters:
        headers = dict(letter.headers)
        assert headers["stage"] == b"text"
        assert headers["message"]


def test_a_broker_that_restarts_under_load_costs_nothing(tmp_path: Path) -> None:
    wanted = posts(2000)
    with KafkaBroker(data=tmp_path / "kafka") as broker:
        kafka = KafkaSettings(bootstrap=broker.bootstrap)
        admin.apply(kafka)
        # However long this machine needs for a restart: what happens when Kafka stays away is another test's.
        patient = {"MODERATION_DELIVERY_TIMEOUT_S": "280", "MODERATION_STALL_TIMEOUT_S": "280"}
        with running(kafka, tmp_path, MODERATION_TEXT_MODEL="stub:2", **patient) as pipeline:
            pipeline.send(wanted.values())
            workers = [pipeline.worker("text"), pipeline.worker("policy")]
            pipeline.read("decisions", lambda records: len(records) >= 300)
            broker.restart()
            ids = final_ids(pipeline.decisions(wanted))
            assert [worker.poll() for worker in workers] == [None, None], pipeline.logs()
    assert set(ids) == set(wanted)
    assert all(len(of_post) == 1 for of_post in ids.values())


def test_every_valid_sample_post_has_exactly_one_final_decision_id_whatever_its_key(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    with running(kafka, tmp_path, MODERATION_TEXT_MODEL="text-minilm") as pipeline:
        pipeline.worker("text,image,video,policy")
        pipeline.send(samples.lines())
        pipeline.send(samples.lines(), key=lambda number: b"author-%d" % (number % 7))
        pipeline.send(samples.lines(), key=lambda number: b"%d" % number)
        valid = [post for line in samples.lines() if (post := _valid(line)) is not None]
        pictured = sum(bool(post.media) for post in valid)  # decided when the text is scored, and again at the end
        decisions = pipeline.read("decisions", lambda records: len(records) >= 3 * (len(valid) + pictured))
        ids = final_ids(map(_decision, decisions))
    assert set(ids) == {post.post_id for post in valid}
    assert pictured > 5
    revisions = {(post.post_id, post.revision, post.change == "deleted") for post in valid}
    assert sum(map(len, ids.values())) == len(revisions)


def _valid(line: bytes) -> Post | None:
    source = Source(topic="posts", partition=0, offset=0, time=datetime.now(UTC))
    try:
        return read_post(line, source, 1_000_000).post
    except InvalidEvent:
        return None


def _decision(record: Any) -> Decision:
    return Decision.model_validate_json(record.value)


def test_a_worker_that_hangs_is_ended_by_its_watchdog(kafka: KafkaSettings, tmp_path: Path) -> None:
    wanted = posts(200)
    with running(kafka, tmp_path, MODERATION_STALL_TIMEOUT_S="6") as pipeline:
        hanging = pipeline.marked("text", "taken", 2, "hang")
        pipeline.worker("policy")
        pipeline.send(wanted.values())
        assert hanging.wait(90) == 70, pipeline.logs()
        pipeline.worker("text")
        assert set(final_ids(pipeline.decisions(wanted))) == set(wanted)


def test_a_worker_stopped_under_load_finishes_commits_and_repeats_nothing(kafka: KafkaSettings, tmp_path: Path) -> None:
    wanted = posts(2000)
    with running(kafka, tmp_path, MODERATION_TEXT_MODEL="stub:2") as pipeline:
        pipeline.send(wanted.values())
        first = pipeline.worker("text")
        pipeline.read("scored", lambda records: len(records) >= 300)
        first.terminate()
        assert first.wait(20) == 0, pipeline.logs()
        pipeline.worker("text")
        records = pipeline.read("scored", lambda records: len({record.key for record in records}) == len(wanted))
    assert len(records) == len(wanted)

"""What Prometheus reads from workers: values after posts went through stages, the page that lists it, the port."""

import asyncio
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Awaitable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from models.image.sight import Sight
from models.media.lane import MediaLane
from models.text import text_lane
from moderation.deciding import Effects
from moderation.errors import ConfigurationError, MediaReason, MediaUnavailable, ModelError
from moderation.events import Alarm, LaneResult, Media, Post, Scored, Source, Verdict
from moderation.policy import human_decision, parse_policy
from moderation.release import InForce
from moderation.settings import Settings
from moderation.state import Change
from streams.media import MediaStage
from streams.memories import Counted
from streams.messages import Message, Output, Stage, Taken
from streams.metrics import Metrics, serving
from streams.observer import Both, Observer
from streams.policy import PolicyStage
from streams.producer import Rejected
from streams.pump import Pump
from streams.text import TextStage

ROOT = Path(__file__).parents[3]
LIVE = parse_policy("policy: live\nrules: [{id: hate, when: text.hate >= 0.9, then: remove, because: hate}]")
CANARY = parse_policy("policy: next\nrules: [{id: hate, when: text.hate >= 0.8, then: remove, because: hate}]")
IN_FORCE = InForce(LIVE, CANARY, 0.0, (CANARY,))
NOW = datetime(2026, 1, 1, tzinfo=UTC)
VERDICT = Verdict(verdict_id="v1", post_id="p1", action="allow", reviewer="ann", decided_at=NOW)
SOURCE = Source(topic="moderation.posts", partition=0, offset=5, time=NOW)

Series = dict[tuple[str, ...], float]


class Kafka:
    """Confirms everything but what is too large."""

    async def enqueue(self, outputs: Sequence[Output]) -> Awaitable[list[Rejected]]:
        return asyncio.ensure_future(self._confirm(outputs))

    async def _confirm(self, outputs: Sequence[Output]) -> list[Rejected]:
        return [Rejected(own, "too large") for own in outputs if own.topic == "scored" and b"refuse me" in own.value]


class Nothing:
    """Nothing is remembered of any partition."""

    async def read(self, partitions: Collection[int]) -> dict[int, list[Change]]:
        return {partition: [] for partition in partitions}

    async def counts(self) -> Iterator[Sequence[Counted]]:
        raise NotImplementedError


class Looks:
    """Sees nothing in particular, and not everything."""

    async def look(self, item: Media, until: datetime | None) -> Sight:
        if item.media_id == "busy":
            raise MediaUnavailable("h: too many requests", "busy")
        if item.media_id == "model":
            raise ModelError("out of memory at 0x7f")
        return Sight()

    async def close(self) -> None: ...


def picture(media_id: str) -> Media:
    return Media(media_id=media_id, kind="image", url=f"https://cdn.example.com/{media_id}.png")


def scored(hate: float = 0.0, *media: Media, **lanes: LaneResult) -> bytes:
    return Scored(
        post=Post(post_id="p1", text="words", media=media),
        source=SOURCE,
        lanes={"text": LaneResult(state="scored"), **lanes},  # type: ignore[arg-type]
        signals={"text.hate": hate},
    ).to_json()


def through(lane: str, *values: bytes, topic: str | None = None) -> Series:
    """The samples of a lane's worker, after these messages went through its stage and pump."""

    async def scenario() -> Series:
        metrics = Metrics(lane)
        stage = made(lane, metrics)
        pump = Pump(stage, Kafka(), window=8, observer=Both(metrics, Observer()))
        metrics.began(pump, lambda: IN_FORCE)
        running = asyncio.create_task(pump.run())
        for offset, value in enumerate(values):
            of = topic or stage.reads[0]
            message = Message(of, f"moderation.{of}", 0, offset, NOW.timestamp(), None, value)  # type: ignore[arg-type]
            await pump.put(Taken(message, lambda: None))
        await pump.drained()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await stage.close()
        return samples(generate_latest(metrics.registry).decode())

    return asyncio.run(scenario())


def made(lane: str, metrics: Metrics) -> Stage:
    if lane == "text":
        return TextStage(text_lane(Settings(text_model="stub")), 10_000, metrics)
    if lane == "policy":
        return PolicyStage(lambda: IN_FORCE, Nothing(), metrics)  # type: ignore[arg-type]
    return MediaStage(MediaLane("image", Looks()), None, metrics)


def samples(page: str) -> Series:
    """The value of every series of ours; its key is the name and the values of the labels but `lane`."""
    return {
        (sample.name, *(value for label, value in sample.labels.items() if label != "lane")): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name.startswith("moderation_")
    }


def counted(series: Series, name: str) -> dict[str, float]:
    """What of a metric is not zero, by its labels in the order of their names."""
    return {", ".join(key[1:]): value for key, value in series.items() if key[0] == name and value}


def test_messages_are_counted_as_they_are_taken_delivered_and_acknowledged() -> None:
    series = through("text", *(b'{"post_id": "p%d", "text": "hello"}' % number for number in range(5)))
    for step in ("taken", "delivered", "acknowledged"):
        assert counted(series, f"moderation_messages_{step}_total") == {"": 5}
    assert series["moderation_messages_outstanding",] == 0
    assert series["moderation_batch_messages_sum",] == 5
    assert series["moderation_lane_seconds_count",] == 5
    assert counted(series, "moderation_lane_results_total") == {"scored": 5}
    assert counted(series, "moderation_outputs_total") == {"scored": 5}


def test_dead_letters_are_counted_by_their_error_those_that_kafka_refuses_too() -> None:
    series = through("text", b"no json", b'{"text": "no id"}', b'{"post_id": "p", "text": "refuse me"}')
    errors = counted(series, "moderation_dead_letters_total")
    assert sum(errors.values()) == 3
    assert {"not_json", "refused"} < set(errors)
    assert counted(series, "moderation_outputs_total") == {"scored": 1, "dead-letters": 3}
    assert counted(series, "moderation_messages_acknowledged_total") == {"": 3}


def test_every_media_item_is_counted_once_as_scored_or_with_its_reason_and_without_a_models_words() -> None:
    clip = Media(media_id="clip", kind="video", url="https://cdn.example.com/c.mp4")
    pending = {"image": LaneResult(state="pending"), "video": LaneResult(state="pending")}
    series = through(
        "image",
        scored(0, picture("a"), picture("busy"), picture("model"), clip, **pending),
        scored(0, picture("b"), **pending),
        scored(0, clip, **pending),
    )
    assert counted(series, "moderation_media_items_total") == {"scored": 2, "busy": 1, "model": 1}
    assert counted(series, "moderation_lane_results_total") == {"failed": 1, "scored": 1, "nothing_to_score": 1}


def test_a_record_that_does_not_wait_for_the_lane_is_no_result_and_goes_on() -> None:
    series = through("image", scored())
    assert counted(series, "moderation_lane_results_total") == {}
    assert counted(series, "moderation_outputs_total") == {"scored": 1}


def test_items_of_a_post_that_comes_too_late_are_counted_as_that() -> None:
    metrics = Metrics("image")
    late = Scored.model_validate_json(
        scored(0, picture("a"), picture("b"), image=LaneResult(state="failed", reason="deadline"))
    )
    metrics.scored("image", [late])
    items = counted(samples(generate_latest(metrics.registry).decode()), "moderation_media_items_total")
    assert items == {"deadline": 2}


def test_decisions_are_counted_by_action_and_stage() -> None:
    series = through("policy", scored(0.95), scored(0.1), scored(0.1), b"{}")
    assert counted(series, "moderation_decisions_total") == {"remove, final": 1, "allow, final": 2}
    assert counted(series, "moderation_outputs_total") == {"decisions": 3, "shadow": 3, "dead-letters": 1}
    series = through("policy", VERDICT.to_json(), topic="verdicts")
    assert counted(series, "moderation_decisions_total") == {"allow, human": 1}


def test_the_policies_in_force_are_named_with_their_hash_and_role() -> None:
    assert counted(through("policy"), "moderation_policy_in_force") == {
        f"{LIVE.hash}, live, live": 1,
        f"{CANARY.hash}, next, canary": 1,
        f"{CANARY.hash}, next, shadow": 1,
    }
    assert counted(through("text"), "moderation_policy_in_force") == {}


def alarm(kind: str) -> Output:
    own = Alarm(alarm_id=kind, kind=kind, subject="s", message="m", at=NOW)  # type: ignore[arg-type]
    return Output("alarms", 0, b"k", own.to_json())


def test_alarms_are_counted_by_kind_and_stand_at_zero_before() -> None:
    metrics = Metrics("policy")
    metrics.sending([alarm("breaker_open"), alarm("canary_rolled_back"), alarm("breaker_open")])
    page = generate_latest(metrics.registry).decode()
    series = samples(page)
    assert counted(series, "moderation_alarms_total") == {"breaker_open": 2, "canary_rolled_back": 1}
    assert series["moderation_alarms_total", "breaker_closed"] == 0
    assert "_created" not in page


def test_failures_that_can_be_alerted_on_stand_at_zero_before_the_first() -> None:
    series = samples(generate_latest(Metrics("video").registry).decode())
    assert {key[1] for key in series if key[0] == "moderation_media_items_total"} == {
        "scored",
        "model",
        *get_args(MediaReason),
    }
    assert series["moderation_outputs_total", "dead-letters"] == 0


def test_the_table_of_metrics_has_all_of_them_with_their_labels() -> None:
    page = (ROOT / "docs" / "operators.md").read_text()
    section = re.split(r"^## ", page.split("\n## Metrics\n")[1], flags=re.MULTILINE)[0]
    table = re.findall(r"^\| `(moderation_\w+)` \| ([^|]+) \| ([^|]+) \| \S", section, re.MULTILINE)
    listed = {name: (set(re.findall(r"\w+", labels)), kind.strip()) for name, labels, kind in table}
    found: dict[str, tuple[set[str], str]] = {}
    for lane in ("text", "image", "policy"):
        metrics = Metrics(lane)
        metrics.began(Pump(made("policy", metrics), Kafka(), window=1), lambda: IN_FORCE)
        metrics.sending([Output("dead-letters", 0, None, b"", (("error", b"not_json"),))])
        metrics.concluded([Effects(human_decision(VERDICT))])
        for family in metrics.registry.collect():
            labels = {label for sample in family.samples for label in sample.labels} - {"le"}
            if family.name.startswith("moderation_"):
                name = family.name + "_total" * (family.type == "counter")
                seen = found.get(name, (set(), ""))[0]
                found[name] = (seen | labels, family.type)
    assert listed == found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_metrics_are_served_while_the_worker_runs_and_a_port_in_use_is_named() -> None:
    settings = Settings(metrics_port=free_port())
    with serving("policy", settings):
        page = urllib.request.urlopen(f"http://127.0.0.1:{settings.metrics_port}/metrics").read().decode()
        assert "moderation_alarms_total" in page
        assert "process_resident_memory_bytes" in page
        with pytest.raises(ConfigurationError, match=rf"127\.0\.0\.1:{settings.metrics_port}.*MODERATION_METRICS_PORT"):
            serving("policy", settings).__enter__()
    with serving("policy", settings):
        pass  # the port is free again
    with pytest.raises(ConfigurationError, match=r"no\.such\.host"):
        serving("policy", Settings(metrics_port=1, metrics_address="no.such.host.invalid")).__enter__()


def test_nothing_of_it_is_loaded_where_no_port_is_set() -> None:
    program = "import sys, streams.process, streams.stages; assert 'prometheus_client' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
    sources = [path for part in ("moderation", "models", "streams") for path in (ROOT / part).rglob("*.py")]
    users = [path.relative_to(ROOT) for path in sources if b"import prometheus_client" in path.read_bytes()]
    assert sorted(users) == [Path("moderation/desk/running/metrics.py"), Path("streams/metrics.py")]

"""The guard over a canary: what it says of a roll-back, whoever published it."""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from moderation.events import Alarm, Canary, PublishedPolicy, Release
from moderation.policy import parse_policy
from moderation.release import key_of
from moderation.settings import KafkaSettings, Settings
from streams import canary
from streams.canary import CanaryGuard
from streams.messages import Output
from streams.policies import Policies
from streams.policies_topic import Published

TEXT = "policy: test\nrules: [{{id: hate, when: text.hate >= {}, then: remove, because: hate}}]\n"


class Topic:
    """A policies topic that does not change."""

    def __init__(self, records: Sequence[Published]) -> None:
        self._records = records

    async def start(self) -> Sequence[Published]:
        return self._records

    async def more(self) -> Sequence[Published]:
        await asyncio.Event().wait()
        raise AssertionError

    async def stop(self) -> None:
        """Nothing is held."""


class Sent:
    """A producer that keeps what it is given."""

    def __init__(self) -> None:
        self.outputs: list[Output] = []

    async def enqueue(self, outputs: Sequence[Output]) -> Awaitable[list[Any]]:
        self.outputs += outputs

        async def delivered() -> list[Any]:
            return []

        return delivered()


async def _nothing(output: Output) -> None:
    raise AssertionError("nothing is announced where there is a release")


def rolled_back(at: datetime, by: str = "moderation") -> Topic:
    """A live policy, then a canary beside it, then the canary taken back."""
    live, other = parse_policy(TEXT.format(0.9)), parse_policy(TEXT.format(0.1))
    records = [
        (own.hash.encode(), PublishedPolicy(name=own.name, hash=own.hash, source=own.source).to_json())
        for own in (live, other)
    ]
    releases = (
        Release(number=1, live=live.hash, canary=Canary(hash=other.hash, share=0.1), by="ann", at=at),
        Release(number=2, live=live.hash, by=by, at=at, note="rolled back by itself: too much"),
    )
    records += [(key_of(release, "u"), release.to_json()) for release in releases]
    return Topic([Published(key, value, offset) for offset, (key, value) in enumerate(records)])


async def said(topic: Topic, owns: bool = True) -> list[Alarm]:
    """What a worker that starts now tells."""
    policies = Policies(Path("none.yaml"), topic, _nothing)
    await policies.start()
    sent = Sent()
    looks = 0

    def its_turn() -> bool:
        nonlocal looks
        looks += 1
        return owns

    guard = CanaryGuard(Settings(), KafkaSettings(), policies, sent, its_turn)  # type: ignore[arg-type]
    running = asyncio.create_task(guard.run())
    async with asyncio.timeout(20):
        while looks < 5:  # noqa: ASYNC110 — looking has no event to await
            await asyncio.sleep(0.01)
    running.cancel()
    assert {output.topic for output in sent.outputs} <= {"alarms"}
    return [Alarm.model_validate_json(output.value or b"") for output in sent.outputs]


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canary, "LOOK_EVERY_S", 0.01)


def test_a_worker_that_begins_after_a_roll_back_tells_it_once_as_the_one_before_it_did() -> None:
    topic = rolled_back(datetime.now(UTC))
    [first] = asyncio.run(said(topic))
    [second] = asyncio.run(said(topic))
    assert first == second
    assert (first.kind, first.message) == ("canary_rolled_back", "rolled back by itself: too much")


@pytest.mark.parametrize(
    ("topic", "owns"),
    [
        (rolled_back(datetime.now(UTC) - timedelta(hours=1)), True),
        (rolled_back(datetime.now(UTC), by="ann"), True),
        (rolled_back(datetime.now(UTC)), False),
    ],
)
def test_an_old_roll_back_one_by_people_and_one_of_another_workers_turn_are_not_told(topic: Topic, owns: bool) -> None:
    assert asyncio.run(said(topic, owns)) == []

"""Hands messages to Kafka in batches that we fill ourselves.

aiokafka's `send` makes a future per message; filling its batches directly was measured 1.7 times faster.
`acks=all` and an idempotent producer: a retry inside aiokafka neither loses, repeats nor reorders.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError, MessageSizeTooLargeError

from moderation.errors import BrokerUnavailable, DeliveryError, DeliveryTimeout
from moderation.settings import KafkaSettings, TopicName
from streams.messages import Output
from streams.security import aiokafka_options

BATCH_BYTES = 500_000
"""Largest batch of several messages; a single larger message gets a batch of its own."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """An output the broker refuses for what it is (too large); sending it again cannot help."""

    output: Output
    reason: str


class Producer:
    """Sends outputs in order. Start it inside the event loop that uses it."""

    def __init__(self, kafka: KafkaSettings, timeout_s: float) -> None:
        self._kafka = kafka
        self._timeout_s = timeout_s
        self._producer: Any = None

    async def start(self) -> None:
        """Connect. Raises `BrokerUnavailable`."""
        self._producer = AIOKafkaProducer(
            **aiokafka_options(self._kafka),
            acks="all",
            enable_idempotence=True,
            max_batch_size=BATCH_BYTES,
            request_timeout_ms=int(self._timeout_s * 1000),
        )
        try:
            await self._producer.start()
        except KafkaConnectionError as error:
            await self._producer.stop()
            raise BrokerUnavailable(f"no Kafka broker answers at {self._kafka.bootstrap}: {error}") from error

    async def stop(self) -> None:
        """Send what is under way and close the connection."""
        if self._producer is not None:
            await self._producer.stop()

    async def enqueue(self, outputs: Sequence[Output]) -> Awaitable[list[Rejected]]:
        """Queue outputs for sending, in order per partition, and return what to await for their delivery.

        It gives the outputs that the broker refused. Both steps raise `DeliveryError` when the rest cannot be
        delivered: nothing may be acknowledged then.
        """
        groups: dict[tuple[TopicName, int], list[Output]] = {}
        for output in outputs:
            groups.setdefault((output.topic, output.partition), []).append(output)
        sent: list[tuple[list[Output], Awaitable[Any]]] = []
        try:
            for (topic, partition), group in groups.items():
                for batch, members in self._batches(group):
                    future = await self._producer.send_batch(batch, self._kafka.topic(topic), partition=partition)
                    sent.append((members, future))
        except (KafkaError, AssertionError) as error:
            raise _delivery_error(error) from error
        return self._settle(sent)

    def _batches(self, outputs: Sequence[Output]) -> "list[tuple[Any, list[Output]]]":
        batches: list[tuple[Any, list[Output]]] = []
        members: list[Output] = []
        batch = self._producer.create_batch()
        for output in outputs:
            while (
                batch.append(timestamp=None, key=output.key, value=output.value, headers=list(output.headers)) is None
            ):
                batches.append((batch, members))
                batch, members = self._producer.create_batch(), []
            members.append(output)
        batch.close()
        batches.append((batch, members))
        return batches

    async def _settle(self, sent: Sequence[tuple[list[Output], Awaitable[Any]]]) -> list[Rejected]:
        results = await asyncio.gather(*(future for _, future in sent), return_exceptions=True)
        rejected: list[Rejected] = []
        for (members, _), result in zip(sent, results, strict=True):
            if isinstance(result, MessageSizeTooLargeError):
                rejected += await self._refused(members, result)
            elif isinstance(result, BaseException):
                raise _delivery_error(result) from result
        return rejected

    async def _refused(self, members: list[Output], error: Exception) -> list[Rejected]:
        if len(members) == 1:
            return [Rejected(members[0], str(error) or "larger than the topic allows")]
        # The topic's limit is below our batch size: one by one finds the ones that are too large.
        rejected: list[Rejected] = []
        for output in members:
            rejected += await (await self.enqueue([output]))
        return rejected


def _delivery_error(error: BaseException) -> DeliveryError:
    retriable = bool(getattr(error, "retriable", False))
    kind = DeliveryTimeout if retriable else DeliveryError
    return kind(f"Kafka did not take the events: {type(error).__name__}: {error}")

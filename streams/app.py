"""The Faust app of one stage: settings that were measured to lose nothing, and its one agent.

Facts about Faust 0.15 behind them: an exception in an agent acknowledges what it was working on, so the agent
only hands over; `concurrency > 1` commits past work in flight; a graceful stop hangs on unacknowledged messages
unless `stream_wait_empty` is off; raw serializers, because one undecodable message would end the agent.
"""

import tempfile
from pathlib import Path
from typing import Any

import faust
from yarl import URL

from moderation.settings import KafkaSettings, TopicName
from streams.messages import Message, Stage, Taken
from streams.pump import Pump
from streams.security import faust_credentials


def make_app(stage: Stage, kafka: KafkaSettings, pump: Pump, loop: Any = None) -> faust.App:
    """The app that feeds `pump` with the topics of `stage`, in the consumer group of that stage."""
    app = faust.App(
        kafka.group(stage.name),
        loop=loop,
        autodiscover=False,
        broker=[URL(f"kafka://{address.strip()}") for address in kafka.bootstrap.split(",")],
        broker_credentials=faust_credentials(kafka),
        broker_session_timeout=10.0,  # a killed worker's partitions go to another one after this
        broker_heartbeat_interval=2.0,
        broker_request_timeout=30.0,
        broker_commit_interval=1.0,
        broker_max_poll_records=1000,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=8 * 1024 * 1024,
        datadir=Path(tempfile.gettempdir()) / f"moderation-{kafka.group(stage.name)}",
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        stream_wait_empty=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
    )
    names = {kafka.topic(name): name for name in stage.reads}
    channel = app.topic(*names, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")

    @app.agent(channel, name=f"{stage.name}-lane", concurrency=1)
    async def hand_over(stream: Any) -> None:
        async for event in stream.noack().events():
            await pump.put(Taken(_message(event, names), event.ack))

    return app


def _message(event: Any, names: dict[str, TopicName]) -> Message:
    message = event.message
    headers = message.headers or ()
    return Message(
        topic=names[message.topic],
        source_topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        timestamp=message.timestamp,
        key=message.key,
        value=message.value,
        headers=tuple(headers.items() if isinstance(headers, dict) else headers),
    )

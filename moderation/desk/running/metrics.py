"""The desk's metrics, for Prometheus to scrape: `docs/operators.md` lists them.

Loaded only where `MODERATION_METRICS_PORT` is set. They are counted when they are scraped; no label holds an id, or
the name of a person.
"""

import contextlib
import logging
from collections.abc import Iterable, Iterator

import prometheus_client
from prometheus_client import CollectorRegistry, Metric, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from moderation.desk.desk import Desk
from moderation.desk.running.outbox import count_waiting
from moderation.desk.running.service import Parts
from moderation.errors import ConfigurationError, DatabaseUnavailable
from moderation.review import overview
from moderation.review.stranded import stranded
from moderation.settings import Settings

log = logging.getLogger(__name__)


class DeskMetrics:
    """What stands in the database, and how the parts of this process do."""

    def __init__(self, desk: Desk, parts: Parts) -> None:
        self._desk = desk
        self._parts = parts

    def collect(self) -> Iterable[Metric]:
        """Names and labels are those of the table in `docs/operators.md`."""
        up = GaugeMetricFamily("moderation_desk_database_up", "1 while the desk's database answers")
        try:
            yield from self._stored()
            up.add_metric([], 1)
        except DatabaseUnavailable:
            up.add_metric([], 0)
        yield up
        yield from self._moving()

    def _stored(self) -> Iterable[Metric]:
        now = self._desk.now()
        with self._desk.database.session() as session:
            queues = overview.queues(session, names=tuple(self._parts.rules.now.queues), answered_since=now, now=now)
            waiting = count_waiting(session)
            left = len(stranded(session, self._parts.rules.now))
        tasks = GaugeMetricFamily("moderation_desk_tasks", "Tasks by queue and state", labels=["queue", "state"])
        overdue = GaugeMetricFamily("moderation_desk_tasks_overdue", "Open tasks past due", labels=["queue"])
        oldest = GaugeMetricFamily(
            "moderation_desk_oldest_task_seconds", "For how long the oldest open task has waited", labels=["queue"]
        )
        for queue in queues:
            for state in ("open", "claimed", "hidden"):
                tasks.add_metric([queue.name, state], getattr(queue, state))
            overdue.add_metric([queue.name], queue.overdue)
            age = 0.0 if queue.oldest is None else (now - queue.oldest).total_seconds()
            oldest.add_metric([queue.name], max(0.0, age))
        alone = GaugeMetricFamily("moderation_desk_tasks_stranded", "Open tasks that nobody is left to claim")
        alone.add_metric([], left)
        outbox = GaugeMetricFamily("moderation_desk_outbox_waiting", "Events that Kafka does not have yet")
        outbox.add_metric([], waiting)
        return [tasks, overdue, oldest, alone, outbox]

    def _moving(self) -> Iterable[Metric]:
        parts = self._parts
        well = GaugeMetricFamily("moderation_desk_part_up", "1 while a part of the desk gets on", labels=["part"])
        for part in parts.every:
            well.add_metric([part.name], part.trouble is None)
        lag = GaugeMetricFamily("moderation_desk_feed_lag", "Records that the desk has not stored", labels=["topic"])
        for topic, count in parts.jobs.lag.items():
            lag.add_metric([topic], count)
        stored = CounterMetricFamily("moderation_desk_feed_records", "Records taken", labels=["topic", "outcome"])
        for own in (parts.reviews, parts.decisions):
            stored.add_metric([own.name, "stored"], own.stored)
            stored.add_metric([own.name, "skipped"], own.skipped)
        refused = GaugeMetricFamily("moderation_desk_outbox_refused", "Posts whose event Kafka did not take")
        refused.add_metric([], parts.outbox.refused)
        return [well, lag, stored, refused]


@contextlib.contextmanager
def serving(desk: Desk, parts: Parts, settings: Settings) -> Iterator[None]:
    """Metrics that can be scraped meanwhile. Raises `ConfigurationError` where the port cannot be had."""
    assert settings.metrics_port is not None
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(DeskMetrics(desk, parts))
    place = f"{settings.metrics_address}:{settings.metrics_port}"
    try:
        server, thread = prometheus_client.start_http_server(settings.metrics_port, settings.metrics_address, registry)
    except (OSError, OverflowError) as error:
        raise ConfigurationError(
            f"metrics cannot be served at {place}: {error}; choose another MODERATION_METRICS_PORT "
            "(each lane and the desk take one port) or MODERATION_METRICS_ADDRESS"
        ) from error
    log.info("metrics of the desk: http://%s/metrics", place)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

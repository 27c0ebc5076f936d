"""A worker's metrics, for Prometheus to scrape: `docs/operators.md` lists them.

Loaded only where `MODERATION_METRICS_PORT` is set: no other part of a worker imports `prometheus_client`. No label
holds an id, a host or a text, so there are as many series as there are kinds of things, however many posts there are.
What is told per post is summed up per batch first: a call of the library takes 1 to 3 us, so that costs 0.2 us a
decision.
"""

import contextlib
import logging
from collections import Counter as Count
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import get_args

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily

from moderation.deciding import Effects
from moderation.errors import ConfigurationError, MediaReason
from moderation.events import Alarm, LaneName, Scored
from moderation.release import InForce
from moderation.settings import Settings
from streams.messages import Output, Taken
from streams.observer import Observer
from streams.pump import Pump

log = logging.getLogger(__name__)

# Else each counter has a second series, with the time of its birth.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]

BATCHES = (1, 4, 16, 64, 256, 1024)
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

ALARMS: tuple[str, ...] = get_args(Alarm.model_fields["kind"].annotation)


class Metrics(Observer):
    """The metrics of the worker of one lane, in a registry of their own."""

    def __init__(self, lane: str) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, ["lane", *labels], registry=registry)

        def histogram(name: str, text: str, buckets: Sequence[float]) -> Histogram:
            return Histogram(name, text, ["lane"], buckets=buckets, registry=registry).labels(lane)

        self._lane = lane
        self._taken = counter("moderation_messages_taken", "Messages that work was begun on").labels(lane)
        self._delivered = counter(
            "moderation_messages_delivered", "Messages whose every output Kafka has confirmed"
        ).labels(lane)
        self._acknowledged = counter("moderation_messages_acknowledged", "Messages acknowledged").labels(lane)
        self._outstanding = Gauge(
            "moderation_messages_outstanding", "Messages read and not acknowledged", ["lane"], registry=registry
        ).labels(lane)
        self._batches = histogram("moderation_batch_messages", "Messages the stage is given at once", BATCHES)
        self._outputs = counter("moderation_outputs", "Messages handed to Kafka", "topic")
        self._letters = counter("moderation_dead_letters", "Dead letters", "error")
        self._results = counter("moderation_lane_results", "Posts that the lane is done with", "state")
        self._seconds = histogram("moderation_lane_seconds", "How long the lane worked on a post", SECONDS)
        self._items = counter("moderation_media_items", "Pictures or clips, and how each went", "outcome")
        self._decisions = counter("moderation_decisions", "Decisions", "action", "stage")
        self._alarms = counter("moderation_alarms", "Alarms", "kind")
        self._begin_at_zero()

    def _begin_at_zero(self) -> None:
        """A counter that appears with its first event has no increase to alert on."""
        self._outputs.labels(self._lane, "dead-letters")
        if self._lane == "policy":
            for kind in ALARMS:
                self._alarms.labels(self._lane, kind)
            return
        for state in ("scored", "nothing_to_score", "failed"):
            self._results.labels(self._lane, state)
        if self._lane != "text":
            for outcome in ("scored", "model", *get_args(MediaReason)):
                self._items.labels(self._lane, outcome)

    def began(self, pump: Pump, in_force: Callable[[], InForce]) -> None:
        """See `Observer.began`. Only the policy worker keeps up with the policies in force."""
        self._outstanding.set_function(lambda: pump.outstanding)
        if self._lane == "policy":
            self.registry.register(_PoliciesInForce(in_force))

    def taken(self, batch: Sequence[Taken]) -> None:
        """See `Observer.taken`."""
        self._taken.inc(len(batch))
        self._batches.observe(len(batch))

    def scored(self, lane: LaneName, records: Sequence[Scored]) -> None:
        """See `Observer.scored`."""
        items: Count[str] = Count()
        # A record that does not wait for the lane comes back as it was.
        done = [(record, record.lanes[lane]) for record in records if lane in record.lanes]
        for record, result in done:
            if result.took_ms is not None:
                self._seconds.observe(result.took_ms / 1000)
            if lane == "text":
                continue
            failures = result.failures or {}
            # Without a list of failures a lane that failed has looked at none.
            otherwise = "scored" if result.failures or result.state == "scored" else result.reason or "failed"
            for item in record.post.media:
                if item.kind == lane:
                    items[failures.get(item.media_id, otherwise).partition(":")[0]] += 1
        for state, count in Count(result.state for _, result in done).items():
            self._results.labels(lane, state).inc(count)
        for outcome, count in items.items():
            self._items.labels(lane, outcome).inc(count)

    def concluded(self, effects: Sequence[Effects]) -> None:
        """See `Observer.concluded`."""
        counts = Count((own.decision.action, own.decision.stage) for own in effects)
        for (action, stage), count in counts.items():
            self._decisions.labels(self._lane, action, stage).inc(count)

    def sending(self, outputs: Sequence[Output]) -> None:
        """See `Observer.sending`."""
        topics = Count(output.topic for output in outputs)
        for topic, count in topics.items():
            self._outputs.labels(self._lane, topic).inc(count)
        if not topics.keys() & {"dead-letters", "alarms"}:
            return
        for output in outputs:
            if output.topic == "dead-letters":
                self._letters.labels(self._lane, dict(output.headers)["error"].decode()).inc()
            elif output.topic == "alarms":
                self._alarms.labels(self._lane, Alarm.model_validate_json(output.value or b"").kind).inc()

    def delivered(self, batch: Sequence[Taken]) -> None:
        """See `Observer.delivered`."""
        self._delivered.inc(len(batch))

    def acknowledged(self, batch: Sequence[Taken]) -> None:
        """See `Observer.acknowledged`."""
        self._acknowledged.inc(len(batch))


class _PoliciesInForce:
    """One series for each policy in force, made when it is asked for: a release changes them all at once."""

    def __init__(self, in_force: Callable[[], InForce]) -> None:
        self._in_force = in_force

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The name and labels are those of the table in `docs/operators.md`."""
        family = GaugeMetricFamily(
            "moderation_policy_in_force", "1 for every policy in force", labels=["lane", "role", "policy", "hash"]
        )
        policies = self._in_force()
        roles = [("live", policies.live), *(("shadow", own) for own in policies.shadows)]
        if policies.canary is not None:
            roles.append(("canary", policies.canary))
        for role, policy in roles:
            family.add_metric(["policy", role, policy.name, policy.hash], 1)
        yield family


@contextlib.contextmanager
def serving(lane: str, settings: Settings) -> Iterator[Metrics]:
    """Metrics that can be scraped meanwhile. Raises `ConfigurationError` where the port cannot be had."""
    assert settings.metrics_port is not None
    metrics = Metrics(lane)
    place = f"{settings.metrics_address}:{settings.metrics_port}"
    try:
        server, thread = prometheus_client.start_http_server(
            settings.metrics_port, settings.metrics_address, metrics.registry
        )
    except (OSError, OverflowError) as error:
        raise ConfigurationError(
            f"metrics cannot be served at {place}: {error}; choose another MODERATION_METRICS_PORT "
            "(each lane takes one port) or MODERATION_METRICS_ADDRESS"
        ) from error
    log.info("metrics of lane %s: http://%s/metrics", lane, place)
    try:
        yield metrics
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

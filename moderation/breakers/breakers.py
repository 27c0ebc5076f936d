"""Breakers of one partition: which are open for a post, what its decision adds, and what people should know."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime

from moderation.breakers import alarms, quotas
from moderation.breakers.acts import act_of
from moderation.breakers.ledger import Ledger, digest, read, shared
from moderation.breakers.tally import Cell, Tally
from moderation.breakers.trips import Standing, Trip, standing
from moderation.events import Alarm, Decision, Post
from moderation.policy import Policy
from moderation.policy.model import Breaker
from moderation.state.change import Change

log = logging.getLogger(__name__)

TRIAL = 10
"""So many posts a breaker lets through while it is half-open, all partitions together."""

_PREFIX = b"breaker:"
_NONE: frozenset[str] = frozenset()


class Breakers:
    """A `Kept`. Every time is that of a post, no clock is read: whoever decides on the same posts again, or works
    off a backlog, meets the same breakers.

    Quotas are over all partitions. Each counts its own posts and hears of the others' through `counts`; what they
    decide before they hear of it acts in excess of the quota.
    """

    def __init__(self) -> None:
        self._own: dict[str, Ledger] = {}
        self._elsewhere: dict[str, dict[int, Ledger]] = {}
        self._tripped: set[str] = set()
        self._changed: set[str] = set()
        self._guarding: tuple[Policy | None, list[Breaker]] = (None, [])

    def open_at(self, policy: Policy, at: datetime, post: Post | None = None) -> frozenset[str]:
        """The breakers of a policy that are open for posts of a time.

        A `post` on which was acted already, at first without a lane or before its worker died, is not stopped.
        """
        if not self._tripped or not policy.breakers:
            return _NONE
        time = at.timestamp()
        tripped = [breaker for breaker in policy.breakers.values() if breaker.id in self._tripped]
        return frozenset(breaker.id for breaker in tripped if self._stops(breaker, time, post))

    def note(self, decision: Decision, policy: Policy, at: datetime, offset: int) -> list[Alarm]:
        """Count a decision on a post of a time; `offset` is the place of its record in the scored topic.

        A record that comes again counts nothing, and has the alarms told again that were told with it. The post
        that reaches a quota is acted on, those after it are not.
        """
        if not policy.breakers or decision.occasion != "live" or decision.action == "withdrawn":
            return []
        found: list[Alarm] = []
        for breaker in self._guards_of(policy):
            ledger = self._own.setdefault(breaker.id, Ledger())
            if offset <= ledger.offset:
                found += [alarm for told, alarm in ledger.alarms if told == offset]
            else:
                found += self._noted(ledger, breaker, decision, policy, at, offset)
        return found

    def changes(self) -> list[Change]:
        """See `Kept.changes`."""
        changed, self._changed = self._changed, set()
        return [Change("counts", _PREFIX + name.encode(), self._own[name].to_json()) for name in sorted(changed)]

    def restore(self, change: Change) -> None:
        """See `Kept.restore`."""
        name, ledger = _read(change, read)
        if ledger is not None and ledger.offset >= self._own.get(name, ledger).offset:
            self._own[name] = ledger
            self._note_trips(name, ledger)

    def elsewhere(self, partition: int, change: Change) -> None:
        """See `Kept.elsewhere`."""
        name, ledger = _read(change, shared)
        known = self._elsewhere.get(name, {})
        if ledger is not None and ledger.offset >= known.get(partition, ledger).offset:
            self._elsewhere.setdefault(name, known)[partition] = ledger
            self._note_trips(name, ledger)

    def _guards_of(self, policy: Policy) -> list[Breaker]:
        if self._guarding[0] is not policy:
            ids = policy.guards.breakers
            self._guarding = (policy, [own for own in policy.breakers.values() if own.id in ids])
        return self._guarding[1]

    def ledgers(self, name: str) -> list[Ledger]:
        """What all partitions have noted for a breaker, as far as it was heard."""
        own = self._own.get(name)
        return [*([own] if own else []), *self._elsewhere.get(name, {}).values()]

    def _note_trips(self, name: str, ledger: Ledger) -> None:
        if ledger.trips:
            self._tripped.add(name)

    def _standing(self, breaker: Breaker, time: float) -> Standing:
        trips = (trip for ledger in self.ledgers(breaker.id) for trip in ledger.trips)
        return standing(trips, time, quotas.cool_down_s(breaker))

    def _stops(self, breaker: Breaker, time: float, post: Post | None) -> bool:
        stands = self._standing(breaker, time)
        if stands.state == "closed" or stands.trip is None:
            return False
        own = self._own.get(breaker.id)
        if post is not None and own is not None and own.seen.get(digest(post)):
            return False
        if stands.state == "open":
            return True
        return quotas.let_through(breaker, self.ledgers(breaker.id), stands.trip.until) >= TRIAL

    def _noted(
        self, ledger: Ledger, breaker: Breaker, decision: Decision, policy: Policy, at: datetime, offset: int
    ) -> list[Alarm]:
        act = act_of(decision, breaker, policy)
        if act is None and breaker.share is None and breaker.id not in self._tripped:
            return []
        time = at.timestamp()
        stands = self._standing(breaker, time)
        found = [alarm for alarm in alarms.of_standing(breaker, policy, stands, at) if not self._told(alarm)]
        if act == "stopped" and stands.state != "half_open":
            act = None  # what would be without the breaker matters only while it tries to close
        if act is not None and digest(decision) in ledger.seen:
            act = None
        first = sum(state != "pending" for state in decision.lanes.values()) == 1
        posts = Cell(act == "acted", act == "stopped", breaker.share is not None and first)
        if act is not None:
            ledger.remember(digest(decision), act == "acted")
        if act is not None or posts.decided:
            lengths = (*quotas.windows_s(breaker).values(), quotas.cool_down_s(breaker))
            ledger.count(time, posts, dict.fromkeys(lengths))
        if act is not None and stands.state != "open":
            found += self._tripping(ledger, breaker, policy, stands, at)
        for alarm in found:
            ledger.tell(offset, alarm)
        if act is not None or posts.decided or found:
            ledger.offset = offset
            self._changed.add(breaker.id)
        return found

    def _tripping(
        self, ledger: Ledger, breaker: Breaker, policy: Policy, stands: Standing, at: datetime
    ) -> Iterator[Alarm]:
        """Trip where a quota is reached, and tell it."""
        time, base_s, ledgers = at.timestamp(), quotas.cool_down_s(breaker), self.ledgers(breaker.id)
        reached = quotas.reached(breaker, ledgers, time)
        cool_s = float(base_s)
        again = stands.state == "half_open" and stands.trip is not None
        if again and stands.trip is not None:
            cool_s = stands.trip.again_s(base_s)
            reached = reached or quotas.would_be_reached(breaker, ledgers, time, stands.trip.until)
        if reached is None:
            return
        until = Tally(base_s).next_start(max(time + cool_s, reached.room))
        trip = Trip(time, min(reached.since, time), until, cool_s)
        ledger.trip(trip)
        self._tripped.add(breaker.id)
        yield alarms.opened(breaker, policy, trip, reached, at, again)

    def _told(self, alarm: Alarm) -> bool:
        ledgers = self.ledgers(alarm.subject)
        return any(told.alarm_id == alarm.alarm_id for ledger in ledgers for _, told in ledger.alarms)


def _read(change: Change, how: Callable[[bytes], Ledger]) -> tuple[str, Ledger | None]:
    """The id of the breaker and its ledger; None for what is none."""
    name = change.key.removeprefix(_PREFIX).decode(errors="replace")
    if change.value is None or not change.key.startswith(_PREFIX):
        return name, None
    try:
        return name, how(change.value)
    except ValueError as error:
        log.error("what was counted for breaker %s cannot be read and begins anew: %s", name, error)
        return name, None

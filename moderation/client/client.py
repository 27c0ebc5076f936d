"""`ModerationClient`: post, follow decisions and reviews, answer with verdicts."""

import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from moderation import settings
from moderation.client.following import CurrentDecisions, CurrentReviews, E, Follower, NewAlarms
from moderation.client.reading import Reader
from moderation.client.sending import Delivery, Outgoing, Sender
from moderation.errors import InvalidEvent
from moderation.events import Action, Alarm, Decision, Event, Post, ReviewItem, Scored, Verdict
from moderation.settings import KafkaSettings, TopicName


class ModerationClient:
    """A connection for one program; a context manager. Sending is safe from several threads.

    `kafka` is read from the environment where not given; `timeout_s` is how long Kafka may take to confirm.
    Errors: `BrokerUnavailable`, `DeliveryError`, `DeliveryTimeout` (may be sent again), `InvalidEvent`,
    `ConfigurationError` for topics that are missing.

    Iterators take `group`, `from_beginning`, `follow` and `idle_s`. With a group, Kafka remembers how far it came,
    a new group starts at the beginning, and an event counts as done when the next is asked for. Without one,
    reading starts with what comes from now on. `follow=False` ends at the present end, `idle_s` after silence.
    """

    def __init__(self, kafka: KafkaSettings | None = None, timeout_s: float = 30.0) -> None:
        self._kafka = kafka or settings.load_kafka()
        self._sender = Sender(self._kafka, timeout_s)
        self._followers: list[Follower[Any]] = []

    def __enter__(self) -> "ModerationClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every iterator, wait for what is being sent, disconnect."""
        followers, self._followers = self._followers, []
        for follower in followers:
            follower.close()
        self._sender.close()

    def post(self, post: Post | None = None, /, **fields: Any) -> Delivery:
        """Send a post, given whole or as its fields; returns when Kafka has it."""
        return self._sender.send(_outgoing_post(_valid(post, fields)))

    def post_many(self, posts: Iterable[Post], delivered: Callable[[str], None] | None = None) -> int:
        """Send posts, many in flight; returns how many. `delivered` gets the id of each that Kafka has, in order.

        Raises for the first that failed; those after it may or may not have arrived, and may be sent again.
        """
        confirm = None if delivered is None else lambda record: delivered(record.name)
        return self._sender.send_many((_outgoing_post(post) for post in posts), confirm)

    def decisions(
        self,
        group: str | None = None,
        from_beginning: bool | None = None,
        follow: bool = True,
        idle_s: float | None = None,
    ) -> Follower[Decision]:
        """Decisions to act on: each id once, none that is older than the one already given for its post."""
        return self._follow("decisions", Decision, CurrentDecisions(), group, from_beginning, follow, idle_s)

    def reviews(
        self,
        group: str | None = None,
        from_beginning: bool | None = None,
        follow: bool = True,
        idle_s: float | None = None,
        closed: bool = False,
    ) -> Follower[ReviewItem]:
        """What humans must look at. With `closed`, also the notices that take an open item back.

        An item with `visible_from` is for then, and only if no later decision on its post has come.
        """
        return self._follow("reviews", ReviewItem, CurrentReviews(closed), group, from_beginning, follow, idle_s)

    def alarms(
        self,
        group: str | None = None,
        from_beginning: bool | None = None,
        follow: bool = True,
        idle_s: float | None = None,
    ) -> Follower[Alarm]:
        """What people should know of, each once: breakers that trip and close, canaries rolled back, late reviews."""
        return self._follow("alarms", Alarm, NewAlarms(), group, from_beginning, follow, idle_s)

    def records(
        self,
        group: str | None = None,
        from_beginning: bool | None = None,
        follow: bool = True,
        idle_s: float | None = None,
    ) -> Follower[Scored]:
        """Posts with their scores, one record per lane that has had them; repeats are not left out."""
        return self._follow("scored", Scored, lambda record: True, group, from_beginning, follow, idle_s)

    def verdict(
        self,
        answer: ReviewItem | Verdict,
        action: Action | None = None,
        reviewer: str | None = None,
        reasons: Iterable[str] = (),
        note: str | None = None,
    ) -> Verdict:
        """Send a reviewer's answer to an item; returns the verdict when Kafka has it.

        After a `DeliveryTimeout` a verdict may be sent again as itself: its id tells that it is the same.
        """
        if isinstance(answer, ReviewItem):
            answer = verdict_on(answer, action, reviewer, reasons, note)
        name = f"verdict {answer.verdict_id}"
        if answer.source is not None:
            partition = answer.source.partition
        else:  # where a post with the recommended key stands
            partition = self._sender.partition_of("verdicts", (answer.author_id or answer.post_id).encode())
        self._sender.send(Outgoing("verdicts", answer.post_id.encode(), _bytes(answer, name), name, partition))
        return answer

    def _follow(
        self,
        topic: TopicName,
        model: type[E],
        wanted: Callable[[E], bool],
        group: str | None,
        from_beginning: bool | None,
        follow: bool,
        idle_s: float | None,
    ) -> Follower[E]:
        if from_beginning is None:
            from_beginning = group is not None
        reader = Reader(self._kafka, topic, group=group, from_beginning=from_beginning, follow=follow, idle_s=idle_s)
        follower = Follower(reader, model, wanted)
        self._followers.append(follower)
        return follower


def verdict_on(
    item: ReviewItem,
    action: Action | None,
    reviewer: str | None,
    reasons: Iterable[str] = (),
    note: str | None = None,
) -> Verdict:
    """The answer of a reviewer to an item, with an id of its own, not yet sent."""
    fields = {"action": action, "reviewer": reviewer, "reasons": tuple(reasons), "note": note}
    try:
        return Verdict.model_validate(
            {
                "verdict_id": str(uuid.uuid4()),
                "review_id": item.review_id,
                "decision_id": item.decision_id,
                "post_id": item.post_id,
                "author_id": item.author_id,
                "revision": item.revision,
                "decided_at": datetime.now(UTC),
                "source": item.source,
                **fields,
            }
        )
    except ValidationError as error:
        raise _invalid("verdict", error) from None


def _valid(post: Post | None, fields: dict[str, Any]) -> Post:
    if post is not None:
        return post.model_copy(update=fields) if fields else post
    try:
        return Post(**fields)
    except ValidationError as error:
        raise _invalid("post", error) from None


def _invalid(what: str, error: ValidationError) -> InvalidEvent:
    problems = "; ".join(
        f"{'.'.join(map(str, problem['loc'])) or what}: {problem['msg']}"
        for problem in error.errors(include_input=False, include_url=False)
    )
    return InvalidEvent(f"not a valid {what}: {problems}")


def _outgoing_post(post: Post) -> Outgoing:
    key = (post.author_id or post.post_id).encode(errors="replace")
    return Outgoing("posts", key, _bytes(post, f"post {post.post_id}"), post.post_id)


def _bytes(event: Event, name: str) -> bytes:
    try:
        return event.to_json()
    except PydanticSerializationError as error:  # half of a surrogate pair, which UTF-8 does not have
        raise InvalidEvent(f"{name} cannot be written as UTF-8: {error}") from None

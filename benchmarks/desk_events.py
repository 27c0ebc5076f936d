"""What workers tell the review desk: decisions and review items as the policy of 200 rules makes them, from a seed."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.posts import Posts
from benchmarks.rules import policy_source, records
from moderation.events import Decision, LaneResult, Media, ReviewItem, Scored
from moderation.policy import evaluate, parse_policy

_SEED = 11
_AT_ONCE = 5_000
_NEAR = 0.01  # of all posts: of those that a human must see it is one in eight
_WORDS = ("again", "ok", "really", "please share it")


@dataclass(frozen=True, slots=True)
class Told:
    """In the order that workers write them: `decisions` on all posts, `items` on those that a human must see."""

    decisions: Sequence[Decision]
    items: Sequence[ReviewItem]


def told(posts: Posts, items: int, start: int = 0) -> Told:
    """What is told of posts from number `start` on, until there are so many items.

    One in eight of them is an earlier post with a word more, of another author. One post in a hundred has a picture:
    it is decided on provisionally, and again when the picture is scored, which takes back what was asked or asks anew.
    """
    policy = parse_policy(policy_source())
    rng = random.Random(_SEED + start)
    decisions: list[Decision] = []
    found: list[ReviewItem] = []
    asked: list[Scored] = []
    for record in _records(posts, start):
        again = bool(asked) and rng.random() < _NEAR
        own = _repeated(rng.choice(asked[-500:]), record, rng.choice(_WORDS)) if again else record
        for step in _steps(own):
            outcome = evaluate(step, policy)
            decisions.append(outcome.decision)
            if outcome.review is not None:
                found.append(outcome.review)
                asked.append(own)
        if len(found) >= items:
            return Told(decisions, found[:items])
    raise AssertionError("posts come without end")


def _records(posts: Posts, start: int) -> Iterator[Scored]:
    """Each with a text of its own; one author in four has written before."""
    while True:
        for number, (record, post) in enumerate(
            zip(records(_AT_ONCE, seed=start), posts.take(_AT_ONCE, start), strict=True), start
        ):
            author = f"author-{number if number % 4 else number % 997}"
            yield _with(record, post_id=post.post_id, author_id=author, text=post.text)
        start += _AT_ONCE


def _repeated(first: Scored, own: Scored, word: str) -> Scored:
    """The scores and words of a post, and a word more, under the name of another."""
    text = f"{first.post.text} {word}"
    return _with(first, post_id=own.post.post_id, author_id=own.post.author_id, text=text)


def _with(record: Scored, **post: object) -> Scored:
    return record.model_copy(update={"post": record.post.model_copy(update=post)})


def _steps(record: Scored) -> Iterator[Scored]:
    """What the policy stage takes of a post: once, or again when its picture is scored."""
    if "image" not in record.lanes or record.source.offset % 5:
        yield record.model_copy(update={"lanes": {"text": record.lanes["text"]}})
        return
    picture = Media(media_id="1", kind="image", url=f"https://media.example/{record.post.post_id}.jpg")
    record = _with(record, media=(picture,))
    yield record
    yield record.model_copy(update={"lanes": {**record.lanes, "image": LaneResult(state="scored")}})

"""Which of two events about a post is the later one, by what stands in them: they may come in any order, and again."""

from itertools import combinations
from typing import NamedTuple

from moderation import ids
from moderation.events import Decision, ReviewItem

LAST = "~"
"""In place of an event's digest: nothing more of the same decision counts, as it is greater than any digest."""


class Order(NamedTuple):
    """`Decision.order()`: revision, rank of the stage (a withdrawal above all), lanes that have settled."""

    revision: int
    stage: int
    settled: int


_FINAL, _REVISED, _WITHDRAWN = 1, 2, 4


def of_decision(decision: Decision) -> Order:
    """The order of a decision."""
    return Order(*decision.order())


def of_item(item: ReviewItem) -> Order:
    """The order of the decision behind an item, which its id tells: it is made of the lanes that had settled."""
    post = item.post
    lanes = post.lanes_needed()
    identity = (post.post_id, post.revision, post.occasion)
    if item.decision_id == ids.decision_id(*identity, ("withdrawn",)):
        return Order(item.revision, _WITHDRAWN, 0)
    for count in range(1, len(lanes)):
        for settled in combinations(lanes, count):
            if item.decision_id == ids.decision_id(*identity, settled):
                return Order(item.revision, 0, count)
    return Order(item.revision, _FINAL if post.occasion == "live" else _REVISED, len(lanes))


def may_be_first(decision: Decision) -> bool:
    """Whether nothing can have come before it, so that there is no item which it takes back: so it is with most."""
    order = of_decision(decision)
    return order.revision == 0 and order.stage <= _FINAL and order.settled <= 1

"""Sample posts on a desk, as Kafka would have brought them."""

from collections.abc import Iterable

from moderation.desk.desk import Desk
from moderation.events import Scored
from moderation.policy import Circumstances, Policy, evaluate
from moderation.review import decided, intake


def seed(desk: Desk, records: Iterable[Scored], policy: Policy) -> int:
    """Decide on the records and take in what follows; returns how many review items that were."""
    items = 0
    with desk.database.session() as session:
        for record in records:
            outcome = evaluate(record, policy, Circumstances())
            decided.keep(session, [decided.Written(outcome.decision, record.source.partition, record.source.time)])
            intake.decision(session, outcome.decision, record.source.time, desk.rules, now=desk.now())
            if outcome.review is not None:
                intake.review_item(session, outcome.review, desk.rules, now=desk.now())
                items += 1
    return items

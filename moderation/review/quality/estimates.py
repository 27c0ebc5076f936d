"""How often rules are right, and how much they find, from what people answered.

Every answered post counts for as many as it stands for: one over the probability by which it came to a human (Horvitz
and Thompson 1952), so that sums estimate those over all posts without bias, whatever the rules sent here; rates are
ratios of two such sums. Posts that still wait are stood for by the answered ones that came with the same probability:
right as long as answers do not depend on what is in them, so look at audits that are done.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.backtest.rates import Rate, rate
from moderation.review.labels import Label, labels
from moderation.review.tables import Item

Weights = Counter[float]
"""Posts by the weight of each."""


@dataclass(slots=True)
class Tally:
    """Labelled posts by weight. `caught` and `missed` are of those that have the reason, by what people say."""

    right: Weights = field(default_factory=Counter)
    wrong: Weights = field(default_factory=Counter)
    caught: Weights = field(default_factory=Counter)
    missed: Weights = field(default_factory=Counter)

    @property
    def precision(self) -> Rate | None:
        """The share of what it fired on that people find right."""
        return rate(self.right, self.wrong)

    @property
    def recall(self) -> Rate | None:
        """The share of what people find that it fired on."""
        return rate(self.caught, self.missed)


@dataclass(frozen=True, slots=True)
class Estimates:
    """Rules and reasons with their rates. `audited` and `waiting` count posts of the random audit."""

    rules: Mapping[str, Tally]
    reasons: Mapping[str, Tally]
    answered: int
    audited: int
    waiting: int


def estimates(session: Session, *, since: datetime, until: datetime) -> Estimates:
    """What the posts of a time say, so far as they came by rules or by a random audit."""
    counts: dict[float, Counter[str]] = {}
    asked = (
        select(Item.probability, Item.status, func.count())
        .where(Item.posted_at >= since, Item.posted_at < until, Item.digest != "")
        .group_by(Item.probability, Item.status)
    )
    for probability, status, count in session.execute(asked):
        counts.setdefault(probability, Counter())[status] += count
    drawn = [label for label in labels(session, since=since, until=until) if label.probability is not None]
    answered = Counter(label.row.probability for label in drawn)
    weights = {
        probability: (counts[probability]["open"] + done) / done / probability for probability, done in answered.items()
    }
    rules, reasons = tallies((label, weights[label.row.probability]) for label in drawn)
    return Estimates(
        rules,
        reasons,
        len(drawn),
        sum(done for probability, done in answered.items() if probability < 1.0),
        sum(own["open"] for probability, own in counts.items() if probability < 1.0),
    )


def tallies(drawn: Iterable[tuple[Label, float]]) -> tuple[dict[str, Tally], dict[str, Tally]]:
    """Rules and reasons, from labels and the weight of each.

    A rule is right when people acted, and gave its reason or none; an `allow` rule when they allowed.
    """
    labelled = list(drawn)
    known = {rule: (action, because) for label, _ in labelled for rule, (action, because) in label.row.fired.items()}
    rules = {rule: Tally() for rule in known}
    reasons: dict[str, Tally] = {}
    for label, weight in labelled:
        acted = label.action != "allow"
        given = set(label.reasons) if acted else set()
        spoken = {because for action, because in label.row.fired.values() if action != "allow" and because}
        for rule in label.row.fired:
            action, because = known[rule]
            right = not acted if action == "allow" else acted and (not given or because in given)
            (rules[rule].right if right else rules[rule].wrong)[weight] += 1
        for rule, (action, because) in known.items():
            if action != "allow" and because in given:
                (rules[rule].caught if rule in label.row.fired else rules[rule].missed)[weight] += 1
        for reason in spoken:
            tally = reasons.setdefault(reason, Tally())
            (tally.right if acted and (not given or reason in given) else tally.wrong)[weight] += 1
        for reason in given:
            tally = reasons.setdefault(reason, Tally())
            (tally.caught if reason in spoken else tally.missed)[weight] += 1
    return dict(sorted(rules.items())), dict(sorted(reasons.items()))

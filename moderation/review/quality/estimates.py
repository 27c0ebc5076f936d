"""How often rules are right, and how much they find, from what people answered.

Every answered post counts for as many as it stands for: one over the probability by which it came to a human (Horvitz
and Thompson 1952), so that sums estimate those over all posts without bias, whatever the rules sent here; rates are
ratios of two such sums. Posts that still wait are stood for by the answered ones that came with the same probability:
right as long as answers do not depend on what is in them, so look at audits that are done.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.backtest.rates import Rate, rate
from moderation.review.tables import Answer, Item

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


class Drawn(NamedTuple):
    """An answered post: the rules that fired (`Item.fired`), what people say, and for how many posts it stands."""

    fired: Mapping[str, Sequence[Any]]
    action: str
    reasons: Sequence[str]
    weight: float = 1.0


def estimates(session: Session, *, since: datetime, until: datetime) -> Estimates:
    """What the posts of a time say, so far as they came by rules or by a random audit."""
    drawn_here = (Item.posted_at >= since, Item.posted_at < until, Item.digest != "", Item.status != "gold")
    counts: defaultdict[float, Counter[str]] = defaultdict(Counter)
    asked = select(Item.probability, Item.status, func.count()).where(*drawn_here)
    for probability, status, count in session.execute(asked.group_by(Item.probability, Item.status)):
        counts[probability][status] += count
    rows = session.execute(
        select(Item.fired, Answer.action, Answer.reasons, Item.probability)
        .join(Answer, Answer.answer_id == Item.answer_id)
        .where(*drawn_here)
    ).all()
    answered = Counter(row.probability for row in rows)
    weights = {
        probability: (counts[probability]["open"] + done) / done / probability for probability, done in answered.items()
    }
    rules, reasons = tallies(Drawn(row.fired, row.action, row.reasons, weights[row.probability]) for row in rows)
    return Estimates(
        rules,
        reasons,
        len(rows),
        sum(done for probability, done in answered.items() if probability < 1.0),
        sum(own["open"] for probability, own in counts.items() if probability < 1.0),
    )


def tallies(drawn: Iterable[Drawn]) -> tuple[dict[str, Tally], dict[str, Tally]]:
    """Rules and reasons, from answered posts.

    A rule is right when people acted, and gave its reason or none; an `allow` rule when they allowed.
    """
    rules: defaultdict[str, Tally] = defaultdict(Tally)
    reasons: defaultdict[str, Tally] = defaultdict(Tally)
    meant: dict[str, str | None] = {}  # rule -> the reason that it looks for
    there: defaultdict[str, Weights] = defaultdict(Counter)
    for post in drawn:
        acted = post.action != "allow"
        given = set(post.reasons) if acted else set()
        spoken = {because for action, because in post.fired.values() if action != "allow" and because}
        for rule, (action, because) in post.fired.items():
            meant[rule] = None if action == "allow" else because
            right = not acted if action == "allow" else acted and (not given or because in given)
            (rules[rule].right if right else rules[rule].wrong)[post.weight] += 1
            if action != "allow" and because in given:
                rules[rule].caught[post.weight] += 1
        for reason in spoken:
            right = acted and (not given or reason in given)
            (reasons[reason].right if right else reasons[reason].wrong)[post.weight] += 1
        for reason in given:
            there[reason][post.weight] += 1
            (reasons[reason].caught if reason in spoken else reasons[reason].missed)[post.weight] += 1
    for rule, because in meant.items():
        if because is not None:
            rules[rule].missed = there[because] - rules[rule].caught
    return dict(sorted(rules.items())), dict(sorted(reasons.items()))

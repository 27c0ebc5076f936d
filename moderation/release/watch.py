"""Whether a canary acts more often than the policy it is to replace: a test that may be looked at again and again.

Of all decisions that act, those by the canary are binomial with the canary's share of the decisions, if both act
equally often (the exact conditional test of two rates: Przyborowski and Wilenski, Biometrika 31, 1940). Look k may be
wrong with probability alpha / (k (k + 1)); over all looks these add up to alpha (Bonferroni), so that looking often
raises no more false alarms. That is alpha spending (Lan and DeMets, Biometrika 70, 1983), and needs no plan of how
many looks there will be.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

from scipy.special import bdtrc

from moderation.events import Action, Scalar
from moderation.release.decided import Decided

ACTING: tuple[Action, ...] = ("remove", "restrict", "hold")
"""Actions that keep a post from readers."""

GROWTH = 1.25
"""A look every time the canary has decided so many times more: 25 % more than needed, at most, before an alarm."""

REMEMBERED = 300_000
"""How many authors are remembered: some 50 MB."""

Subject = Literal["acts", "asks for review"]


@dataclass(slots=True)
class Counts:
    """Decisions of one policy, and those of them that act and that ask for review."""

    posts: int = 0
    acted: int = 0
    reviewed: int = 0


@dataclass(frozen=True, slots=True)
class Excess:
    """A canary that does something too often. `chance` is how likely that is where it does it no more often."""

    subject: Subject
    canary: tuple[int, int]
    live: tuple[int, int]
    chance: float

    def __str__(self) -> str:
        (of_canary, by_canary), (of_live, by_live) = self.canary, self.live
        return (
            f"the canary {self.subject} on {of_canary} of {by_canary} authors' posts ({of_canary / by_canary:.1%}), "
            f"the live policy on {of_live} of {by_live} ({of_live / by_live:.1%}); "
            f"by chance that happens {self._odds()}"
        )

    def values(self) -> dict[str, Scalar]:
        """The numbers behind it."""
        (of_canary, by_canary), (of_live, by_live) = self.canary, self.live
        return {
            "canary": of_canary,
            "canary_posts": by_canary,
            "live": of_live,
            "live_posts": by_live,
            "chance": self.chance,
        }

    def _odds(self) -> str:
        return f"once in {1 / self.chance:,.0f} times" if self.chance > 1e-6 else "less than once in a million times"


class CanaryWatch:
    """Counts what live policy and canary decide, and says when the canary does too much.

    The canary is chosen by author, and an author who posts a hundred times is one piece of evidence, not a hundred:
    of each author the first final decision of an hour counts. `alpha` is how likely a false alarm is, ever, for a
    canary whose rates are at most `ratio` times the live policy's; `min_posts` each policy has decided before the
    first look.
    """

    def __init__(self, live: str, canary: str, *, alpha: float, min_posts: int, ratio: float) -> None:
        self.counts = {live: Counts(), canary: Counts()}
        self._live, self._canary = self.counts[live], self.counts[canary]
        self._alpha, self._ratio = alpha, ratio
        self._min_posts = min_posts
        self._looks = 0
        self._next_look = float(min_posts)
        self._hours: OrderedDict[tuple[str | None, str], int] = OrderedDict()

    def add(self, decided: Decided, at: float) -> Excess | None:
        """Count a decision made at `at`, in seconds since the epoch; the excess, if there is one at this look."""
        counts = self.counts.get(decided.policy_hash or "")
        if counts is None or decided.stage != "final" or decided.action == "withdrawn" or self._known(decided, at):
            return None
        counts.posts += 1
        counts.acted += decided.action in ACTING
        counts.reviewed += decided.action == "review"
        if self._canary.posts < self._next_look or self._live.posts < self._min_posts:
            return None
        self._next_look = self._canary.posts * GROWTH
        self._looks += 1
        return self._look(self._alpha / (self._looks * (self._looks + 1)))

    def _known(self, decided: Decided, at: float) -> bool:
        # Of each policy: just before the workers switch, the live one still decides for authors of the canary.
        author, hour = (decided.policy_hash, decided.author_id or decided.post_id), int(at // 3600)
        known = self._hours.get(author) == hour
        self._hours[author] = hour
        self._hours.move_to_end(author)
        if len(self._hours) > REMEMBERED:
            self._hours.popitem(last=False)
        return known

    def _look(self, level: float) -> Excess | None:
        live, canary = self._live, self._canary
        both: tuple[tuple[Subject, int, int], ...] = (
            ("acts", canary.acted, live.acted),
            ("asks for review", canary.reviewed, live.reviewed),
        )
        for subject, of_canary, of_live in both:
            chance = chance_of(of_canary, canary.posts, of_live, live.posts, self._ratio)
            if chance <= level / len(both):
                return Excess(subject, (of_canary, canary.posts), (of_live, live.posts), chance)
        return None


def chance_of(of_canary: int, by_canary: int, of_live: int, by_live: int, ratio: float = 1.0) -> float:
    """How likely so many or more by the canary are where its rate is `ratio` times the live policy's.

    `scipy.stats.binomtest(..., alternative="greater")`, whose import would hold up a worker for a second.
    """
    if of_canary == 0:
        return 1.0
    share = ratio * by_canary / (ratio * by_canary + by_live)
    return float(bdtrc(of_canary - 1, of_canary + of_live, share))

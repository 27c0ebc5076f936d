"""The record that a test is about: made of values, or of a post and the scores that a model gave it."""

from collections.abc import Callable, Mapping, Sequence

from pydantic import ValidationError

from moderation.errors import PolicyError
from moderation.events import Scalar
from moderation.policy.circumstances import Circumstances
from moderation.policy.model import Policy
from moderation.policy.synthetic import Given, given_of
from moderation.policy.testing.suite import Suite
from moderation.signals import SIGNALS

Scores = Mapping[str, Scalar]
"""Signals and attributes by name."""

Scorer = Callable[[Sequence[str]], Sequence[Scores]]
"""Texts to what the text lane makes of them, in order."""

NOTHING_FOUND: dict[str, Scalar] = {
    **{name: 0.0 for name, own in SIGNALS.items() if own.lane == "text" and own.type == "score"},
    "text.truncated": False,
    "text.understood": True,
}
"""What a test without a post starts from: no score is high. Language and length are unknown unless given."""

_AGE = "author.first_seen"


def records(suite: Suite, policy: Policy, scorer: Scorer) -> list[Given]:
    """A record per test, with what is remembered: nobody has done anything, unless given; how long ago an author
    first came is unknown. Breakers are closed unless named. `scorer` is asked once, for all posts.

    Raises `PolicyError` for what no post can be.
    """
    nothing_done = {name: 0 for name in policy.program.remembers if name != _AGE}
    texts = [str(case.post.get("text", "")) for case in suite.cases if case.post is not None]
    scored = iter(scorer(texts) if texts else ())
    found = []
    for case, line in zip(suite.cases, suite.lines, strict=True):
        known = {**nothing_done, **(NOTHING_FOUND if case.post is None else next(scored)), **case.given}
        try:
            kept = {name: value for name, value in known.items() if name not in case.unknown}
            given = given_of(kept, case.lanes, case.post)
            found.append(Given(given.record, Circumstances(given.under.state, frozenset(case.breakers))))
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, own['loc']))}: {own['msg']}" for own in error.errors())
            raise PolicyError(f"{suite.file}:{line}: {case.name}: {problems}") from None
    return found

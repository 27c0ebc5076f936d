"""Whether a condition can hold, fail, or imply another: interval reasoning over checked trees, on the safe side.

A condition holds when three-valued logic makes it true (`threevalued`). What is refuted here cannot occur for any
record; what is not refuted may still be impossible.
"""

from moderation.policy.lint.logic.box import Box
from moderation.policy.lint.logic.goals import Claim, Goal, Ignorance
from moderation.policy.lint.logic.search import Search

__all__ = ["Box", "Claim", "Goal", "Ignorance", "Search"]

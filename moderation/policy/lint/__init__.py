"""What is allowed in a policy and still looks wrong: rules without effect, names without a source, loose ends.

A warning that says "never" or "always" is proven, not guessed (`logic`).
"""

from moderation.policy.lint.checks import CHECKS
from moderation.policy.lint.finding import Finding
from moderation.policy.lint.installed import Installed, Provided
from moderation.policy.lint.run import lint

__all__ = ["CHECKS", "Finding", "Installed", "Provided", "lint"]

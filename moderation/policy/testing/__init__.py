"""Tests of a policy: given these values, or this post, expect this decision; and whether the tests would notice."""

from moderation.policy.testing.coverage import Coverage, coverage
from moderation.policy.testing.mutation import Mutation, mutate
from moderation.policy.testing.running import Result, run
from moderation.policy.testing.suite import Case, Expected, Suite, load_suite

__all__ = [
    "Case",
    "Coverage",
    "Expected",
    "Mutation",
    "Result",
    "Suite",
    "coverage",
    "load_suite",
    "mutate",
    "run",
]

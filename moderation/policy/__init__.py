"""The policy: rules in YAML over what lanes and platform know of a post, compiled, and decided without side effects."""

from moderation.errors import PolicyError
from moderation.policy.circumstances import Circumstances
from moderation.policy.evaluation import Outcome, evaluate, human_decision
from moderation.policy.loader import load_policy, parse_policy
from moderation.policy.model import Exemption, LaneRules, Policy, Queue, Rule
from moderation.policy.problems import Problem

__all__ = [
    "Circumstances",
    "Exemption",
    "LaneRules",
    "Outcome",
    "Policy",
    "PolicyError",
    "Problem",
    "Queue",
    "Rule",
    "evaluate",
    "human_decision",
    "load_policy",
    "parse_policy",
]

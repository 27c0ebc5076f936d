"""The checks: one file each, listed here."""

from moderation.policy.lint.checks import (
    always_exempt,
    always_fires,
    contradicts,
    duplicate,
    idle_breaker,
    idle_exemption,
    needless_part,
    never_fires,
    no_bank,
    no_default,
    no_model,
    no_reason,
    no_strikes,
    not_calibrated,
    other_model,
    out_of_reach,
    shadowed,
    unknown_code,
    unused,
)
from moderation.policy.lint.finding import Check

CHECKS: dict[str, Check] = {
    module.CHECK.code: module.CHECK
    for module in (
        never_fires,
        always_fires,
        needless_part,
        duplicate,
        shadowed,
        contradicts,
        always_exempt,
        idle_exemption,
        idle_breaker,
        no_model,
        no_bank,
        not_calibrated,
        out_of_reach,
        other_model,
        no_default,
        no_strikes,
        no_reason,
        unused,
        unknown_code,
    )
}
"""Code -> check."""

__all__ = ["CHECKS"]

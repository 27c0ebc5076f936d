"""What the tests of backtests share."""

from tests.unit.policy.conftest import later_lanes

__all__ = ["later_lanes"]

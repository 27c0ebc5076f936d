"""What the tests of policies have."""

from tests.unit.policy.conftest import later_lanes

__all__ = ["later_lanes"]

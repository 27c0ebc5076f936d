"""Circuit breakers at work: what they count, when they trip, and when they let posts through again."""

from moderation.breakers.breakers import Breakers
from moderation.breakers.states import BreakerState, breaker_states

__all__ = ["BreakerState", "Breakers", "breaker_states"]

"""What evidence cannot show."""

import math


class Refused(Exception):
    """Evidence that a threshold cannot be taken from. The message goes on after its name; `hint` says what to do."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def percent(share: float, down: bool = False) -> str:
    """With one decimal, more where that would read 100 %. `down` never says more than there is."""
    digits = 1 if share < 0.9995 or share == 1.0 else 3
    scaled = share * 100 * 10**digits
    return f"{(math.floor(scaled + 1e-6) if down else round(scaled)) / 10**digits:g} %"

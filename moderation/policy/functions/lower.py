"""`lower`"""

from moderation.policy.functions.base import Function


def _bounds(value: str | None) -> str | None:
    return None if value is None else value.lower()


FUNCTION = Function(
    "lower", ("string",), "string", exact=str.lower, bounds=_bounds, meaning="the text in small letters"
)

"""The value of a message as the record that it should be."""

from typing import TypeVar

from pydantic import ValidationError

from moderation.errors import InvalidEvent
from moderation.events import Event

_Event = TypeVar("_Event", bound=Event)


def read_event(model: type[_Event], value: bytes | None, what: str) -> _Event:
    """The record. Raises `InvalidEvent`, which names `what` it is not, the first field that is wrong, and why."""
    try:
        return model.model_validate_json(value or b"")
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, problem["loc"])) or "value"
        raise InvalidEvent(f"not a valid {what}: {where}: {problem['msg']}") from None

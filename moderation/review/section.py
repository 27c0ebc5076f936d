"""What sections of the desk's rules are made of."""

import re
from datetime import timedelta
from types import NoneType
from typing import Annotated, Any, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

_DURATION = re.compile(r"([0-9]{1,6})(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LONGEST = timedelta(days=4000)


class Section(BaseModel):
    """A mapping whose keys are fixed and have defaults: a section that is left empty has them all."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _empty(cls, value: Any) -> Any:
        """What is left empty has its default, unless nothing is a value there."""
        if not isinstance(value, dict):
            return {} if value is None else value
        fields = cls.model_fields
        empty = {key for key, given in value.items() if given is None and key in fields}
        kept = {key for key in empty if NoneType in get_args(fields[key].annotation)}
        return {key: given for key, given in value.items() if key not in empty - kept}


def _duration(value: Any) -> Any:
    if value is None or isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    found = timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else None
    if found is None or not timedelta(0) < found <= _LONGEST:
        raise ValueError("no time; write 90s, 15m, 2h or 30d")
    return found


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": f"^{_DURATION.pattern}$", "examples": ["90s", "15m", "2h", "30d"]}),
]
"""`90s`, `15m`, `2h`, `30d`: above nothing."""

NONE = BeforeValidator(lambda value: None if value == "none" else value)
"""In the annotation of what may be absent: the word `none` says so."""

Factor = Annotated[float, Field(gt=0.0, le=1000.0)]
"""What a term of the priority is multiplied by: 1 changes nothing."""

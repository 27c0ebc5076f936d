"""A time before now on the command line: `30m`, `1h`, `7d`."""

import re
from datetime import timedelta

import click

_WRITTEN = re.compile(r"(\d{1,5})([smhd])")  # 99999 days ago is still a date
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class _Ago(click.ParamType):
    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = _WRITTEN.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"{value!r} is no time: write 30s, 30m, 1h or 7d", param, ctx)
        return timedelta(**{_UNITS[found[2]]: int(found[1])})


AGO = _Ago()

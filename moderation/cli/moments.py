"""A moment on the command line: `2026-03-01`, `2026-03-01T12:00`, or so long ago: `7d`."""

from datetime import UTC, datetime

import click

from moderation.cli.policy.ago import AGO


class _Moment(click.ParamType):
    """UTC where no zone is given."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        text = str(value).strip()
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            try:
                return datetime.now(UTC) - AGO.convert(text, param, ctx)
            except (click.BadParameter, OverflowError):
                self.fail(
                    f"{value!r} is no time: write 2026-03-01, 2026-03-01T12:00Z, or 7d for a week ago", param, ctx
                )
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


MOMENT = _Moment()

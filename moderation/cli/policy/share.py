"""A share of the authors on the command line: `5%`."""

import click


class _Share(click.ParamType):
    """More than 0 and less than 100 %; also as 0.05. A number without the sign must be below 1: 5 may mean either."""

    name = "share"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        text = str(value).strip()
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            share = -1.0
        if not 0 < share < 1:
            self.fail(f"{value!r} is no share of the authors: write 5%, more than 0% and less than 100%", param, ctx)
        return share


SHARE = _Share()

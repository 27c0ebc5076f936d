"""A group of verbs, one module each, of which only the one that is used is imported."""

import difflib
import importlib
import keyword
from collections.abc import Mapping
from typing import Any

import click

from moderation.cli.printable import printable


class Verbs(click.Group):
    """Imports a verb's module only when it is used: a verb must not pay for another's dependencies.

    `verbs` maps each verb to its line in the help; verb `dead-letters` is `command` in `package`.dead_letters,
    `import` in `package`.import_.
    """

    def __init__(self, *args: Any, package: str, verbs: Mapping[str, str], **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.package, self.verbs = package, verbs

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.verbs)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.verbs:
            return None
        module_name = name.replace("-", "_") + "_" * keyword.iskeyword(name)
        module = importlib.import_module(f"{self.package}.{module_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.verbs and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], self.verbs, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"one of: {', '.join(self.verbs)}"
            raise click.UsageError(f"there is no '{printable(args[0], 60)}'; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(self.verbs.items()))

"""A group of verbs, one module each, of which only the one that is used is imported."""

import importlib
import keyword
from collections.abc import Mapping
from typing import Any

import click


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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(self.verbs.items()))

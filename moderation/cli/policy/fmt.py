"""`moderation policy fmt`: policy files in one style."""

import difflib
import sys
from pathlib import Path

import click

from moderation import settings
from moderation.cli.printable import printable
from moderation.errors import PolicyError
from moderation.policy.fmt.files import Formatted, format_files


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@click.option("--check", is_flag=True, help="Change nothing; name the files that are not in style and exit with 1.")
@click.option("--diff", is_flag=True, help="Change nothing; show what would change.")
def command(files: tuple[Path, ...], check: bool, diff: bool) -> None:
    """Bring policy files and those they include into one style; test files, too.

    Without FILE: the policy that workers use (MODERATION_POLICY) and the tests beside it. What a file means, its
    comments and its texts stay as they are. A file that cannot be read as YAML is named and left alone.
    """
    found: dict[Path, Formatted] = {}
    errors: list[PolicyError] = []
    for file in files or _configured():
        for result in format_files(file):
            if isinstance(result, PolicyError):
                errors.append(result)
            else:
                found.setdefault(result.path, result)
    changed = [result for result in found.values() if result.changed]
    for result in changed:
        if diff:
            _show(result)
        if not (check or diff):
            result.write()
        if check or not diff:
            click.echo(f"{result.path}: {'not in style' if check else 'formatted'}")
    if errors:
        click.echo("\n\n".join(dict.fromkeys(map(str, errors))), err=True)
    if not changed and not errors:
        click.echo(f"{len(found)} file{'s' * (len(found) != 1)} in style already")
    if errors or (check and changed):
        sys.exit(1)


def _configured() -> list[Path]:
    policy = settings.load().policy
    return [policy, *sorted((policy.parent / "tests").glob("*.yaml"))]


def _show(result: Formatted) -> None:
    before, after = (text.splitlines() for text in (result.before, result.after))
    for line in difflib.unified_diff(before, after, str(result.path), f"{result.path} (in style)", lineterm=""):
        click.echo(printable(line))
    if before == after:
        click.echo(f"{result.path}: only line ends, the last line or a byte order mark would change")

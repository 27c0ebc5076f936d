"""`moderation policy check`: every problem of a policy file, with its place."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from moderation import settings
from moderation.errors import PolicyError
from moderation.policy import Policy, Problem, load_policy


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON: a list with an entry per file.")
def command(files: tuple[Path, ...], as_json: bool) -> None:
    """Check policy files; without FILE the one that workers use (MODERATION_POLICY).

    Prints every problem with file, line and column, and exits with 1 when there is one.
    """
    results = [_checked(file) for file in files or (settings.load().policy,)]
    if as_json:
        click.echo(json.dumps([_as_json(file, found) for file, found in results], indent=2, ensure_ascii=False))
    else:
        for file, found in results:
            if isinstance(found, PolicyError):
                count = len(found.problems)
                click.echo(f"{found}\n\n{file}: {count} problem{'s' * (count != 1)}", err=True)
            else:
                click.echo(
                    f"{file}: ok: policy '{found.name}', {len(found.rules)} rules, "
                    f"{len(found.exemptions)} exemptions, hash {found.hash[:12]}"
                )
    if any(isinstance(found, PolicyError) for _, found in results):
        sys.exit(1)


def _checked(file: Path) -> tuple[Path, Policy | PolicyError]:
    try:
        return file, load_policy(file)
    except PolicyError as error:
        return file, error


def _problems(error: PolicyError) -> list[Problem]:
    return [problem for problem in error.problems if isinstance(problem, Problem)]


def _as_json(file: Path, found: Policy | PolicyError) -> dict[str, Any]:
    if isinstance(found, PolicyError):
        return {"file": str(file), "ok": False, "problems": list(map(asdict, _problems(found)))}
    return {
        "file": str(file),
        "ok": True,
        "policy": found.name,
        "hash": found.hash,
        "rules": len(found.rules),
        "exemptions": len(found.exemptions),
        "problems": [],
    }

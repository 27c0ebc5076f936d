"""`moderation policy check`: every problem of a policy file, with its place."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from moderation import settings
from moderation.cli.policy.warnings import as_json as warning_as_json
from moderation.cli.policy.warnings import models, warnings_of
from moderation.errors import PolicyError
from moderation.policy import Policy, Problem, load_policy
from moderation.policy.audit import in_words
from moderation.policy.lint import Finding
from moderation.policy.quotas import allowed, guarded


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings, too.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON: a list with an entry per file.")
def command(files: tuple[Path, ...], strict: bool, as_json: bool) -> None:
    """Check policy files; without FILE the one that workers use (MODERATION_POLICY).

    Prints every problem with file, line and column, and exits with 1 when there is one. A policy without problems
    is examined further: for rules that can never fire, that others make needless, and the like.
    """
    results = [_checked(file) for file in files or (settings.load().policy,)]
    warned = {file: warnings_of(found, file) for file, found in results if isinstance(found, Policy)}
    if as_json:
        entries = [_as_json(file, found, warned.get(file, ())) for file, found in results]
        click.echo(json.dumps(entries, indent=2, ensure_ascii=False))
    else:
        for file, found in results:
            if isinstance(found, PolicyError):
                count = len(found.problems)
                click.echo(f"{found}\n\n{file}: {count} problem{'s' * (count != 1)}", err=True)
            else:
                rules, exemptions = len(found.rules), len(found.exemptions)
                click.echo(
                    f"{file}: ok: policy '{found.name}', {rules} rule{'s' * (rules != 1)}, "
                    f"{exemptions} exemption{'s' * (exemptions != 1)}, hash {found.hash[:12]}"
                )
                for name, origin in found.list_files.items():
                    count = len(found.lists[name])
                    click.echo(f"  list {name}: {count:,} term{'s' * (count != 1)} from {', '.join(origin)}")
                for own in found.resolved:
                    click.echo(f"  {own}")
                for name, breaker in found.breakers.items():
                    click.echo(f"  breaker {name}: {guarded(breaker)}, {allowed(breaker)}")
                if found.audit is not None:
                    click.echo(f"  audit: {in_words(found.audit)}")
                if count := len(warned[file]):
                    text = "\n\n".join(map(str, warned[file]))
                    click.echo(f"{text}\n\n{file}: {count} warning{'s' * (count != 1)}", err=True)
        if warned and (unchecked := models()[1]):
            click.echo(unchecked, err=True)
    if any(isinstance(found, PolicyError) for _, found in results) or (strict and any(warned.values())):
        sys.exit(1)


def _checked(file: Path) -> tuple[Path, Policy | PolicyError]:
    try:
        return file, load_policy(file)
    except PolicyError as error:
        return file, error


def _problems(error: PolicyError) -> list[Problem]:
    return [problem for problem in error.problems if isinstance(problem, Problem)]


def _as_json(file: Path, found: Policy | PolicyError, warned: tuple[Finding, ...]) -> dict[str, Any]:
    if isinstance(found, PolicyError):
        return {"file": str(file), "ok": False, "problems": list(map(asdict, _problems(found)))}
    return {
        "file": str(file),
        "ok": True,
        "policy": found.name,
        "hash": found.hash,
        "rules": len(found.rules),
        "exemptions": len(found.exemptions),
        "files": list(map(str, found.files)),
        "lists": {name: len(terms) for name, terms in found.lists.items()},
        "breakers": {name: f"{guarded(own)}, {allowed(own)}" for name, own in found.breakers.items()},
        "audit": None if found.audit is None else in_words(found.audit),
        "resolved": list(map(asdict, found.resolved)),
        "problems": [],
        "warnings": list(map(warning_as_json, warned)),
    }

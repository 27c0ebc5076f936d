"""What a policy must pass to be released: check, warnings, tests, another pair of eyes."""

from collections.abc import Sequence
from pathlib import Path

import click

from moderation import settings
from moderation.cli.policy.candidate import Candidate
from moderation.cli.policy.test import failure, tested, tests_of
from moderation.cli.policy.warnings import models
from moderation.errors import ReleaseError
from moderation.events import PublishedPolicy
from moderation.policy.lint import lint
from moderation.policy.testing import load_suite


def require_no_warnings(new: Candidate, strict: bool) -> None:
    """Show what `moderation policy check` warns of. Raises `ReleaseError` if there is something and `strict`."""
    installed, unchecked = models()
    warnings = lint(new.policy, new.texts, installed)
    for text in (*map(str, warnings), unchecked):
        if text:
            click.echo(text, err=True)
    if warnings and strict:
        count = len(warnings)
        raise ReleaseError(
            f"not released: {new.name} has {count} warning{'s' * (count != 1)}, and --strict refuses them"
        )


def require_tests(new: Candidate, given: Sequence[Path]) -> None:
    """Run the tests of a policy: those given, or those in the folder `tests` beside its file.

    Raises `ReleaseError` when there are none or one fails.
    """
    files = tuple(given) or tests_of(new.file)
    if not files:
        where = f"in {new.file.parent / 'tests'}" if new.file else "known of a published policy"
        raise ReleaseError(
            f"not released: {new.name} has no tests {where}; name them with --tests FILE, or say "
            "--without-tests REASON, which stands in the history"
        )
    for file in files:
        _require(new, file)


def require_other_eyes(known: PublishedPolicy | None, name: str, by: str) -> None:
    """Raises `ReleaseError` unless another than `by` has proposed the policy."""
    author = known.author if known else None
    if author is None:
        raise ReleaseError(
            f"not released: nobody has proposed {name}, and MODERATION_RELEASE_FOUR_EYES asks that another than the "
            "author releases; its author runs: moderation policy propose FILE"
        )
    if author.strip().casefold() == by.strip().casefold():
        raise ReleaseError(
            f"not released: {author} has proposed {name}, and MODERATION_RELEASE_FOUR_EYES asks that another than the "
            "author releases"
        )


def _require(new: Candidate, file: Path) -> None:
    _, results = tested(load_suite(file), new.policy, settings.load())
    failed = [result for result in results if result.differences]
    for result in failed:
        click.echo(failure(file, result), err=True)
    if failed:
        raise ReleaseError(f"not released: {len(failed)} of {len(results)} tests of {file} fail")
    click.echo(f"{file}: {len(results)} test{'s' * (len(results) != 1)} passed")

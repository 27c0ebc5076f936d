"""`moderation policy test`: whether a policy decides as its tests say, and whether they would notice a mistake."""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from moderation import settings
from moderation.cli.policy.scoring import Scoring
from moderation.cli.policy.texts import texts_of
from moderation.errors import PolicyError
from moderation.policy import Policy, load_policy
from moderation.policy.lint.places import Places
from moderation.policy.synthetic import Given
from moderation.policy.testing import Coverage, Mutation, Result, Suite, coverage, load_suite, mutate, run
from moderation.policy.testing.mutation import Survivor
from moderation.policy.testing.records import records
from moderation.policy.testing.suite import misfits


@dataclass(frozen=True, slots=True)
class _Report:
    suite: Suite
    policy: Policy
    results: list[Result]
    coverage: list[Coverage]
    mutation: Mutation | None

    @property
    def failed(self) -> list[Result]:
        return [result for result in self.results if result.differences]

    @property
    def gaps(self) -> list[Coverage]:
        return [own for own in self.coverage if not own.complete]


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0),
    default=20.0,
    show_default=True,
    help="Time for trying mistakes; 0: none.",
)
@click.option("--strict", is_flag=True, help="Exit with 1 also for rules not covered and mistakes not noticed.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON: a list with an entry per file.")
def command(files: tuple[Path, ...], seconds: float, strict: bool, as_json: bool) -> None:
    """Run the tests of policies: FILE is a file of tests, or a policy with tests in the folder `tests` beside it.

    Without FILE all those beside the policy that workers use are run (MODERATION_POLICY).
    When all tests of a file pass, small mistakes are made in the policy, one at a time - a threshold moved, a
    clause dropped, another action - and those that no test notices are shown. Exits with 1 when a test fails.
    """
    configured = settings.load()
    meant = tuple(own for file in files for own in tests_of(file) or (file,))
    found = tuple(dict.fromkeys(meant)) or tuple(sorted((configured.policy.parent / "tests").glob("*.yaml")))
    if not found:
        folder = configured.policy.parent / "tests"
        raise PolicyError(
            f"{folder}: no tests there\n   looked in {folder.absolute()}; "
            "name a file of tests, or set MODERATION_POLICY to the policy that they stand beside"
        )
    reports = [_report(file, configured, seconds / len(found)) for file in found]
    if as_json:
        click.echo(json.dumps(list(map(_as_json, reports)), indent=2, ensure_ascii=False))
    else:
        for report in reports:
            _print(report)
    wanting = any(report.gaps or (report.mutation and report.mutation.survivors) for report in reports)
    if any(report.failed for report in reports) or (strict and wanting):
        sys.exit(1)


def _report(file: Path, configured: settings.Settings, seconds: float) -> _Report:
    suite = load_suite(file)
    policy = load_policy(suite.policy)
    made, results = tested(suite, policy, configured)
    mutation = None
    if seconds and not any(result.differences for result in results):
        cases = [(case.expect, record) for case, record in zip(suite.cases, made, strict=True)]
        mutation = mutate(cases, policy, seconds)
    return _Report(suite, policy, results, coverage(made, policy), mutation)


def tests_of(file: Path | None) -> tuple[Path, ...]:
    """The files of tests, in the folder `tests` beside a policy, that are about it. Raises `PolicyError`."""
    if file is None:
        return ()
    found = sorted((file.parent / "tests").glob("*.yaml"))
    return tuple(own for own in found if load_suite(own).policy.resolve() == file.resolve())


def tested(suite: Suite, policy: Policy, configured: settings.Settings) -> tuple[list[Given], list[Result]]:
    """What every test is about, and what came of it. Raises `PolicyError` for tests that do not fit the policy."""
    if wrong := misfits(suite, policy):
        raise PolicyError("\n".join(wrong))
    made = records(suite, policy, Scoring(suite.file.with_suffix(".scores.json"), configured))
    return made, run(suite.cases, suite.lines, made, policy)


def failure(file: Path, result: Result) -> str:
    """A test that failed, and how."""
    lines = "\n".join(f"      {line}" for line in result.differences)
    return f"{file}:{result.line}: {result.name}: FAILED\n{lines}\n"


def _print(report: _Report) -> None:
    for result in report.failed:
        click.echo(failure(report.suite.file, result))
    count, failed = len(report.results), len(report.failed)
    click.echo(f"{report.suite.file}: {count} test{'s' * (count != 1)}, {failed} failed")
    click.echo(f"  rules covered: {len(report.coverage) - len(report.gaps)} of {len(report.coverage)}")
    for own in report.gaps:
        seen = f"fired in {own.fired}, not in {own.not_fired}, undetermined in {own.undetermined}"
        click.echo(f"    {own.rule}: {seen}")
    if report.mutation is None:
        return
    noticed = report.mutation.tried - len(report.mutation.survivors)
    left = f"; {report.mutation.left} left for want of time" if report.mutation.left else ""
    unseen = "; no test would notice:" if report.mutation.survivors else ""
    click.echo(f"  mistakes noticed: {noticed} of {report.mutation.tried}{left}{unseen}")
    places = Places(texts_of(report.policy, report.suite.policy))
    for survivor in report.mutation.survivors:
        click.echo(f"    {_place(places, survivor)}: {survivor.rule}: {survivor.change}")


def _place(places: Places, survivor: Survivor) -> str:
    problem = (
        places.declaration("", "signals", survivor.rule, "")
        if survivor.derived
        else places.rule("", survivor.rule, "when", "")
    )
    assert problem is not None  # no comment ignores a nameless code
    return f"{problem.file}:{problem.line}"


def _as_json(report: _Report) -> dict[str, Any]:
    mutation = report.mutation
    places = Places(texts_of(report.policy, report.suite.policy))
    return {
        "file": str(report.suite.file),
        "policy": report.policy.name,
        "hash": report.policy.hash,
        "ok": not report.failed,
        "tests": list(map(asdict, report.results)),
        "coverage": list(map(asdict, report.coverage)),
        "mutation": None
        if mutation is None
        else {
            "tried": mutation.tried,
            "left": mutation.left,
            "survivors": [{**asdict(own), "place": _place(places, own)} for own in mutation.survivors],
        },
    }

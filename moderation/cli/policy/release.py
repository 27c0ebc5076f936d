"""`moderation policy release`: put a policy in force, for all, for some, or without effect."""

from pathlib import Path

import click

from moderation import settings
from moderation.cli import options
from moderation.cli.policy import releasing
from moderation.cli.policy.candidate import candidate
from moderation.cli.policy.gate import require_no_warnings, require_other_eyes, require_tests
from moderation.cli.policy.share import SHARE
from moderation.release import steps


@click.command()
@click.argument("new")
@click.option("--shadow", is_flag=True, help="It decides beside the others, without effect.")
@click.option("--canary", type=SHARE, metavar="SHARE", help="It decides for this share of the authors, such as 5%.")
@click.option("--live", is_flag=True, help="It decides for everybody.")
@click.option(
    "--tests",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Its tests; default: those in the folder 'tests' beside it.",
)
@click.option("--without-tests", metavar="REASON", help="Release without tests; the reason stands in the history.")
@click.option("--strict", is_flag=True, help="Refuse a policy that `check` warns of.")
@releasing.signing
@options.bootstrap
def command(
    new: str,
    shadow: bool,
    canary: float | None,
    live: bool,
    tests: tuple[Path, ...],
    without_tests: str | None,
    strict: bool,
    by: str | None,
    note: str | None,
    bootstrap: str | None,
) -> None:
    """Release NEW, a policy file or the hash of a published policy: --shadow, --canary SHARE or --live.

    It is refused when the check or a test fails. All workers switch within two seconds. `withdraw` takes a canary or
    a shadow back, `rollback` makes the policy live again that was live before.
    """
    if shadow + live + (canary is not None) != 1:
        raise click.UsageError("say one of --shadow, --canary SHARE, --live")
    if without_tests is not None and (tests or not without_tests.strip()):
        raise click.UsageError("--without-tests takes a reason, and no --tests beside it")
    untested = f"without tests: {without_tests}" if without_tests else None
    signed = releasing.signed(by, note, untested)
    with releasing.policies_topic(bootstrap) as topic:
        log = topic.read()
        chosen = candidate(new, log)
        name = chosen.policy.hash
        if shadow:
            release = steps.shadow(log.current, name, signed)
        elif canary is not None:
            release = steps.canary(log.current, name, canary, signed)
        else:
            release = steps.live(log.current, name, signed)
        if settings.load().release_four_eyes:
            require_other_eyes(log.policies.get(name), chosen.name, signed.by)
        require_no_warnings(chosen, strict)
        if not untested:
            require_tests(chosen, tests)
        releasing.make(topic, log, release, chosen.policy)

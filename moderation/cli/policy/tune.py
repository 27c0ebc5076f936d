"""`moderation policy tune`: the trade-off of a threshold on judged posts, and a proposal."""

import json
from dataclasses import replace
from pathlib import Path

import click

from moderation import settings
from moderation.cli.policy.curve import svg
from moderation.cli.policy.installed import operating_points
from moderation.cli.policy.tradeoff import as_values, lines_of
from moderation.cli.printable import printable
from moderation.errors import ConfigurationError, ModelError, PolicyError
from moderation.policy import load_policy
from moderation.policy.evidence.columns import Columns
from moderation.policy.evidence.refused import Refused
from moderation.policy.evidence.subject import Subject
from moderation.policy.evidence.tradeoff import GRID, Prices, rows
from moderation.policy.evidence.tuning import tune

_COST = click.FloatRange(min=0)
_SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)


@click.command()
@click.argument("name", metavar="SIGNAL_OR_RULE")
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[POLICY]")
@click.option("--labels", required=True, type=click.Path(path_type=Path), metavar="FILE", help="Judged posts.")
@click.option("--cost-of-miss", type=_COST, help="What it costs to leave a post alone that the rule should catch.")
@click.option("--cost-of-mistake", type=_COST, help="What it costs to act on a post that is fine.")
@click.option("--minutes-per-review", type=_COST, help="How long a human looks at a post.")
@click.option("--cost-of-hour", type=_COST, help="What an hour of reviewing costs.")
@click.option("--per-day", type=click.FloatRange(min=0, min_open=True), help="Posts a day; else figures are per 1,000.")
@click.option(
    "--precision",
    type=_SHARE,
    help="Instead of costs: propose the lowest threshold that is so often right.",
)
@click.option("--signal", help="Of a rule with several thresholds: the signal.")
@click.option("--threshold", type=float, help="Of a rule with several thresholds on one signal: which.")
@click.option("--score", metavar="COLUMN", help="Scores; default: the signal's name, or 'score'.")
@click.option("--label", metavar="COLUMN", help="Judgements; default: 'label', or 'label.reasons' of a history.")
@click.option("--category", metavar="WORD", help="Where judgements are words: the one that counts.")
@click.option("--weight", metavar="COLUMN", help="How many posts each stands for; default: 'weight', if there.")
@click.option("--probability", metavar="COLUMN", help="The chance at which each was picked for judging.")
@click.option("--prevalence", type=_SHARE, help="The share of all posts that is right, where FILE has another.")
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Draw it, as SVG.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(
    name: str,
    file: Path | None,
    labels: Path,
    cost_of_miss: float | None,
    cost_of_mistake: float | None,
    minutes_per_review: float | None,
    cost_of_hour: float | None,
    per_day: float | None,
    precision: float | None,
    signal: str | None,
    threshold: float | None,
    score: str | None,
    label: str | None,
    category: str | None,
    weight: str | None,
    probability: str | None,
    prevalence: float | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Show what each threshold of a signal, or of a rule, would bring and cost, by posts that people have judged.

    Of a rule its one threshold is varied and the rest of its condition kept; FILE then needs the columns of a history.
    With costs or --precision a threshold is proposed. The policy is not changed.
    """
    path = file or settings.load().policy
    policy = load_policy(path)
    said = Columns("", score, label, category, weight, probability, prevalence=prevalence)
    given = Prices(cost_of_miss, cost_of_mistake, minutes_per_review, cost_of_hour, per_day)
    try:
        subject = Subject(policy, name, signal, threshold)
    except Refused as refused:
        raise click.BadParameter(f"{name}: {refused.message}; {refused.hint}") from None
    prices = subject.worth(given)
    try:
        examples = subject.examples(_read(labels), labels.name, said)
        tuned = tune(examples, prices, precision, subject.current, _others(subject.signal), category or subject.sought)
    except Refused as refused:
        raise PolicyError(f"{labels}: {refused.message}" + (f"\n   {refused.hint}" if refused.hint else "")) from None
    if plot is not None:
        _write(plot, svg(subject, rows(examples, GRID, prices), tuned, prices.per))
    if as_json:
        click.echo(json.dumps(as_values(subject, examples, tuned), indent=2, ensure_ascii=False))
        return
    if labels.suffix == ".json":
        ranges = "Scores are known by ranges only: a threshold inside one counts as its upper end."
        tuned = replace(tuned, doubts=(*tuned.doubts, ranges))
    if given != prices:
        tuned = replace(tuned, doubts=(*tuned.doubts, "Reviews cost nothing here: the rule sends no post to a human."))
    for line in lines_of(subject, path, labels, examples, tuned, prices):
        click.echo(printable(line))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise PolicyError(f"{file}: cannot be read: {error.strerror or error}") from None


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be written: {error.strerror}") from None


def _others(signal: str) -> dict[str, float]:
    """Where the installed models work by themselves."""
    try:
        return {f"{model} itself": at for model, at in operating_points(settings.load(), signal).items()}
    except ModelError:
        return {}

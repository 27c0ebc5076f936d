"""`moderation reviews`: follow what humans must look at, and answer it."""

from typing import TYPE_CHECKING, get_args

import click

from moderation.cli import options
from moderation.cli.following import following, places, show
from moderation.cli.printable import printable
from moderation.errors import ModerationError
from moderation.events import Action

if TYPE_CHECKING:
    from moderation.client import ModerationClient
    from moderation.events import ReviewItem


@click.group(invoke_without_command=True)
@options.bootstrap
@following
@click.option("--closed", is_flag=True, help="Show also what was taken back.")
@click.pass_context
def command(
    ctx: click.Context,
    bootstrap: str | None,
    as_json: bool,
    from_beginning: bool,
    limit: int | None,
    timeout: float | None,
    follow: bool,
    group: str | None,
    closed: bool,
) -> None:
    """Follow the review queue until Ctrl-C, or answer an item."""
    if ctx.invoked_subcommand is not None:
        return
    from moderation.client import ModerationClient

    with ModerationClient(options.kafka(bootstrap)) as client:
        reviews = client.reviews(**places(from_beginning, follow, timeout, group), closed=closed)
        show(reviews, limit, as_json, line)


@command.command()
@options.bootstrap
@click.argument("review_id", required=False)
@click.option("--post", "post_id", metavar="POST_ID", help="Answer the latest open item of this post instead.")
@click.option("--action", type=click.Choice(get_args(Action)), required=True, help="What shall happen to the post.")
@click.option("--reviewer", required=True, help="Who answers.")
@click.option("--because", "reasons", multiple=True, metavar="REASON", help="Why, e.g. hate; may be repeated.")
@click.option("--note", help="For other reviewers.")
def answer(
    bootstrap: str | None,
    review_id: str | None,
    post_id: str | None,
    action: Action,
    reviewer: str,
    reasons: tuple[str, ...],
    note: str | None,
) -> None:
    """Send a verdict on an open item, named by its id or by its post."""
    from moderation.client import ModerationClient

    if (review_id is None) == (post_id is None):
        raise click.UsageError("name either a REVIEW_ID or --post POST_ID")
    with ModerationClient(options.kafka(bootstrap)) as client:
        item = _find(client, review_id, post_id)
        verdict = client.verdict(item, action, reviewer, reasons, note)
    click.echo(f"{action} on post {printable(verdict.post_id, 60)}: verdict {verdict.verdict_id} is sent")


def line(item: "ReviewItem") -> str:
    """A review item for people: which, in which queue, why, and the beginning of its text."""
    state = "" if item.status == "open" else "closed  "
    chance = "random audit" if item.sampled is not None else "no reason given"
    why = ", ".join(item.reasons) or ", ".join(rule.rule for rule in item.rules) or chance
    where = f"{printable(item.review_id, 60)}  {printable(item.queue, 30)}  {printable(item.post_id, 60)}"
    return f"{state}{where}  {printable(why, 80)}  {printable(item.post.text, 80)}".rstrip()


def _find(client: "ModerationClient", review_id: str | None, post_id: str | None) -> "ReviewItem":
    found: dict[str, ReviewItem] = {}
    for item in client.reviews(from_beginning=True, follow=False, closed=True):
        if review_id == item.review_id or post_id == item.post_id:
            found.pop(item.review_id, None)
            found[item.review_id] = item
    asked = f"review item {printable(str(review_id))}" if review_id else f"item of post {printable(str(post_id))}"
    if not found:
        raise ModerationError(f"no {asked} is on the reviews topic; see: moderation reviews --no-follow")
    still_open = [item for item in found.values() if item.status == "open"]
    if not still_open:
        raise ModerationError(f"the {asked} has been closed: a later decision made it unnecessary")
    return still_open[-1]

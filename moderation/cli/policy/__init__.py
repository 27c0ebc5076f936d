"""`moderation policy`: what authors do with a policy file."""

import click

from moderation.cli.verbs import Verbs

VERBS: dict[str, str] = {
    "check": "Check policy files.",
    "schema": "Print the JSON Schema of a policy file, for editors.",
    "fmt": "Bring policy files into one style.",
    "explain": "Say in plain language what a rule does.",
    "test": "Run the tests of a policy, and try whether they notice mistakes.",
    "backtest": "Tell what a policy would have decided on posts of the past.",
    "tune": "Show what each threshold would bring and cost, and propose one.",
    "propose": "Publish a policy for somebody else to release.",
    "release": "Put a policy in force: in shadow, as a canary, or live.",
    "status": "Show what is in force, and compare how it decides.",
    "breakers": "Show which breakers are open, and how much of each quota is used.",
    "withdraw": "End a canary or a shadow.",
    "rollback": "Go back to the policy that was live before.",
    "history": "List every release.",
}
"""Verb -> its line in `moderation policy --help`. Each lives in `moderation/cli/policy/<verb>.py` as `command`."""


@click.group(cls=Verbs, package=__name__, verbs=VERBS, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Write, test and release a policy; the verbs in the order in which an author meets them."""

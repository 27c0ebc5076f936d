"""`moderation policy`: what authors do with a policy file."""

import click

from moderation.cli.verbs import Verbs

VERBS: dict[str, str] = {
    "check": "Check policy files.",
    "test": "Run the tests of a policy, and try whether they notice mistakes.",
    "explain": "Say in plain language what a rule does.",
    "fmt": "Bring policy files into one style.",
    "backtest": "Tell what a policy would have decided on posts of the past.",
    "propose": "Publish a policy for somebody else to release.",
    "release": "Put a policy in force: in shadow, as a canary, or live.",
    "withdraw": "End a canary or a shadow.",
    "rollback": "Go back to the policy that was live before.",
    "status": "Show what is in force, and compare how it decides.",
    "history": "List every release.",
    "breakers": "Show which breakers are open, and how much of each quota is used.",
    "tune": "Show what each threshold would bring and cost, and propose one.",
    "schema": "Print the JSON Schema of a policy file, for editors.",
}
"""Verb -> its line in `moderation policy --help`. Each lives in `moderation/cli/policy/<verb>.py` as `command`."""


@click.group(cls=Verbs, package=__name__, verbs=VERBS, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Check, test and release a policy."""

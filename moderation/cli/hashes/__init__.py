"""`moderation hashes`: banks of picture hashes, kept as files."""

import click

from moderation.cli.verbs import Verbs

VERBS: dict[str, str] = {
    "create": "Make a bank.",
    "add": "Put pictures, clips, or hashes, into a bank.",
    "import": "Put the hashes of a list, CSV or ThreatExchange's JSON into a bank.",
    "remove": "Take a hash, or those of a clip, out of a bank.",
    "test": "Show which banks pictures and clips match.",
    "list": "List the banks, or what is in one.",
}
"""Verb -> its line in `moderation hashes --help`. Each lives in `moderation/cli/hashes/<verb>.py` as `command`."""


@click.group(cls=Verbs, package=__name__, verbs=VERBS, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Keep banks of picture hashes: what is known already, to block or to allow.

    A picture that looks like one of a block bank is found again after it was recompressed, resized, mirrored or
    slightly changed, and so is a clip that has a frame like it. A bank is two files in one folder; running workers see
    their changes within seconds.
    """

"""Groups of verbs: a word that is none leads to the one that was meant."""

import pytest
from click.testing import CliRunner

from moderation.cli.main import command


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["polcy"], "there is no 'polcy'; did you mean 'policy'?"),
        (["policy", "explian", "my.yaml"], "there is no 'explian'; did you mean 'explain'?"),
        (["history", "zzz"], "there is no 'zzz'; one of: export"),
    ],
)
def test_a_word_that_is_no_verb_leads_to_the_one_that_was_meant(words: list[str], message: str) -> None:
    result = CliRunner().invoke(command, words)
    assert result.exit_code == 2
    assert message in result.output


def test_an_unknown_option_is_called_one() -> None:
    assert "No such option: --zzz" in CliRunner().invoke(command, ["--zzz"]).output

"""`moderation models explain`: what a reviewer reads."""

import json

import pytest
from click.testing import CliRunner, Result

from moderation.cli.models import command as group
from moderation.errors import ConfigurationError, ModelError

TEXT = "You are a stupid idiot."


def explain(*words: str, **options: str) -> Result:
    return CliRunner().invoke(group, ["explain", *words], catch_exceptions=False, **options)  # type: ignore[arg-type]


def test_the_deciding_words_stand_in_brackets_and_in_a_table() -> None:
    lines = explain(TEXT, "--category", "insult").output.splitlines()
    assert lines[0].startswith("text-minilm@")
    assert "scores insult 0." in lines[0]
    assert "[" in lines[1]
    assert lines[1].replace("[", "").replace("]", "") == TEXT
    assert lines[2].split() == ["words", "at", "alone", "log-odds", "left"]
    assert "Without the marked words the score falls from 0." in lines[-3]


def test_standard_input_is_a_text_too_and_json_has_every_word() -> None:
    found = json.loads(explain("-", "--category", "insult", "--json", input=TEXT).output)
    [each] = found["explanations"]
    assert each["category"] == "insult"
    assert [part["text"] for part in each["words"]] == ["You", "are", "a", "stupid", "idiot"]
    for step in each["raising"]:
        assert TEXT[step["part"]["start"] : step["part"]["end"]] == step["part"]["text"]


def test_nothing_in_the_text_acts_on_a_terminal() -> None:
    output = explain("idiot \x1b[31m\u202e [bold]you[/bold]", "--category", "insult").output
    assert "\x1b" not in output
    assert "\u202e" not in output
    assert "[bold]" in output.replace("[[", "[").replace("]]", "]")


def test_of_a_long_text_the_deciding_part_is_printed() -> None:
    output = explain("The committee met on Tuesday. " * 300 + TEXT, "--category", "insult").output
    assert "the score of this part, the highest of the text" in output
    assert len(output) < 3000


def test_a_text_without_anything_to_read_is_said_to_be_so() -> None:
    assert explain("\u200b \u200b").output == "there is nothing to read in this text\n"


def test_a_category_without_a_score_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match="does not score hats; it scores: toxicity, hate"):
        explain(TEXT, "--category", "hats")


def test_the_model_that_reads_such_a_post_is_asked_unless_one_is_named() -> None:
    russian = "Сегодня хорошая погода, мы идём гулять в парк"
    with pytest.raises(ModelError, match=r"no model reads texts in this language \(ru\); name one with --model"):
        explain(russian)
    assert explain(russian, "--model", "text-minilm").output.startswith("text-minilm@")

"""The reader of a user's own files: columns as the recipe maps them, and every trap named with its place."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.training.examples import Example
from models.training.readers.table import TableOptions, TableReader
from moderation.errors import ConfigurationError


def read(folder: Path, **options: Any) -> list[Example]:
    return list(TableReader().read(folder, TableOptions.model_validate(options), 0))


def test_columns_become_labels_group_and_language(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(
        'body,tox,kind,thread,lang\n"one, two",1,spam,t1,en\nthree,0,none,t1,de\n', encoding="utf-8"
    )
    labels = {"toxicity": "tox", "spam": {"column": "kind", "positive": ["spam"]}}
    options = {"path": "p.csv", "text": "body", "group": "thread", "language_column": "lang", "weak": {"threat": 0}}
    first, second = read(tmp_path, labels=labels, **options)
    assert (first.text, dict(first.labels), first.language) == ("one, two", {"toxicity": 1.0, "spam": 1.0}, "en")
    assert (second.text, dict(second.labels), second.language) == ("three", {"toxicity": 0.0, "spam": 0.0}, "de")
    assert first.group == second.group != ""
    assert first.weak == {"threat": 0.0}


@pytest.mark.parametrize(
    ("cell", "label"),
    [("1", 1.0), ("0.25", 0.25), ("TRUE", 1.0), ("no", 0.0), ("", None), ("NaN", None), (" 0 ", 0.0), ("None", None)],
)
def test_a_cell_is_a_share_a_word_or_not_annotated(tmp_path: Path, cell: str, label: float | None) -> None:
    (tmp_path / "p.tsv").write_text(f"t\tx\nhello\t{cell}\n", encoding="utf-8")
    [example] = read(tmp_path, path="p.tsv", text="t", labels={"spam": "x"})
    assert example.labels.get("spam") == label


def test_with_negative_classes_named_all_others_are_not_annotated(tmp_path: Path) -> None:
    rows = [{"t": kind, "k": kind} for kind in ("bad", "good", "unsure")] + [{"t": "none", "k": None}]
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    label = {"column": "k", "positive": ["bad"], "negative": ["good"]}
    examples = read(tmp_path, path="p.jsonl", text="t", labels={"toxicity": label})
    assert [example.labels.get("toxicity") for example in examples] == [1.0, 0.0, None, None]


def test_json_values_are_read_as_they_are(tmp_path: Path) -> None:
    rows = [{"t": "a", "x": True}, {"t": "b", "x": 0.5}, {"t": None, "x": 1}, {"t": "c"}]
    (tmp_path / "p.ndjson").write_text("\n\n".join(map(json.dumps, rows)), encoding="utf-8")
    examples = read(tmp_path, path="p.ndjson", text="t", labels={"spam": "x"})
    assert [(example.text, dict(example.labels)) for example in examples] == [
        ("a", {"spam": 1.0}),
        ("b", {"spam": 0.5}),
        ("c", {}),
    ]


def test_a_pattern_names_several_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "c.txt"):
        (tmp_path / name).write_text(f"t,x\n{name},1\n", encoding="utf-8")
    assert [e.text for e in read(tmp_path, path="*.csv", text="t", labels={"spam": "x"})] == ["a.csv", "b.csv"]
    assert [e.text for e in read(tmp_path, path="*.txt", format="csv", text="t", labels={"spam": "x"})] == ["c.txt"]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (
            "t,x\na,7\n",
            {},
            r"p\.csv, row 1: column 'x' holds '7', which is neither a number from 0 to 1",
        ),
        ("t,x\na,spam\n", {}, r"for classes write `\{column: x, positive: \[\.\.\.\]\}`"),
        ("t,y\na,1\n", {}, r"p\.csv: unknown column 'x' Known: t, y"),
        ("t,x\na,1\n", {"text": "tt"}, r"p\.csv: unknown column 'tt'; did you mean 't'\? Known: t, x"),
        ("t,x\na,1\n", {"path": "q.csv"}, r"q\.csv: no such file"),
        ("[1]\n", {"format": "jsonl"}, r"p\.csv, line 1: not a JSON object"),
        ("{\n", {"format": "jsonl"}, r"p\.csv, line 1: not JSON"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(
    tmp_path: Path, content: str, options: dict[str, Any], message: str
) -> None:
    (tmp_path / "p.csv").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=message):
        read(tmp_path, **{"path": "p.csv", "text": "t", "labels": {"spam": "x"}, **options})


def test_a_name_that_does_not_tell_the_format_asks_for_it(tmp_path: Path) -> None:
    (tmp_path / "p.data").write_text("t,x\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="its name does not tell the format"):
        read(tmp_path, path="p.data", text="t", labels={"spam": "x"})


@given(texts=st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=40), max_size=20))
def test_texts_come_out_of_json_lines_as_they_went_in(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("t")
    lines = [json.dumps({"t": text, "x": 1}) for text in texts]
    (folder / "p.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert [e.text for e in read(folder, path="p.jsonl", text="t", labels={"spam": "x"})] == texts

"""What is trained on: nothing held out, nothing twice, groups on one side, masks, and the same every time."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from models.training import recipe as recipes
from models.training.dataset import Texts, load
from models.training.examples import fingerprint
from models.training.prepare import assemble, prepare, sift
from models.training.run import Run
from moderation.errors import ConfigurationError
from tests.training import posts
from tests.training.conftest import RECIPE, Killed, MakeRecipe, Silent

MINE = RECIPE["sources"]["mine"]


def prepared(recipe: Path, run: Path, progress: Silent | None = None) -> Run:
    made = Run(run)
    prepare(recipes.load(recipe), recipe.parent, made, progress or Silent())
    return made


def parts_of(run: Run) -> dict[str, Texts]:
    return {part: load(run.prepared / f"{part}.parquet") for part in assemble.PARTS}


def report_of(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run.prepared / "report.json").read_text())
    return found


def test_empty_repeated_and_held_out_texts_are_dropped_and_counted(make_recipe: MakeRecipe, tmp_path: Path) -> None:
    rows = posts.rows(100)
    again = {**rows[3], "body": f'"{rows[3]["body"].upper()}!"', "toxic": {"yes": "no", "no": "yes"}[rows[3]["toxic"]]}
    path = make_recipe([*rows, {**rows[0], "body": "\u200b"}, again], held_out={"test": {**MINE, "path": "test.csv"}})
    posts.write_csv(tmp_path / "test.csv", rows[:10])
    run = prepared(path, tmp_path / "run")
    everything = [text for part in parts_of(run).values() for text in part.texts]
    assert len({fingerprint(text) for text in everything}) == len(everything) == 90
    assert not {row["body"] for row in rows[:10]} & set(everything)
    found = report_of(run)
    counts = found["sources"]["mine"]
    assert (counts["read"], counts["empty"], counts["leaked"], counts["repeated"]) == (102, 1, 11, 0)
    assert found["held_out"]["test"] == {"texts": 10, "leaked": {"mine": 11}}


def test_the_report_says_where_two_sources_label_the_same_texts_otherwise(
    make_recipe: MakeRecipe, tmp_path: Path
) -> None:
    rows = posts.rows(60)
    posts.write_csv(tmp_path / "other.csv", [{**row, "toxic": "yes"} for row in rows[:20]])
    run = prepared(make_recipe(rows, sources={"mine": MINE, "other": {**MINE, "path": "other.csv"}}), tmp_path / "run")
    wrong = sum(row["toxic"] == "no" for row in rows[:20])
    [overlap] = report_of(run)["overlaps"]
    assert overlap == {"first": "mine", "second": "other", "texts": 20, "differ": {"toxicity": wrong}}
    assert wrong


def test_a_group_stays_on_one_side_of_every_split_and_of_every_cap(make_recipe: MakeRecipe, tmp_path: Path) -> None:
    rows = posts.rows(300)
    sizes = Counter(row["thread"] for row in rows)
    run = prepared(make_recipe(rows, sources={"mine": {**MINE, "most": 200}}), tmp_path / "run")
    tables = {part: pl.read_parquet(run.prepared / f"{part}.parquet") for part in ("train", "valid")}
    threads = {part: Counter(table["group"].to_list()) for part, table in tables.items()}
    assert not set(threads["train"]) & set(threads["valid"])
    assert all(sizes[group.removeprefix("posts.csv ")] == n for part in threads.values() for group, n in part.items())
    assert 190 < threads["train"].total() + threads["valid"].total() <= 200
    assert report_of(run)["sources"]["mine"]["capped"] >= 100
    assert 10 < threads["valid"].total() < 80


def test_what_nobody_annotated_is_masked_and_weak_labels_weigh_less(make_recipe: MakeRecipe, tmp_path: Path) -> None:
    source = {**MINE, "labels": {"toxicity": "toxic"}, "weak": {"spam": 0}, "weight": 0.5}
    path = make_recipe(
        heads=["toxicity", "spam", "threat"],
        sources={"mine": source},
        positive_weight={"toxicity": 4},
        disguised_share=0,
    )
    parts = parts_of(prepared(path, tmp_path / "run"))
    train, valid = parts["train"], parts["valid"]
    assert train.heads == ("toxicity", "spam", "threat")
    offends = [any(word in text for word in posts.OFFENDERS) for text in train.texts]
    assert train.targets[:, 0].tolist() == [float(each) for each in offends]
    assert train.weights[:, 0].tolist() == [2.0 if each else 0.5 for each in offends]
    assert set(train.weights[:, 1].tolist()) == {0.125}
    assert not train.weights[:, 2].any()
    assert set(valid.weights[:, 0].tolist()) == {1.0}, "what judges is not weighed"
    assert not valid.weights[:, 1].any(), "and takes no weak label"


def test_texts_for_calibration_are_not_trained_on(make_recipe: MakeRecipe, tmp_path: Path) -> None:
    parts = parts_of(prepared(make_recipe(sources={"mine": {**MINE, "natural": 0.4}}), tmp_path / "run"))
    assert 80 < len(parts["natural"]) < 160
    assert len(parts["train"]) + len(parts["natural"]) == 300
    assert not set(parts["train"].texts) & set(parts["natural"].texts)


def test_names_and_addresses_are_masked(make_recipe: MakeRecipe, tmp_path: Path) -> None:
    rows = [{**row, "body": f"@anna see https://x.example/{row['id']} {row['body']}"} for row in posts.rows(20)]
    train = parts_of(prepared(make_recipe(rows, disguised_share=0), tmp_path / "run"))["train"]
    assert train.texts
    assert all(text.startswith("@user see http ") for text in train.texts)


def test_a_share_of_the_training_texts_is_disguised_and_nothing_else(make_recipe: MakeRecipe, tmp_path: Path) -> None:
    plain = parts_of(prepared(make_recipe(disguised_share=0), tmp_path / "plain"))
    run = prepared(make_recipe(disguised_share=0.5), tmp_path / "run")
    hidden = parts_of(run)
    changed = sum(a != b for a, b in zip(plain["train"].texts, hidden["train"].texts, strict=True))
    assert changed == report_of(run)["disguised"]
    assert 0.1 * len(plain["train"]) < changed < 0.5 * len(plain["train"])
    assert plain["valid"].texts == hidden["valid"].texts


def test_the_same_seed_gives_the_same_bytes_whatever_fits_into_memory_at_once(
    make_recipe: MakeRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_recipe(sources={"mine": {**MINE, "most": 250}}, disguised_share=0.3)
    whole = contents(prepared(path, tmp_path / "whole"))
    monkeypatch.setattr(sift, "SHARD_ROWS", 7)
    monkeypatch.setattr(assemble, "ROWS_AT_ONCE", 11)
    assert contents(prepared(path, tmp_path / "parts")) == whole
    other = contents(prepared(make_recipe(sources={"mine": {**MINE, "most": 250}}, seed=1), tmp_path / "seed"))
    assert sorted(other["valid"]) == sorted(whole["valid"]), "the split is no matter of the seed"
    assert other["train"] != whole["train"]


def contents(run: Run) -> dict[str, list[tuple[Any, ...]]]:
    return {part: pl.read_parquet(run.prepared / f"{part}.parquet").rows() for part in assemble.PARTS}


def test_another_source_moves_no_text_to_another_part(make_recipe: MakeRecipe, tmp_path: Path) -> None:
    alone = parts_of(prepared(make_recipe(), tmp_path / "alone"))
    posts.write_csv(tmp_path / "other.csv", posts.rows(100, seed=5))
    sources = {"other": {**MINE, "path": "other.csv"}, "mine": MINE}
    both = parts_of(prepared(make_recipe(sources=sources, disguised_share=0), tmp_path / "both"))
    assert set(alone["valid"].texts) <= set(both["valid"].texts)


@pytest.mark.parametrize("ends_at", [1, 2, 3, 4, 5, 6])
def test_a_killed_preparation_goes_on_and_ends_as_if_it_had_not_been_killed(
    make_recipe: MakeRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends_at: int
) -> None:
    monkeypatch.setattr(sift, "SHARD_ROWS", 150)
    rows = posts.rows(300)
    posts.write_csv(tmp_path / "other.csv", [{**row, "toxic": "yes"} for row in rows[100:200]])
    posts.write_csv(tmp_path / "test.csv", rows[:30])
    sources = {"mine": MINE, "other": {**MINE, "path": "other.csv"}}
    path = make_recipe(rows, sources=sources, held_out={"test": {**MINE, "path": "test.csv"}})
    whole = prepared(path, tmp_path / "whole")
    with pytest.raises(Killed):
        prepared(path, tmp_path / "killed", Silent(ends_at))
    killed = prepared(path, tmp_path / "killed")
    assert contents(killed) == contents(whole)
    assert report_of(killed) == report_of(whole)


def test_what_is_unchanged_is_not_prepared_again(make_recipe: MakeRecipe, tmp_path: Path) -> None:
    path, run = make_recipe(), Run(tmp_path / "run")
    recipe = recipes.load(path)
    assert prepare(recipe, tmp_path, run, Silent())
    assert not prepare(recipe, tmp_path, run, Silent())
    assert not prepare(recipe.model_copy(update={"version": "2"}), tmp_path, run, Silent()), "no matter of the texts"
    assert prepare(recipe, tmp_path, run, Silent(), again=True)
    (run.prepared / "valid.parquet").unlink()
    assert prepare(recipe, tmp_path, run, Silent())
    posts.write_csv(tmp_path / "posts.csv", posts.rows(299))
    assert prepare(recipe, tmp_path, run, Silent())


@pytest.mark.parametrize("kind", ["csv.gz", "tsv", "jsonl", "jsonl.gz", "parquet"])
def test_every_format_holds_the_same_posts(make_recipe: MakeRecipe, tmp_path: Path, kind: str) -> None:
    def found(name: str) -> list[tuple[Any, ...]]:
        path = make_recipe(sources={"mine": {**MINE, "path": name}}, disguised_share=0)
        rows = [row for part in contents(prepared(path, tmp_path / "run")).values() for row in part]
        return sorted((text, *labels) for text, _, _, _, *labels in rows)

    rows = posts.rows(300)
    path = tmp_path / f"posts.{kind}"
    if kind == "parquet":
        pl.DataFrame(rows).write_parquet(path)
    else:
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        table = pl.DataFrame(rows).write_csv(separator="\t" if kind == "tsv" else ",")
        content = (lines if "jsonl" in kind else table).encode()
        path.write_bytes(gzip.compress(content) if kind.endswith("gz") else content)
    expected = found("posts.csv")
    assert len(expected) == 300
    assert found(path.name) == expected


def test_nothing_left_to_train_on_is_an_error(make_recipe: MakeRecipe, tmp_path: Path) -> None:
    rows = posts.rows(10)
    path = make_recipe(rows, held_out={"test": {**MINE, "path": "posts.csv"}})
    with pytest.raises(ConfigurationError, match="no text is left to train on"):
        prepared(path, tmp_path / "run")

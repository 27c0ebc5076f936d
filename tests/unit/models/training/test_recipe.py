"""Recipes say what a model is made of; a mistake in one is named with its key and what is allowed."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from models.training import recipe as recipes
from models.training.held_out import EVALUATION
from models.training.readers import HELD_OUT, READERS
from moderation.errors import ConfigurationError

GOOD: dict[str, Any] = {
    "id": "mine",
    "version": 3,
    "languages": ["en"],
    "licence": "MIT",
    "origin": "tests",
    "sources": {"sms-spam": None, "posts": {"reader": "file", "path": "x.csv", "text": "t", "labels": {"spam": "s"}}},
    "plan": {"epochs": 2},
}


def problems_of(tmp_path: Path, **changes: Any) -> list[str]:
    path = tmp_path / "my.yaml"
    path.write_text(yaml.safe_dump(GOOD | changes, sort_keys=False), encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        recipes.load(path)
    lines = str(refused.value).splitlines()
    assert all(line.startswith(f"{path}: ") for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


def test_what_is_not_said_has_the_stated_defaults(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_text(yaml.safe_dump(GOOD), encoding="utf-8")
    recipe = recipes.load(path)
    assert recipe.name == "mine@3"
    assert recipe.backbone == "minilm"
    assert recipe.heads == ("toxicity", "hate", "insult", "threat", "obscenity", "spam")
    assert {name: source.reader for name, source in recipe.sources.items()} == {"sms-spam": "sms-spam", "posts": "file"}
    assert recipe.sources["sms-spam"].weight == 1


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"sorces": {}}, "sorces: unknown key 'sorces'; did you mean 'sources'? Known: "),
        ({"plan": {"epochs": 1, "minuts": 3}}, "plan.minuts: unknown key 'minuts'; did you mean 'minutes'? Known: "),
        ({"plan": {}}, "plan: it needs epochs or minutes"),
        ({"heads": ["toxicty"]}, "heads: unknown category 'toxicty'; did you mean 'toxicity'? Known: "),
        ({"heads": ["spam", "spam"]}, "heads: a category stands there twice"),
        ({"positive_weight": {"thread": 2}}, "positive_weight: unknown category 'thread'; did you mean 'threat'?"),
        (
            {"sources": {"sms-span": {}}},
            "sources.sms-span: unknown reader 'sms-span'; did you mean 'sms-spam'?",
        ),
        ({"sources": {"sms-spam": {"mots": 2}}}, "sources.sms-spam.mots: unknown key 'mots'; did you mean 'most'?"),
        ({"sources": {"sms-spam": {"most": 0}}}, "sources.sms-spam.most: "),
        ({"sources": {"posts": {"reader": "file"}}}, "sources.posts.path: must be given"),
        ({"sources": {}}, "sources: "),
        ({"held_out": ["robtst"]}, "held_out.robtst: unknown reader 'robtst'; did you mean 'robtest'?"),
        ({"held_out": ["jigsaw"]}, "held_out.jigsaw: unknown reader 'jigsaw'"),
        ({"sources": {"robtest": {}}}, "sources.robtest: unknown reader 'robtest'"),
        ({"id": "My Model"}, "id: "),
        ({"budgets": {"size": 3}}, "budgets.size: "),
    ],
)
def test_a_mistake_is_named_with_its_key_and_what_is_allowed(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    assert any(line.startswith(problem) for line in problems_of(tmp_path, **changes)), problems_of(tmp_path, **changes)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    sources = {"sms-span": {}, "posts": {"reader": "file", "path": "x", "text": "t", "labels": {"spm": "s"}}}
    assert len(problems_of(tmp_path, sources=sources)) == 2


def test_a_category_of_a_file_is_checked(tmp_path: Path) -> None:
    source = {"reader": "file", "path": "x.csv", "text": "t", "labels": {"spm": "s"}}
    [problem] = problems_of(tmp_path, sources={"posts": source})
    assert problem.startswith("sources.posts.labels: unknown category 'spm'; did you mean 'spam'?")


def test_what_is_no_recipe_at_all_is_said_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    for content, message in (
        ("id: a\nsources: {}\nid: b\n", "line 3, column 1: 'id' stands there twice"),
        ("id: [", "line 1, column 6: "),
        ("just text", "not a recipe: it must hold keys such as id, sources and plan"),
    ):
        path.write_text(content)
        with pytest.raises(ConfigurationError) as refused:
            recipes.load(path)
        assert str(refused.value).startswith(f"{path}: {message}")
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        recipes.load(tmp_path / "none.yaml")


@pytest.mark.parametrize("path", sorted(recipes.SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_shipped_recipe_is_named_like_its_model(path: Path) -> None:
    assert recipes.load(path).id == path.stem
    assert recipes.find(path.stem) == path


def test_the_recipe_of_text_minilm_holds_out_every_evaluation_set() -> None:
    assert set(recipes.load(recipes.find("text-minilm")).held_out) == set(EVALUATION)


def test_no_set_can_be_trained_on_and_be_held_out_by_one_reader() -> None:
    shared = (set(READERS) & set(HELD_OUT)) - {"file"}
    assert all(READERS[name] is not HELD_OUT[name] for name in shared)


def test_an_unknown_recipe_is_said_with_the_shipped_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"no file text-minil, .* did you mean 'text-minilm'"):
        recipes.find("text-minil")

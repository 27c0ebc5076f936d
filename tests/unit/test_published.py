"""What is generated from the code and published under docs/ is as the code says now."""

import json
from pathlib import Path

import jsonschema
import pytest

from moderation import schemas, settings_doc
from moderation.events import SCHEMAS, Post
from moderation.settings import known_names

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_published_schema_is_not_stale(name: str) -> None:
    published = (DOCS / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    assert published == schemas.schema(name), "stale; run: moderation schemas --write docs/schemas"
    jsonschema.Draft202012Validator.check_schema(json.loads(published))


def test_no_schema_is_published_that_has_no_event() -> None:
    # see tests/unit/policy/test_schema.py
    of_policy_files = {"policy.schema", "policy.included.schema", "policy.tests.schema"}
    assert {path.stem for path in (DOCS / "schemas").glob("*.json")} == {*SCHEMAS, *of_policy_files}


def test_the_schema_takes_what_we_write_and_keeps_unknown_fields() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schemas.schema("post")))
    post = Post.model_validate(
        {"post_id": "p", "own": 1, "media": [{"media_id": "m", "kind": "image", "url": "s3://a"}]}
    )
    validator.validate(json.loads(post.to_json()))
    assert not validator.is_valid({"text": "no id"})
    assert not validator.is_valid({"post_id": "p", "schema": "post/2"})


def test_the_page_of_settings_is_not_stale_and_has_them_all() -> None:
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    assert page == settings_doc.markdown(), "stale; run: python -m moderation.settings_doc > docs/settings.md"
    assert [name for name in known_names() if f"| `{name}` |" not in page] == []

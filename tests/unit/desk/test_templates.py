"""What no template may have: a new one is covered by being there."""

import re
from pathlib import Path

import pytest

from moderation.desk import templating

FOLDER = Path(templating.__file__).parent / "templates"
TEMPLATES = sorted(FOLDER.rglob("*.html"))
NAMES = [str(path.relative_to(FOLDER)) for path in TEMPLATES]


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_nothing_is_exempt_from_escaping(path: Path) -> None:
    assert re.findall(r"\|\s*safe\b|autoescape|Markup", path.read_text()) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_nothing_is_inline_that_the_content_security_policy_forbids(path: Path) -> None:
    tags = re.findall(r"<[a-zA-Z][^>]*>", re.sub(r"{#.*?#}", "", path.read_text(), flags=re.DOTALL))
    assert [tag for tag in tags if re.search(r"\s(?:on\w+|style|hx-on[\w:-]*)\s*=", tag)] == []
    assert [tag for tag in tags if re.match(r"<script(?![^>]*\ssrc=)|<style|<base|<iframe|<object", tag)] == []
    assert [tag for tag in tags if re.search(r"(?:src|href|action)=\"https?:", tag)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_every_form_that_posts_has_its_token(path: Path) -> None:
    forms = re.findall(r"<form\b[^>]*method=\"post\".*?</form>", path.read_text(), re.DOTALL | re.IGNORECASE)
    assert [form[:120] for form in forms if "csrf()" not in form] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_every_template_can_be_compiled(path: Path) -> None:
    templating.ENVIRONMENT.get_template(str(path.relative_to(FOLDER)))


def test_even_a_template_of_another_kind_is_escaped() -> None:
    made = templating.ENVIRONMENT.from_string("{{ text }} {{ csrf() }}")
    page = made.render(text="<b>'\"", csrf=templating.csrf_field('"><b>'))
    assert page == '&lt;b&gt;&#39;&#34; <input type="hidden" name="csrf" value="&#34;&gt;&lt;b&gt;">'

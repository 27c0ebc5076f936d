"""Who may do what, as the table says it, and as docs/desk.md says it."""

import re
from pathlib import Path

from moderation.review.roles import (
    MEANING,
    PEOPLE,
    PERMISSIONS,
    PROGRAMS,
    ROLES,
    TABLE,
    Permission,
    may,
    permissions_of,
)

PAGE = (Path(__file__).parents[3] / "docs" / "desk.md").read_text()
SECTION = PAGE.split("\n## Who may do what\n")[1].split("\n## ")[0]


def test_the_page_has_the_table_that_is_enforced() -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in SECTION.splitlines() if line[:1] == "|"]
    assert rows[0] == ["", *ROLES]
    assert rows[2:] == [
        [TABLE[permission].allows, *("yes" if role in TABLE[permission].roles else "" for role in ROLES)]
        for permission in PERMISSIONS
    ]


def test_the_page_says_what_each_role_is() -> None:
    assert re.findall(r"^- \*\*(.+?)\*\* (.+)[.;]$", SECTION, re.MULTILINE) == list(MEANING.items())


def test_roles_add_up_and_unknown_ones_allow_nothing() -> None:
    for permission in PERMISSIONS:
        assert not may([], permission)
        assert not may(["king", ""], permission)
        assert may(["king", *PEOPLE, *PROGRAMS], permission)
    assert permissions_of(["reviewer", "auditor"]) == permissions_of(["reviewer"]) | permissions_of(["auditor"])


def test_an_auditor_changes_nothing() -> None:
    changes: tuple[Permission, ...] = (
        "item.answer",
        "item.reassign",
        "gold.change",
        "dead-letters.replay",
        "users.change",
    )
    assert [permission for permission in changes if may(["auditor"], permission)] == []
    assert may(["auditor"], "audit.see")


def test_an_admin_sees_no_posts() -> None:
    contents: tuple[Permission, ...] = ("item.see", "media.see", "author.see", "search.use", "item.answer")
    assert [permission for permission in contents if may(["admin"], permission)] == []


def test_a_program_answers_no_items_and_manages_no_accounts() -> None:
    barred: tuple[Permission, ...] = ("item.answer", "item.reassign", "users.change", "own.settings", "gold.change")
    for role in ROLES:
        if role in PROGRAMS:
            assert [
                permission for permission in barred if may([role], permission) and permission != "own.settings"
            ] == []
    assert may(["platform"], "appeal.file")

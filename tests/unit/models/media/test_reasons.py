"""Operators find every reason for which a media item fails."""

from pathlib import Path
from typing import get_args

import pytest

from moderation.errors import MediaReason

PAGE = (Path(__file__).parents[4] / "docs" / "operators.md").read_text()
TABLE = PAGE.partition("## Media\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("reason", get_args(MediaReason))
def test_every_reason_has_its_line(reason: str) -> None:
    assert f"`{reason}`" in TABLE

"""What all tests share."""

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--data FOLDER`: real files to test with, besides those that the tests make themselves."""
    parser.addoption("--data", type=lambda path: Path(path).resolve(), default=None, help="folder of real test data")

"""The tables of terms: what stands in them comes back, and what is wrong in them is said with its line."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.text.lexicon.lexicon import SHIPPED
from models.text.lexicon.terms import COLUMNS, Scope, Term, read, write
from moderation.errors import ConfigurationError
from moderation.taxonomy import LEXICON_CATEGORIES

HEAD = "\t".join(COLUMNS)
words = st.text("abcåßж操 '", min_size=1, max_size=8).map(lambda text: " ".join(text.split())).filter(bool)
terms = st.builds(
    Term,
    language=st.just("xx"),
    term=words,
    categories=st.lists(st.sampled_from(LEXICON_CATEGORIES), min_size=1, max_size=3, unique=True).map(tuple),
    severity=st.integers(1, 100).map(lambda hundredths: hundredths / 100),
    scope=st.sampled_from(Scope),
    forms=st.lists(words, max_size=3).map(tuple),
    exceptions=st.lists(words, max_size=2).map(tuple),
    sources=st.lists(words, max_size=2).map(tuple),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(terms, min_size=1, max_size=5, unique_by=lambda term: term.term))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, some: list[Term]) -> None:
    path = tmp_path_factory.mktemp("lists") / "xx.tsv"
    write(path, some, "two lines\n\nand one more")
    assert read(path) == sorted(some, key=lambda term: term.term)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.tsv")), ids=lambda path: path.stem)
def test_a_shipped_list_is_as_it_would_be_written(path: Path, tmp_path: Path) -> None:
    notice = "\n".join(line[2:] for line in path.read_text().splitlines() if line.startswith("#"))
    write(tmp_path / path.name, read(path), notice)
    assert (tmp_path / path.name).read_text() == path.read_text()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("", "the first line must name the columns, with tabs: term, categories"),
        ("term,categories", "the first line must name the columns"),
        (f"{HEAD}\nx\thate", r"xx\.tsv:2: has 2 cells; 7 are due, with tabs between"),
        (f"{HEAD}\n\thate\t0.5\tany\t\t\t", r"xx\.tsv:2: the term is missing"),
        (f"# a\n{HEAD}\n*\thate\t0.5\tany\t\t\t", r"xx\.tsv:3: the term is missing"),
        (f"{HEAD}\nx\trude\t0.5\tany\t\t\t", "categories 'rude': one or more of hate, insult, obscenity, sexual"),
        (f"{HEAD}\nx\t\t0.5\tany\t\t\t", "categories ''"),
        (f"{HEAD}\nx\thate\t1.5\tany\t\t\t", "severity '1.5': write a number above 0 and at most 1"),
        (f"{HEAD}\nx\thate\tnan\tany\t\t\t", "severity 'nan'"),
        (f"{HEAD}\nx\thate\t\tany\t\t\t", "severity ''"),
        (f"{HEAD}\nx\thate\t0.5\tall\t\t\t", "unknown scope 'all': one of language, unidentified, any"),
        (f"{HEAD}\nx\thate\t0.5\tany\t\t\t\nx\thate\t0.6\tany\t\t\t", r"xx\.tsv:3: 'x' stands in line 2 already"),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path: Path, lines: str, message: str) -> None:
    (tmp_path / "xx.tsv").write_text(lines)
    with pytest.raises(ConfigurationError, match=message):
        read(tmp_path / "xx.tsv")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "xx.tsv").write_bytes(b"\xff")
    for name in ("xx.tsv", "none.tsv"):
        with pytest.raises(ConfigurationError, match=f"{name}: cannot be read"):
            read(tmp_path / name)

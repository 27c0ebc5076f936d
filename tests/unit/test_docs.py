"""The documentation says what is there: settings, verbs, fields, topics, commands and links."""

import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from moderation.cli.main import VERBS
from moderation.cli.main import command as moderation
from moderation.events import (
    SCHEMAS,
    Context,
    Event,
    Evidence,
    FiredRule,
    LaneResult,
    Media,
    Source,
    Timeline,
    UndeterminedRule,
)
from moderation.settings import KafkaSettings, known_names
from streams.topology import LONG, SHORT, TOPICS
from streams.watchdog import EXIT_STALLED
from streams.worker import EXIT_RESTART

ROOT = Path(__file__).parents[2]
TRACKED = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    if name and (ROOT / name).is_file()
]
PAGES = sorted({ROOT / "README.md", *(ROOT / "docs").glob("*.md")})
ALL_DOCS = "\n".join(page.read_text() for page in PAGES)
EVENTS = (ROOT / "docs" / "events.md").read_text()
OPERATORS = (ROOT / "docs" / "operators.md").read_text()


def rows(page: str) -> list[list[str]]:
    """The cells of every table row on a page."""
    lines = [line.strip() for line in page.splitlines() if line.strip().startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("name", known_names())
def test_every_setting_has_its_line(name: str) -> None:
    assert re.search(rf"^.*`{name}`.*$", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE)


def test_no_page_names_a_setting_that_does_not_exist() -> None:
    named = set(re.findall(r"\bMODERATION_[A-Z_]*[A-Z]\b", ALL_DOCS))
    known = known_names()
    prefixes = {name for name in named - set(known) if any(other.startswith(name + "_") for other in known)}
    assert named - set(known) - prefixes == set()


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_on_a_page(verb: str) -> None:
    assert re.search(rf"moderation {verb}\b", ALL_DOCS)


PARTS = (Media, Context, Source, LaneResult, Evidence, FiredRule, Timeline, UndeterminedRule)


@pytest.mark.parametrize("event", SCHEMAS)
def test_the_schema_of_every_event_is_linked(event: str) -> None:
    assert (ROOT / "docs" / "schemas" / f"{event}.json").is_file()
    assert f"](schemas/{event}.json)" in EVENTS


@pytest.mark.parametrize(
    "event",
    sorted(
        {*SCHEMAS.values(), Media, Context, Source, LaneResult, Evidence, FiredRule, Timeline, UndeterminedRule},
        key=repr,
    ),
)
def test_every_field_of_an_event_has_its_line(event: type[Event]) -> None:
    section = re.split(rf"^##+ {event.__name__}$", EVENTS, flags=re.MULTILINE)[1]
    table = rows(re.split(r"^##", section, flags=re.MULTILINE)[0])[2:]
    assert [cells[0] for cells in table] == [f"`{field.alias or name}`" for name, field in event.model_fields.items()]
    assert all(cells[1] for cells in table)


def commands(page: Path) -> list[str]:
    """Every `moderation ...` in the shell blocks of a page."""
    blocks = re.findall(r"^ *```(?:sh|bash|console)\n(.*?)^ *```", page.read_text(), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in re.sub(r"\\\n", "", block).splitlines()]
    parts = [part.strip().removeprefix("$ ") for line in lines for part in re.split(r"\||&&|;", line)]
    found = [re.match(r"(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?moderation (.*)", part) for part in parts]
    return [match[1] for match in found if match]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_on_a_page_exists_with_its_options(page: Path) -> None:
    for line in commands(page):
        words = shlex.split(re.split(r"\s[<>]|\s#", line)[0].removesuffix("&"))
        result = CliRunner().invoke(moderation, [*words, "--help"])  # unknown verbs and options fail before help
        assert result.exit_code == 0, f"moderation {line}\n{result.output}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_on_a_page_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z]+)", page.read_text(), re.MULTILINE)) <= targets


def test_every_verb_can_be_imported_and_explains_itself() -> None:
    for verb in VERBS:
        loaded = moderation.get_command(click.Context(moderation), verb)
        assert loaded is not None
        assert loaded.help, verb


def test_the_table_of_topics_says_what_the_topology_says() -> None:
    words = {SHORT: "7 days", LONG: "400 days", None: "for ever"}
    kafka = KafkaSettings()
    expected = {f"`{kafka.topic(topic.name)}`": words[topic.retention] for topic in TOPICS.values()}
    found = {cells[0]: cells[1] for cells in rows(OPERATORS) if cells[0].startswith("`moderation.")}
    assert found == expected
    assert (SHORT.days, LONG.days) == (7, 400)


def test_the_table_of_exit_codes_has_those_of_the_worker() -> None:
    codes = {cells[0] for cells in rows(OPERATORS)}
    assert {str(EXIT_STALLED), str(EXIT_RESTART), "0", "1", "2"} <= codes


@pytest.mark.parametrize(
    "page", [path for path in TRACKED if path.suffix == ".md"], ids=lambda page: str(page.relative_to(ROOT))
)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(path), f"{page.name}: {target}"


def anchors(page: Path) -> set[str]:
    """The anchors that forges make of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_no_file_names_a_place_on_its_authors_machine_or_a_registrys_host() -> None:
    place = re.compile(rb"(?<![\w.$}])/(?:work|root|home|Users)/[\w.]")
    host = re.compile(rb"https?://[\w.-]*(?:pypi|pythonhosted|repo\d?\.maven|npmjs|crates|golang)[\w.-]*")
    for path in TRACKED:
        content = path.read_bytes()
        if path == Path(__file__) or b"\0" in content[:8000]:
            continue
        for pattern in (place, host):
            found = pattern.search(content)
            assert found is None, f"{path.relative_to(ROOT)}: {found[0]!r}"

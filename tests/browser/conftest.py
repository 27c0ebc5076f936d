"""The machine's Chromium, and desks for it to visit.

`desk` runs with the sample posts in its queues; `page` is a browser's page, which fails the test when its scripts
fail or the content security policy has to stop something; `accessible(page)` asks axe-core. A test signs in by
`desk.sign_in(page.context, "reviewer")`.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from moderation import settings
from moderation.policy import Policy, load_policy
from tests.browser import chromium, records
from tests.browser.running import RunningDesk, opened, serving
from tests.browser.seeding import seed


@pytest.fixture(scope="session")
def chrome() -> Iterator[Browser]:
    with chromium.browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load_policy(settings.load().policy)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, policy: Policy) -> Path:
    """A folder with the media of the sample posts, and `desk.db`, where they are decided by the shipped policy."""
    folder = tmp_path_factory.mktemp("seeded")
    with opened(folder, policy) as desk:
        desk.database.upgrade()
        assert seed(desk, records.scored(folder), policy) > 10
    return folder


@pytest.fixture
def desk(template: Path, policy: Policy, tmp_path: Path) -> Iterator[RunningDesk]:
    """A running desk with the sample posts, the test's own."""
    folder = tmp_path / "desk"
    shutil.copytree(template, folder)
    with opened(folder, policy) as made, serving(made) as running:
        yield running


@pytest.fixture
def page(chrome: Browser) -> Iterator[Page]:
    """A page of 1280 x 800, as on a laptop."""
    # Without motion: what fades in has the contrast of neither its beginning nor its end.
    context = chrome.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            problems.append(message.text)

    context.on("console", note)
    context.on("weberror", lambda error: problems.append(str(error.error)))
    yield page
    context.close()
    assert problems == []


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """Fails where axe-core finds anything serious."""

    def check(page: Page) -> None:
        assert chromium.barriers(page) == []

    return check

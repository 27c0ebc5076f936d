"""The machine's own Chromium, driven by Playwright; and axe-core's judgement of a page."""

from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tools import chromium

# Chromium's own traffic: updates, safe browsing and the like look for hosts that a test machine cannot reach.
_QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",  # which root, as in a container, cannot have
)
_SERIOUS = ("serious", "critical")


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless browser."""
    path = chromium.find()
    assert path is not None, "no Chromium here: run make test, which installs it, or name one in CHROMIUM"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=list(_QUIET))
        try:
            yield launched
        finally:
            launched.close()


def barriers(page: Page) -> list[str]:
    """What axe-core finds serious or critical on a page: rule, help, and the elements."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: " + ", ".join(str(node["target"]) for node in one["nodes"][:4])
        for one in found
        if one["impact"] in _SERIOUS
    ]

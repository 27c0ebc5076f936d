"""The desk on a phone: pages stand in a line that scrolls, rows of tables as small grids, nothing is cut off."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from moderation.review.roles import PEOPLE
from tests.browser.running import RunningDesk

PATHS = (
    "/queues",
    "/queues/conduct",
    "/work",
    "/search?status=open",
    "/quality",
    "/appeals",
    "/audit",
    "/users",
    "/settings",
)


@pytest.fixture
def phone(chrome: Browser, desk: RunningDesk) -> Iterator[Page]:
    context = chrome.new_context(viewport={"width": 390, "height": 800}, reduced_motion="reduce")
    desk.sign_in(context, *PEOPLE, login="kim")
    yield context.new_page()
    context.close()


def test_nothing_is_cut_off(phone: Page, desk: RunningDesk, accessible: Callable[[Page], None]) -> None:
    for path in PATHS:
        phone.goto(desk.url + path)
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        widths = phone.locator(".table-scroll").evaluate_all(
            "all => all.map((own) => own.scrollWidth - own.clientWidth)"
        )
        assert not any(widths), path
        accessible(phone)


def test_the_page_that_is_open_is_seen_in_the_navigation_and_the_others_are_reached(
    phone: Page, desk: RunningDesk
) -> None:
    phone.goto(f"{desk.url}/users")
    pages = phone.get_by_role("navigation", name="Pages")
    expect(pages.get_by_role("link", name="Users")).to_be_in_viewport(ratio=1)
    pages.get_by_role("link", name="Review").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Review")


def test_each_cell_names_its_column_also_when_the_table_has_come_anew(phone: Page, desk: RunningDesk) -> None:
    phone.goto(f"{desk.url}/queues")
    cell = phone.get_by_role("region", name="Queues").locator("tbody td").first
    expect(cell).to_have_attribute("data-label", "Waiting")
    with phone.expect_response(f"{desk.url}/queues"):
        pass
    expect(cell).to_have_attribute("data-label", "Waiting")


def test_a_wide_table_is_scrolled_by_keys(phone: Page, desk: RunningDesk, accessible: Callable[[Page], None]) -> None:
    phone.goto(f"{desk.url}/search?in=decisions")
    place = phone.locator(".table-scroll").first
    expect(place).not_to_have_attribute("tabindex", "0")
    phone.set_viewport_size({"width": 660, "height": 700})
    expect(place).to_have_attribute("tabindex", "0")
    accessible(phone)

"""Coming in, in a real browser."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.running import RunningDesk


def test_the_sign_in_page_is_accessible(desk: RunningDesk, page: Page, accessible: Callable[[Page], None]) -> None:
    page.goto(desk.url)
    expect(page.get_by_label("Login")).to_be_focused()
    accessible(page)

"""The audit, in a real browser."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import text

from moderation.review import audit
from tests.browser.running import RunningDesk

Accessible = Callable[[Page], None]
HOSTILE = '<img src=x onerror="document.title=1">'


def noted(desk: RunningDesk, count: int) -> None:
    kim = desk.account("reviewer", login="kim")
    with desk.desk.database.session() as session:
        for number in range(count):
            details = {"queue": "hate", "why": HOSTILE} if number == count - 1 else {}
            audit.note(
                session, f"account:{kim.account_id}", "item.viewed", f"item:{number}", details, now=desk.desk.now()
            )


def test_an_auditor_filters_verifies_and_goes_back(desk: RunningDesk, page: Page, accessible: Accessible) -> None:
    noted(desk, 120)
    desk.sign_in(page.context, "auditor")
    page.goto(f"{desk.url}/audit")
    entries = page.get_by_role("region", name="Entries")
    expect(entries.locator("tbody tr")).to_have_count(50)
    accessible(page)
    page.keyboard.press("/")
    expect(page.get_by_label("Did")).to_be_focused()
    page.get_by_label("Did").select_option("looked at an item")
    with page.expect_navigation():
        page.get_by_role("button", name="Show").click()
    expect(entries.locator("tbody tr").first).to_contain_text(HOSTILE)  # as text
    with page.expect_navigation():  # the next key belongs to the page that comes
        page.keyboard.press("m")
    page.keyboard.press("m")
    expect(entries.locator("tbody tr")).to_have_count(20)
    page.keyboard.press("v")
    expect(page.get_by_role("region", name="The chain")).to_contain_text("none was changed")
    accessible(page)


def test_a_chain_that_was_changed_is_seen_at_once(desk: RunningDesk, page: Page, accessible: Accessible) -> None:
    noted(desk, 3)
    with desk.desk.database.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_never_changes"))
        connection.execute(text("UPDATE audit SET actor = 'account:99' WHERE number = 2"))
    desk.sign_in(page.context, "auditor")
    page.goto(f"{desk.url}/audit")
    page.get_by_role("button", name="Verify the chain").click()
    expect(page.get_by_role("alert")).to_contain_text("The audit is not whole: 1 problem.")
    expect(page.get_by_role("region", name="The chain")).to_contain_text("Entry 2 was changed after it was written.")
    accessible(page)


def test_the_audit_is_for_auditors(desk: RunningDesk, page: Page, accessible: Accessible) -> None:
    desk.sign_in(page.context, "lead")
    page.goto(f"{desk.url}/audit")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Audit")
    expect(page.get_by_role("navigation", name="Pages")).not_to_contain_text("Audit")
    accessible(page)

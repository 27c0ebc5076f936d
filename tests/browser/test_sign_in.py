"""Coming in and going out, and the frame of every page, in a real browser."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from moderation.review import accounts, invitations, logins
from tests.browser.running import RunningDesk

PASSWORD = "four plain words together"


def test_the_sign_in_page_is_accessible(desk: RunningDesk, page: Page, accessible: Callable[[Page], None]) -> None:
    page.goto(desk.url)
    expect(page.get_by_label("Login")).to_be_focused()
    accessible(page)


def test_an_invitation_leads_in_and_so_does_its_password_by_keyboard_alone(desk: RunningDesk, page: Page) -> None:
    kim = desk.account("admin", login="kim")
    with desk.desk.database.session() as session:
        link = invitations.invite(session, kim, by="moderation", now=desk.desk.now())
    page.goto(desk.url + link.path)
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.get_by_role("button", name="Set password and sign in").dblclick()
    expect(page.get_by_role("navigation")).to_be_visible()
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sign out").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.goto(desk.url + "/users")
    page.keyboard.type("kim")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong " + PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(desk.url + "/users")
    assert page.evaluate("document.cookie") == ""


def test_a_name_that_attacks_is_read_and_not_run(desk: RunningDesk, page: Page) -> None:
    name = "<script>window.run = 1</script><img src=x onerror='window.run = 1'>"
    own = desk.sign_in(page.context, "admin")
    with desk.desk.database.session() as session:
        accounts.change(session, own.account_id, name=name, by="moderation", now=desk.desk.now())
    for path in ("/users", f"/users/{own.account_id}", "/settings", "/" + name):
        page.goto(desk.url + path)
        expect(page.locator("summary")).to_have_text(name)
        assert page.evaluate("window.run") is None


def test_light_and_dark_are_switched_and_kept(
    desk: RunningDesk, page: Page, accessible: Callable[[Page], None]
) -> None:
    desk.sign_in(page.context, "admin")
    page.emulate_media(color_scheme="light")
    page.goto(desk.url + "/users")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    accessible(page)
    page.locator("summary").click()
    with page.expect_response("**/settings/theme") as answer:
        page.get_by_role("button", name="Light or dark").click()
    assert answer.value.status == 204
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    accessible(page)


def test_the_keys_of_a_page_work_and_are_listed(desk: RunningDesk, page: Page) -> None:
    desk.sign_in(page.context, "admin")
    page.goto(desk.url + "/users")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("New account")
    page.keyboard.press("n")
    expect(page).to_have_url(desk.url + "/users")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page).to_have_url(desk.url + "/users/new")
    expect(page.get_by_label("Login")).to_be_focused()
    page.keyboard.type("nan?n")
    expect(page.get_by_label("Login")).to_have_value("nan?n")


def test_an_admin_invites_somebody_and_puts_them_out(
    desk: RunningDesk, page: Page, accessible: Callable[[Page], None]
) -> None:
    desk.sign_in(page.context, "admin")
    page.goto(desk.url + "/users/new")
    page.get_by_label("Login").fill("newcomer")
    page.get_by_label("Name").fill("New Comer")
    accessible(page)
    page.get_by_role("button", name="Create, and show the invitation").click()
    expect(page.get_by_label("Link")).to_have_value(re.compile(re.escape(desk.url) + r"/invitation/\S{43}$"))
    accessible(page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_text("The account is deactivated, and its sessions have ended.")).to_be_visible()
    page.goto(desk.url + "/users/tokens")
    accessible(page)
    page.get_by_label("Program", exact=True).fill("backend")
    page.get_by_role("button", name="Make a token").dblclick()
    expect(page.get_by_label("Token", exact=True)).to_have_value(re.compile(r"mdesk_\S{43}$"))
    page.reload()  # it is shown once, and made once
    expect(page.get_by_role("button", name="Revoke")).to_have_count(1)
    expect(page.get_by_label("Token", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("backend is out: its token is revoked.")).to_be_visible()


def test_settings_are_accessible_and_kept(desk: RunningDesk, page: Page, accessible: Callable[[Page], None]) -> None:
    desk.sign_in(page.context, "reviewer")
    page.goto(desk.url + "/settings")
    accessible(page)
    page.get_by_label("Grey").uncheck()
    page.get_by_label("Languages you read").fill("en, de")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("Grey")).not_to_be_checked()
    expect(page.get_by_label("Blurred until you ask")).to_be_checked()
    expect(page.get_by_label("Languages you read")).to_have_value("de, en")


def test_a_session_that_ended_meanwhile_leads_a_piece_of_a_page_to_the_sign_in(desk: RunningDesk, page: Page) -> None:
    own = desk.sign_in(page.context, "reviewer")
    page.goto(desk.url + "/settings")
    with desk.desk.database.session() as session:
        logins.end_all(session, own.account_id)
    page.evaluate("htmx.ajax('POST', '/settings/theme', {values: {theme: 'dark'}})")
    expect(page.get_by_label("Login")).to_be_visible()


def test_a_refusal_of_a_piece_of_a_page_is_a_toast(desk: RunningDesk, page: Page) -> None:
    desk.sign_in(page.context, "reviewer")
    page.goto(desk.url + "/settings")
    page.evaluate("htmx.ajax('GET', '/users', '#content')")
    toast = page.get_by_role("alert")
    expect(toast).to_contain_text("Roles that have it: admin")
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    toast.get_by_role("button", name="Dismiss").click()
    expect(toast).to_have_count(0)

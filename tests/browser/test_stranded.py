"""What nobody is left to take: told on the page of queues, and given to somebody by a lead."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import select

from moderation.review.tables import Account, Task, TaskExclusion
from tests.browser.running import RunningDesk


def test_a_lead_finds_what_nobody_is_left_to_take_and_gives_it_to_somebody(
    desk: RunningDesk, page: Page, accessible: Callable[[Page], None]
) -> None:
    kim = desk.account("reviewer", login="kim")
    desk.sign_in(page.context, "lead")
    with desk.desk.database.session() as session:
        task = session.scalars(select(Task.task_id).where(Task.status == "open").order_by(Task.task_id)).first()
        assert task is not None
        session.add_all(
            TaskExclusion(task_id=task, account_id=one, why="skipped: I know somebody in it")
            for one in session.scalars(select(Account.account_id))
        )
    page.goto(f"{desk.url}/queues")
    expect(page.get_by_text("1 item waits that nobody left may take")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Give it to somebody").click()
    expect(page.get_by_text("I know somebody in it").first).to_be_visible()
    accessible(page)
    page.get_by_role("checkbox").check()
    page.get_by_label("Give the chosen to").select_option("Kim")
    page.get_by_role("button", name="Give").click()
    expect(page.get_by_text("Given to Kim.")).to_be_visible()
    expect(page.get_by_text("Every item has somebody who may take it")).to_be_visible()
    with desk.desk.database.session() as session:
        assert session.get_one(Task, task).assigned_to == kim.account_id

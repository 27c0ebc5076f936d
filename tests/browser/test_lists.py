"""Queues, search, own work, policy, models and dead letters, in a real browser."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from moderation import settings
from moderation.cli.cards import installed_models
from moderation.policy import Policy
from moderation.review import claims
from moderation.review.tables import Answer, Task
from tests.browser.running import RunningDesk, opened, serving
from tests.unit.desk.test_dead_letters import HOSTILE, Letters, letter
from tests.unit.desk.test_policy_page import Told, alarm, compared, released

Accessible = Callable[[Page], None]


@pytest.fixture
def lists(template: Path, policy: Policy, tmp_path: Path) -> Iterator[RunningDesk]:
    """A desk with the sample posts, whose Kafka has releases and dead letters."""
    folder = tmp_path / "desk"
    shutil.copytree(template, folder)
    with opened(folder, policy) as bare:
        desk = replace(
            bare,
            standings=Told(released(policy), policy, compared(policy), [alarm(1)]),  # type: ignore[arg-type]
            letters=Letters(*(letter(offset, HOSTILE) for offset in range(60))),  # type: ignore[arg-type]
            models=lambda: installed_models(settings.load()),
        )
        with serving(desk) as running:
            yield running


def work(desk: RunningDesk, login: str, answered: int) -> None:
    """Somebody answers some items and holds another."""
    account = desk.account("reviewer", login=login)
    with desk.desk.database.session() as session:
        for number in range(answered):
            task = claims.claim(session, account, desk.desk.rules, now=desk.desk.now())
            assert task is not None
            session.add(
                Answer(
                    task_id=task.task_id,
                    review_id=task.head,
                    account_id=account.account_id,
                    kind=task.kind,
                    queue=task.queue,
                    action="remove" if number % 2 else "allow",
                    reasons=["hate"] if number % 2 else [],
                    seconds=12.0 + number,
                    answered_at=desk.desk.now(),
                    verdict_id=f"{login}-{number}",
                )
            )
            task.status, task.done_at, task.account_id, task.lease_until = "done", desk.desk.now(), None, None
        claims.claim(session, account, desk.desk.rules, now=desk.desk.now())


def test_counts_change_while_one_looks_on(lists: RunningDesk, page: Page, accessible: Accessible) -> None:
    lists.sign_in(page.context, "lead")
    page.goto(f"{lists.url}/queues")
    working = page.get_by_role("region", name="At work now")
    expect(working).to_contain_text("Nobody.")
    accessible(page)
    page.get_by_role("region", name="Queues").get_by_role("link").first.focus()
    work(lists, "kim", 2)
    expect(working).to_contain_text("Kim", timeout=15_000)
    expect(page.get_by_role("region", name="Queues").get_by_role("link").first).to_be_focused()
    accessible(page)


def test_a_lead_gives_a_task_to_somebody(lists: RunningDesk, page: Page, accessible: Accessible) -> None:
    kim = lists.account("reviewer", login="kim")
    lists.sign_in(page.context, "lead")
    page.goto(f"{lists.url}/queues")
    page.get_by_role("region", name="Queues").get_by_role("link").first.click()
    page.get_by_role("checkbox").first.check()
    page.locator("details.weights summary").first.click()
    accessible(page)
    page.get_by_label("Give the chosen to").select_option("Kim")
    page.get_by_role("button", name="Give").click()
    expect(page.get_by_role("status")).to_contain_text("1 task is for Kim now.")
    expect(page.get_by_role("main")).to_contain_text("for Kim")
    with lists.desk.database.session() as session:
        assert session.query(Task).where(Task.assigned_to == kim.account_id).count() == 1


def test_items_are_searched_by_keys_and_opened(lists: RunningDesk, page: Page, accessible: Accessible) -> None:
    work(lists, "kim", 4)
    lists.sign_in(page.context, "lead")
    page.goto(f"{lists.url}/search")
    accessible(page)
    author = page.get_by_role("region", name="Items").locator("tbody tr").first.locator("td").nth(5).inner_text()
    page.keyboard.press("/")
    page.keyboard.type(author)
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Decisions")).to_contain_text(author)
    accessible(page)
    page.goto(f"{lists.url}/search?in=answers&reviewer=kim&action=remove")
    expect(page.get_by_role("region", name="Answers").locator("tbody tr")).to_have_count(2)
    accessible(page)
    page.get_by_role("region", name="Answers").get_by_role("link").first.click()
    expect(page).to_have_url(re.compile("/items/"))


def test_a_reviewer_sees_their_own_work(lists: RunningDesk, page: Page, accessible: Accessible) -> None:
    work(lists, "kim", 3)
    lists.sign_in(page.context, "reviewer", login="kim")
    page.goto(f"{lists.url}/work")
    expect(page.get_by_role("region", name="Today")).to_contain_text("3")
    expect(page.get_by_role("region", name="Your answers").locator("tbody tr")).to_have_count(3)
    accessible(page)
    page.get_by_role("region", name="In your hands").get_by_role("link").click()
    expect(page).to_have_url(re.compile("/tasks/"))


def test_the_policy_is_read_in_plain_language(lists: RunningDesk, page: Page, accessible: Accessible) -> None:
    lists.sign_in(page.context, "policy author")
    page.goto(f"{lists.url}/policy")
    expect(page.get_by_role("region", name="In force")).to_contain_text("canary")
    expect(page.get_by_role("region", name="Alarms")).to_contain_text("breaker open")
    rules = page.get_by_role("region", name="Rules")
    expect(rules).to_contain_text("The live policy")
    rules.locator("summary").first.click()
    expect(rules).to_contain_text("When ")
    accessible(page)


def test_models_show_their_cards(lists: RunningDesk, page: Page, accessible: Accessible) -> None:
    lists.sign_in(page.context, "lead")
    page.goto(f"{lists.url}/models")
    card = page.get_by_role("region", name="text-minilm@2")
    expect(card).to_contain_text("Limits")
    card.get_by_text("The whole model card").click()
    accessible(page)


def test_an_admin_sends_a_dead_letter_back(lists: RunningDesk, page: Page, accessible: Accessible) -> None:
    lists.sign_in(page.context, "admin")
    page.goto(f"{lists.url}/dead-letters")
    expect(page.get_by_role("link", name="0:59")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="0:59").click()
    expect(page.get_by_role("group", name="Value")).to_contain_text('<script>alert("x")</script>')
    accessible(page)
    page.get_by_role("button", name="Send back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Send this letter back?")
    accessible(page)
    page.get_by_role("button", name="Send back").click()
    expect(page.get_by_role("status")).to_contain_text("1 letter was sent back.")
    sent = lists.desk.letters
    assert isinstance(sent, Letters)
    assert sent.sent == [(0, 59)]


def test_a_lead_sends_back_all_that_are_shown_by_keys(lists: RunningDesk, page: Page) -> None:
    lists.sign_in(page.context, "lead")
    page.goto(f"{lists.url}/dead-letters?error=not&waiting=yes")
    boxes = page.get_by_role("checkbox", name="Choose letter")
    expect(boxes.first).to_be_visible()
    shown = boxes.count()
    page.keyboard.press("a")
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(shown + 1)
    page.keyboard.press("a")
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(0)
    page.keyboard.press("a")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Send these {shown} letters back?")


def test_pages_stay_usable_without_kafka(lists: RunningDesk, page: Page, accessible: Accessible) -> None:
    away = replace(lists.desk, standings=Told(None), letters=None)  # type: ignore[arg-type]
    with serving(away) as desk:
        desk.sign_in(page.context, "lead")
        page.goto(f"{desk.url}/policy")
        expect(page.get_by_role("region", name="In force")).to_contain_text("no Kafka broker answers")
        expect(page.get_by_role("region", name="Rules")).to_contain_text("The policy that decided last")
        accessible(page)
        page.goto(f"{desk.url}/dead-letters")
        expect(page.get_by_role("region", name="Dead letters")).to_contain_text("goes on working")
        accessible(page)

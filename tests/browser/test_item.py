"""Working at items in a real browser: by keys alone, two at once, too slow, and what is hidden."""

import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from moderation.desk.desk import Desk
from moderation.review import logins
from moderation.review.tables import Answer, Item, Task, Viewing
from tests.browser.running import RunningDesk, serving
from tests.unit.desk.desks import desk_in
from tests.unit.desk.items import Pictures, hateful, policy, taken_in


class Clock:
    """The real time, moved forward by a test."""

    ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RunningDesk]:
    """A desk with three items, the first with a picture."""
    rules = policy()
    desk = desk_in(tmp_path, policies={rules.hash: rules}.get, stills=Pictures(), now=Clock())
    media = [{"media_id": "m", "kind": "image", "url": "https://example.org/m.png"}]
    picture = hateful(desk, 1, hate=0.6, lanes={"text": "scored", "image": "scored"}, media=media)
    taken_in(desk, picture, hateful(desk, 2), hateful(desk, 3))
    with serving(desk) as running:
        yield running


def _all(desk: Desk, table: type) -> list:  # type: ignore[type-arg]
    with desk.database.session() as session:
        return list(session.scalars(select(table)))


def _task(page: Page) -> str:
    expect(page.locator("#answer")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/tasks/[\w-]{32}$"))
    return page.url.rpartition("/")[2]


def test_from_the_claim_to_the_verdict_and_on_by_keys_alone(own: RunningDesk, page: Page) -> None:
    own.sign_in(page.context, "reviewer")
    page.goto(f"{own.url}/next")
    page.keyboard.press("n")
    first = _task(page)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.keyboard.press("r")
    expect(page.get_by_label("Remove")).to_be_checked()
    page.keyboard.press("1")
    page.keyboard.press("m")
    page.keyboard.type("a quotation, r and 1")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Sent: remove (hate).")).to_be_visible()
    second = _task(page)
    assert second != first
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.keyboard.press("1")
    page.keyboard.press("a")  # what is allowed needs no reason: it is taken back
    page.keyboard.press("Enter")
    expect(page.get_by_text("Sent: allow.")).to_be_visible()
    _task(page)
    given = _all(own.desk, Answer)
    assert [(each.action, each.reasons, each.note) for each in given] == [
        ("remove", ["hate"], "a quotation, r and 1"),
        ("allow", [], None),
    ]
    page.keyboard.press("s")
    page.keyboard.press("Enter")  # no reason is ready to be given by mistake
    expect(page.locator("#skip input[name=why]:invalid").first).to_be_focused()
    assert [each.status for each in _all(own.desk, Task)].count("claimed") == 1
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing else waits for you just now.")).to_be_visible()


def test_enter_sends_once_the_note_is_left(own: RunningDesk, page: Page) -> None:
    own.sign_in(page.context, "reviewer")
    page.goto(f"{own.url}/next")
    page.keyboard.press("n")
    task = _task(page)
    page.keyboard.press("m")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")  # nothing is chosen yet
    assert _task(page) == task
    for key in ("t", "1", "m"):
        page.keyboard.press(key)
    page.keyboard.type("left")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Sent: restrict (")).to_be_visible()
    assert [each.note for each in _all(own.desk, Answer)] == ["left"]


def test_an_answer_that_is_none_is_told_and_nothing_is_lost(own: RunningDesk, page: Page) -> None:
    own.sign_in(page.context, "reviewer")
    page.goto(f"{own.url}/next")
    page.keyboard.press("n")
    task = _task(page)
    page.get_by_label("Note").fill("kept")
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("takes a reason")
    expect(page.get_by_label("Note")).to_have_value("kept")
    assert _task(page) == task
    assert _all(own.desk, Answer) == []


def test_what_changed_while_it_was_looked_at_is_shown_anew_and_a_second_enter_does_not_send_it(
    own: RunningDesk, page: Page, accessible: Callable[[Page], None]
) -> None:
    own.sign_in(page.context, "reviewer")
    page.goto(f"{own.url}/next")
    page.keyboard.press("n")
    task = _task(page)
    for key in ("r", "1", "m"):
        page.keyboard.press(key)
    page.keyboard.type("kept")
    page.keyboard.press("Escape")
    with own.desk.database.session() as session:
        for item in session.scalars(select(Item)):
            item.digest = "of a later event"
    page.keyboard.press("Enter")
    changed = page.locator("#item-changed")
    expect(changed).to_be_focused()
    expect(changed).to_contain_text("Nothing was sent. More is known of this item")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Remove")).to_be_checked()
    expect(page.locator("input[name=reasons][value=hate]")).to_be_checked()
    expect(page.get_by_label("Note")).to_have_value("kept")
    accessible(page)
    assert (_task(page), _all(own.desk, Answer)) == (task, [])
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Sent: remove (hate).")).to_be_visible()
    assert [(each.action, each.note) for each in _all(own.desk, Answer)] == [("remove", "kept")]


def test_two_reviewers_at_once_never_have_one_item(own: RunningDesk, page: Page, chrome: Browser) -> None:
    other = chrome.new_context().new_page()
    seen: list[str] = []
    for visitor, login in ((page, "kim"), (other, "lee")):
        own.sign_in(visitor.context, "reviewer", login=login)
        visitor.goto(f"{own.url}/next")
        visitor.keyboard.press("n")
        seen.append(_task(visitor))
    for visitor in (page, other):
        visitor.keyboard.press("a")
        visitor.keyboard.press("Enter")
        expect(visitor.get_by_text("Sent: allow.")).to_be_visible()
    other.context.close()
    assert len(set(seen)) == 2
    answered = [each.task_id for each in _all(own.desk, Answer)]
    assert sorted(answered) == sorted(set(answered)) == sorted(filter(None, map(own.desk.numbers.read, seen)))


def test_who_was_too_slow_finds_out_with_their_note_and_claims_it_again(
    own: RunningDesk, page: Page, accessible: Callable[[Page], None]
) -> None:
    own.sign_in(page.context, "reviewer")
    page.goto(f"{own.url}/next")
    page.keyboard.press("n")
    task = _task(page)
    page.get_by_label("Note").fill("long thought about")
    assert isinstance(own.desk.now, Clock)
    own.desk.now.ahead = timedelta(minutes=16)
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your time for this item is over")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_label("The note that you wrote")).to_have_value("long thought about")
    assert _all(own.desk, Answer) == []
    page.keyboard.press("c")
    assert _task(page) == task
    kept = page.locator("#draft-kept")
    expect(kept).to_be_focused()
    expect(kept).to_contain_text("This was not sent yet.")
    page.keyboard.press("Enter")  # what is filled in again is looked at first
    expect(page.get_by_label("Allow")).to_be_checked()
    expect(page.get_by_label("Note")).to_have_value("long thought about")
    accessible(page)
    assert _all(own.desk, Answer) == []
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Sent: allow.")).to_be_visible()
    assert _drafts(page) == 0


def _drafts(page: Page) -> int:
    drafts: int = page.evaluate("Object.keys(sessionStorage).filter((name) => name.startsWith('draft of ')).length")
    return drafts


def test_a_session_that_ends_takes_neither_the_choice_nor_the_note(own: RunningDesk, page: Page) -> None:
    account = own.sign_in(page.context, "reviewer")
    page.goto(f"{own.url}/next")
    page.keyboard.press("n")
    task = _task(page)
    for key in ("r", "1", "m"):
        page.keyboard.press(key)
    page.keyboard.type("long thought about")
    with own.desk.database.session() as session:
        logins.end_all(session, account.account_id)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Your session has ended, and nothing was sent.")).to_be_visible()
    own.sign_in(page.context, "reviewer")
    page.reload()  # as after a password: the sign-in leads on to where one was
    assert _task(page) == task
    expect(page.locator("#draft-kept")).to_be_focused()
    expect(page.get_by_label("Remove")).to_be_checked()
    expect(page.locator("input[name=reasons][value=hate]")).to_be_checked()
    expect(page.get_by_label("Note")).to_have_value("long thought about")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Sent: remove (hate).")).to_be_visible()
    assert ([each.note for each in _all(own.desk, Answer)], _drafts(page)) == (["long thought about"], 0)


def test_a_draft_is_nobody_elses_and_goes_with_the_sign_out(own: RunningDesk, page: Page) -> None:
    own.sign_in(page.context, "reviewer")
    page.goto(f"{own.url}/next")
    page.keyboard.press("n")
    _task(page)
    other = page.context.new_page()
    with other.expect_response(lambda answer: answer.url.endswith("/ahead")):  # the last that the page asks for
        other.goto(page.url)
    for each in (page, other):
        each.get_by_label("Note").fill("mine")
        assert _drafts(each) == 1
    page.locator("summary", has_text="Reviewer").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert _drafts(page) == 0
    gone = "for (let n = 0; sessionStorage.length && n < 500; n++) await new Promise((go) => setTimeout(go, 20))"
    other.evaluate(f"async () => {{ {gone} }}")
    assert _drafts(other) == 0
    own.sign_in(page.context, "reviewer")
    page.goto(f"{own.url}/next")
    page.get_by_role("link", name="Go on").first.click()
    _task(page)
    page.get_by_label("Note").fill("mine")
    own.sign_in(page.context, "lead")
    page.goto(f"{own.url}/next")
    assert _drafts(page) == 0


def test_without_a_connection_it_is_said_once_and_no_longer_than_that_is_so(own: RunningDesk, chrome: Browser) -> None:
    page = chrome.new_context().new_page()  # its console tells of what cannot be reached
    own.sign_in(page.context, "reviewer")
    page.goto(f"{own.url}/next")
    with page.expect_response(lambda answer: answer.url.endswith("/ahead")):
        page.keyboard.press("n")
    page.context.set_offline(True)
    page.keyboard.press("a")
    away = page.get_by_text("The desk does not answer.")
    for _ in range(2):
        with page.expect_event("requestfailed"):
            page.keyboard.press("Enter")
        expect(away).to_have_count(1)
    page.context.set_offline(False)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Sent: allow.")).to_be_visible()
    expect(away).to_have_count(0)
    page.context.close()


def test_what_is_said_of_a_lease_goes_with_it(own: RunningDesk, page: Page) -> None:
    own.sign_in(page.context, "reviewer")
    page.clock.install()
    page.goto(f"{own.url}/next")
    page.keyboard.press("n")
    _task(page)
    page.clock.fast_forward("14:45")
    expect(page.get_by_text("more seconds. Press e")).to_have_count(1)
    page.clock.fast_forward("00:20")
    over = page.get_by_text("Your time for this item is over.")
    expect(over).to_be_visible()
    expect(page.get_by_text("more seconds. Press e")).to_have_count(0)
    page.keyboard.press("e")
    expect(over).to_have_count(0)


def _colours(page: Page) -> tuple[bool, float]:
    """Whether the picture is grey, and how much of its stripes is left."""
    picture = page.locator(".picture img")
    expect(picture).to_be_visible()
    source = picture.get_attribute("src")
    body = page.request.get(f"{page.url.partition('/tasks')[0]}{source}").body()
    pixels = np.asarray(Image.open(io.BytesIO(body)).convert("RGB")).astype(int)
    return bool(np.abs(pixels[..., 0] - pixels[..., 2]).max() < 9), float(pixels[..., 0].std())


def test_a_picture_is_blurred_and_grey_until_asked_for_and_asking_is_noted(own: RunningDesk, page: Page) -> None:
    account = own.sign_in(page.context, "reviewer")
    page.goto(f"{own.url}/next")
    page.keyboard.press("n")
    task = own.desk.numbers.read(_task(page))
    grey, detail = _colours(page)
    assert (grey, detail < 5) == (True, True)
    page.keyboard.press("b")
    expect(page.locator(".picture img[src*='sharp=1']")).to_be_visible()
    grey, detail = _colours(page)
    assert (grey, detail > 20) == (True, True)
    page.keyboard.press("c")
    expect(page.locator(".picture img[src*='colour=1']")).to_be_visible()
    assert _colours(page)[0] is False
    page.keyboard.press("h")
    expect(page.locator(".picture img[src*='sharp=0']")).to_be_visible()
    looks = [(each.account_id, each.what) for each in _all(own.desk, Viewing)]
    assert looks == [(account.account_id, what) for what in (f"item: task {task}", "picture: 1", "colour: 1")]


def test_the_next_is_claimed_while_one_is_looked_at_and_given_back_by_who_stops(own: RunningDesk, page: Page) -> None:
    own.sign_in(page.context, "reviewer")
    page.goto(f"{own.url}/next")
    with page.expect_response(lambda answer: answer.url.endswith("/ahead")):
        page.keyboard.press("n")
    assert sorted(task.status for task in _all(own.desk, Task)) == ["claimed", "claimed", "open"]
    page.keyboard.press("u")
    expect(page).to_have_url(f"{own.url}/next")
    assert {task.status for task in _all(own.desk, Task)} == {"open"}


def test_the_pages_of_an_item_are_accessible(own: RunningDesk, page: Page, accessible: Callable[[Page], None]) -> None:
    own.sign_in(page.context, "lead")
    own.account("reviewer")
    page.goto(f"{own.url}/next")
    accessible(page)
    page.keyboard.press("n")
    _task(page)
    expect(page.locator(".picture img")).to_be_visible()
    accessible(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Because: hate")
    accessible(page)
    page.keyboard.press("Escape")
    page.goto(f"{own.url}/items/{_all(own.desk, Task)[0].head}")
    accessible(page)


def test_every_sample_post_is_shown_with_its_policy(desk: RunningDesk, page: Page) -> None:
    desk.sign_in(page.context, "auditor")
    for task in _all(desk.desk, Task):
        page.goto(f"{desk.url}/items/{task.head}")
        expect(page.get_by_role("heading", level=2).first).to_have_text("The post")
        expect(page.get_by_text("does not come out the same")).to_have_count(0)

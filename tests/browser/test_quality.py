"""An appeal from the author's statement to the corrected decision, disagreements and gold, in a real browser."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from moderation.desk.desk import Desk
from moderation.events import Verdict
from moderation.policy import human_decision
from moderation.review import decided, tokens
from moderation.review.decided import Written
from moderation.review.rules import DeskRules
from moderation.review.tables import Gold, Outgoing, Task
from tests.browser.running import RunningDesk, serving
from tests.unit.desk.desks import account_of, desk_in
from tests.unit.desk.items import Pictures, hateful, policy, taken_in

_RULES = DeskRules.model_validate(
    {
        "quality": {"second": {"share": 1.0}, "gold": {"share": 0.0}},
        "exposure": {"benign": 0.0, "per_hour": None, "per_day": None},
    }
)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RunningDesk]:
    """A desk with one item, on which everything is looked at twice."""
    own = policy()
    desk = desk_in(tmp_path, rules=_RULES, policies={own.hash: own}.get, stills=Pictures())
    taken_in(desk, hateful(desk, 1))
    with serving(desk) as running:
        yield running


def verdicts(desk: Desk) -> list[Verdict]:
    """What waits for Kafka."""
    with desk.database.session() as session:
        rows = session.scalars(select(Outgoing.value).order_by(Outgoing.number)).all()
    return [Verdict.model_validate_json(row) for row in rows]


def come_true(desk: Desk, verdict: Verdict) -> str:
    """The decision that the pipeline makes of a verdict comes back to the desk."""
    decision = human_decision(verdict)
    with desk.database.session() as session:
        decided.keep(session, [Written(decision, 0, desk.now())])
    return decision.decision_id


def platform(own: RunningDesk) -> httpx.Client:
    """A program of the platform's."""
    maker = account_of(own.desk, "admin")
    with own.desk.database.session() as session:
        secret = tokens.issue(session, "platform", ["platform"], by=maker, ends_at=None, now=own.desk.now())
    return httpx.Client(base_url=own.url, headers={"Authorization": f"Bearer {secret}"}, trust_env=False)


def answer(page: Page, key: str, *reasons: str) -> None:
    """Answer what is open, by keys."""
    expect(page.get_by_role("heading", level=1)).to_be_focused()  # scripts are there
    page.keyboard.press(key)
    expect(page.locator("input[name=action]:checked")).to_have_count(1)
    for reason in reasons:
        page.keyboard.press(reason)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Sent: ")).to_be_visible()


def test_an_appeal_goes_to_another_reviewer_and_corrects_the_decision(
    own: RunningDesk, chrome: Browser, page: Page, accessible: Callable[[Page], None]
) -> None:
    own.sign_in(page.context, "reviewer", login="kim")
    page.goto(f"{own.url}/next")
    page.keyboard.press("n")
    answer(page, "r", "1")
    (removed,) = verdicts(own.desk)
    decision = come_true(own.desk, removed)

    with platform(own) as program:
        filed = program.post("/api/v1/appeals", json={"decision_id": decision, "statement": "I quoted <b>him</b>."})
        assert filed.status_code == 201, filed.text
        appeal = filed.json()["appeal_id"]

        page.goto(f"{own.url}/appeals")
        expect(page.get_by_text("you answered before")).to_be_visible()
        expect(page.get_by_role("button", name="Take it")).to_have_count(0)

        other = chrome.new_context().new_page()
        own.sign_in(other.context, "reviewer", login="lee")
        other.goto(f"{own.url}/appeals")
        accessible(other)
        expect(other.get_by_role("button", name="Take it")).to_have_count(0)
        other.keyboard.press("n")
        other.get_by_role("button", name="Take the next item").click()
        expect(other.get_by_text("I quoted <b>him</b>.")).to_be_visible()
        expect(other.get_by_role("heading", name="The author appeals")).to_be_visible()
        accessible(other)
        answer(other, "a")

        told = program.get(f"/api/v1/appeals/{appeal}").json()
    assert (told["status"], told["action"]) == ("overturned", "allow")
    corrected = verdicts(own.desk)[1]
    assert (corrected.action, corrected.decision_id, corrected.verdict_id) == ("allow", decision, told["verdict_id"])
    other.goto(f"{own.url}/appeals?closed=true")
    expect(other.get_by_text("overturned", exact=True)).to_be_visible()
    accessible(other)
    other.context.close()


def test_two_that_disagree_are_decided_by_a_lead_who_makes_the_item_gold(
    own: RunningDesk, chrome: Browser, page: Page, accessible: Callable[[Page], None]
) -> None:
    for login, key, *reasons in (("kim", "r", "1"), ("lee", "a")):
        context = chrome.new_context()
        own.sign_in(context, "reviewer", login=login)
        reviewer = context.new_page()
        reviewer.goto(f"{own.url}/next")
        reviewer.keyboard.press("n")
        answer(reviewer, key, *reasons)
        reviewer.goto(f"{own.url}/quality/mine")
        accessible(reviewer)
        context.close()

    own.sign_in(page.context, "lead")
    page.goto(f"{own.url}/quality")
    accessible(page)
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("heading", name="Two answers, and yours decides")).to_be_visible()
    answer(page, "l", "1")
    assert [verdict.action for verdict in verdicts(own.desk)] == ["remove", "label"]

    with own.desk.database.session() as session:
        head = session.scalars(select(Task.head)).first()
    page.goto(f"{own.url}/items/{head}")
    page.get_by_label("Why this answer is right").fill("a label is enough")
    page.get_by_role("button", name="Make gold").click()
    expect(page.get_by_text("a label is enough")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Retire").click()
    expect(page.get_by_text("retired", exact=True)).to_be_visible()
    with own.desk.database.session() as session:
        assert session.scalars(select(Gold.active)).all() == [False]

"""What authors are told, in a real browser: found from search and from an item, read in other languages, printed."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import select

from moderation.events import Verdict
from moderation.policy import human_decision
from moderation.review import decided
from moderation.review.tables import Item
from tests.browser.running import RunningDesk

Accessible = Callable[[Page], None]


def test_a_lead_finds_a_notice_reads_it_in_another_language_and_prints_it(
    desk: RunningDesk, page: Page, accessible: Accessible
) -> None:
    desk.sign_in(page.context, "lead")
    page.goto(f"{desk.url}/search?in=decisions&action=remove")
    page.get_by_role("region", name="Decisions").get_by_role("link", name="notice").first.click()
    notice = page.get_by_role("article", name="Notice")
    expect(notice).to_contain_text("was removed: nobody can see it")
    accessible(page)
    page.get_by_role("navigation", name="Language").get_by_role("link", name="Deutsch").click()
    expect(notice).to_contain_text("wurde entfernt")
    expect(notice).to_have_attribute("lang", "de")
    accessible(page)
    page.emulate_media(media="print")
    expect(notice).to_be_visible()
    for other in ("The decision", "For the DSA Transparency Database"):
        expect(page.get_by_role("region", name=other)).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_hidden()


def test_an_item_leads_to_what_its_author_is_told(desk: RunningDesk, page: Page, accessible: Accessible) -> None:
    review_id = removed_by_a_person(desk)
    desk.sign_in(page.context, "auditor")
    page.goto(f"{desk.url}/items/{review_id}")
    told = page.get_by_role("region", name="What the author is told")
    expect(told).to_contain_text("remove")
    accessible(page)
    told.get_by_role("link", name="notice").click()
    expect(page.get_by_role("article", name="Notice")).to_contain_text("A person looked at it and decided.")
    page.get_by_role("region", name="The decision").locator(f"a[href='/items/{review_id}']").click()
    expect(told).to_be_visible()


def removed_by_a_person(desk: RunningDesk) -> str:
    """The review item of a post that a verdict removes."""
    now = desk.desk.now()
    with desk.desk.database.session() as session:
        item = session.scalars(select(Item).order_by(Item.review_id).limit(1)).one()
        verdict = Verdict(
            verdict_id="verdict-1", decision_id=item.decision_id, post_id=item.post_id, author_id=item.author_id,
            action="remove", reasons=("hate",), reviewer="account:1", decided_at=now,
        )  # fmt: skip
        decided.keep(session, [decided.Written(human_decision(verdict), item.partition, now)])
        return item.review_id

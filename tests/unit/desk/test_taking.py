"""The queue gives out the work; reading counts as exposure; something harmless in between is told."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from moderation.desk.app import make_app
from moderation.desk.desk import Desk
from moderation.desk.numbers import Numbers
from moderation.review import answering
from moderation.review.rules import parse
from moderation.review.tables import Account, Exposure, Item, Task, Viewing
from tests.unit.desk.desks import Clock, account_of, browser, csrf_of, desk_in
from tests.unit.desk.items import Pictures, hateful, policy, taken_in

NO_GOLD = "quality: {gold: {share: 0}, second: {share: 0}}\n"
MEDIA = [{"media_id": "m", "kind": "image", "url": "https://example.org/m.png"}]


def desk_with(folder: Path, rules: str = "") -> Desk:
    own = policy()
    text = NO_GOLD + (rules or "exposure: {benign: 0}")
    return desk_in(folder, policies={own.hash: own}.get, stills=Pictures(), rules=parse(text, "rules"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_with(tmp_path)


def address_of(desk: Desk, review_id: str) -> str:
    """Where the task of an item is worked on."""
    with desk.database.session() as session:
        task_id = session.get_one(Item, review_id).task_id
    assert task_id is not None
    return f"/tasks/{desk.numbers.written(task_id)}"


def post(client: TestClient, path: str, **fields: object) -> tuple[int, str]:
    """The status, and where it leads."""
    answer = client.post(path, data={"csrf": csrf_of(client), **fields})
    return answer.status_code, answer.headers.get("location", "")


def exposures(desk: Desk, login: str = "kim") -> list[tuple[float, bool]]:
    """What somebody has met: the weight, and whether it was by answering."""
    with desk.database.session() as session:
        mine = Exposure.account_id == Account.account_id, Account.login == login
        rows = session.scalars(select(Exposure).where(*mine).order_by(Exposure.exposure_id))
        return [(row.weight, row.task_id is not None) for row in rows]


def test_a_number_of_a_task_tells_nothing_and_cannot_be_made_up() -> None:
    numbers, others = Numbers(b"k" * 32), Numbers(b"o" * 32)
    written = [numbers.written(task_id) for task_id in (1, 2, 2**53)]
    assert [numbers.read(text) for text in written] == [1, 2, 2**53]
    assert {len(text) for text in written} == {32}
    assert len({text[:8] for text in written}) == 3
    changed = written[0][:-1] + ("A" if written[0][-1] != "A" else "B")
    for text in ("1", "", "é", "=" * 32, others.written(1), changed, written[0] + "AAAA"):
        assert numbers.read(text) is None


def test_all_desks_on_a_database_write_the_same_addresses(tmp_path: Path, desk: Desk) -> None:
    again = Desk(desk.database, desk.rules, desk.settings)
    assert again.numbers.written(7) == desk.numbers.written(7)


def test_a_reviewer_takes_what_the_queue_gives_and_a_lead_what_they_choose(desk: Desk) -> None:
    _, second = taken_in(desk, hateful(desk, 1), hateful(desk, 2))
    address = address_of(desk, second)
    app = make_app(desk)
    kim, lead = browser(app, "reviewer", login="kim"), browser(app, "lead")
    refused = kim.post(f"{address}/claim", data={"csrf": csrf_of(kim)})
    assert (refused.status_code, "The queue gives out its items" in refused.text) == (403, True)
    assert post(lead, f"{address}/claim") == (303, address)
    page = kim.get(address)
    assert (page.status_code, "Claim it again" in page.text) == (409, False)


def test_a_reviewer_takes_what_is_kept_for_them(desk: Desk) -> None:
    _, second = taken_in(desk, hateful(desk, 1), hateful(desk, 2))
    kim = browser(make_app(desk), "reviewer", login="kim")
    account = account_of(desk, login="kim")
    with desk.database.session() as session:
        session.scalars(select(Task).where(Task.head == second)).one().assigned_to = account.account_id
    address = address_of(desk, second)
    assert f'action="{address}/claim"' in kim.get("/work").text
    assert post(kim, f"{address}/claim") == (303, address)


def test_reading_an_item_does_not_make_it_ones_own_and_a_shift_later_nothing_is(desk: Desk) -> None:
    clock = desk.now
    assert isinstance(clock, Clock)
    first, second = taken_in(desk, hateful(desk, 1), hateful(desk, 2))
    kim = browser(make_app(desk), "reviewer", login="kim")
    kim.get(f"/items/{second}")
    assert post(kim, f"{address_of(desk, second)}/claim")[0] == 403
    _, mine = post(kim, "/next")
    assert mine == address_of(desk, first)
    kim.get(mine)
    clock.forward(minutes=50)
    assert "Claim it again" in kim.get(mine).text
    assert post(kim, f"{mine}/claim") == (303, mine)
    clock.forward(minutes=50)
    with desk.database.session() as session:
        session.scalars(select(Task).where(Task.head == first)).one().status = "open"
        session.query(Viewing).update({"at": desk.now().replace(year=2025)})
        session.scalars(select(Task).where(Task.head == first)).one().account_id = None
    assert post(kim, f"{mine}/claim")[0] == 403


def test_what_is_read_counts_once_and_not_again_by_answering(desk: Desk) -> None:
    clock = desk.now
    assert isinstance(clock, Clock)
    lanes = {"text": "scored", "image": "scored"}
    first, _, third = taken_in(
        desk, hateful(desk, 1, 0.8), hateful(desk, 2, 0.8), hateful(desk, 3, 0.8, lanes, media=MEDIA)
    )
    kim = browser(make_app(desk), "reviewer", login="kim")
    for _ in range(2):
        assert kim.get(f"/items/{first}").status_code == 200
    assert exposures(desk) == [(0.8, False)]
    _, task = post(kim, "/next")
    kim.get(task)
    post(kim, f"{task}/answer", action="allow", **seen(desk, first))
    assert exposures(desk) == [(0.8, False)]
    for path in (f"/items/{third}/media/0", f"/items/{third}/media/0/0.jpg", f"/items/{third}"):
        assert kim.get(path).status_code == 200
    assert exposures(desk) == [(0.8, False), (pytest.approx(2.4), False)]
    clock.forward(minutes=61)
    browser(make_app(desk), login="kim").get(f"/items/{first}")
    assert len(exposures(desk)) == 3


@pytest.mark.parametrize("way", ["skip", "release"])
def test_what_was_seen_counts_also_for_who_leaves_it_to_others(desk: Desk, way: str) -> None:
    taken_in(desk, hateful(desk, 1, 0.8))
    kim = browser(make_app(desk), "reviewer", login="kim")
    _, task = post(kim, "/next")
    post(kim, f"{task}/release")
    assert exposures(desk) == [], "it was not shown"
    _, task = post(kim, "/next")
    kim.get(task)
    assert post(kim, f"{task}/{way}", why="no")[0] == 303
    assert exposures(desk) == [(0.8, True)]


def seen(desk: Desk, review_id: str) -> dict[str, str]:
    """What the form of an answer says of what was shown."""
    with desk.database.session() as session:
        shown = answering.seen(session.get_one(Item, review_id))
    return {"seen": shown.review_id, "version": shown.version}


def test_who_has_met_enough_reads_nothing_hard_but_what_they_work_on(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, "exposure: {per_hour: 1.5, benign: 0}")
    first, second, third, mild = taken_in(
        desk, *(hateful(desk, number, 0.8) for number in (1, 2, 3)), hateful(desk, 4, 0.4)
    )
    with desk.database.session() as session:
        session.get_one(Item, mild).severity = 0.1
    app = make_app(desk)
    kim = browser(app, "reviewer", login="kim")
    _, task = post(kim, "/next")
    assert [kim.get(f"/items/{review_id}").status_code for review_id in (second, third)] == [200, 200]
    refused = kim.get(f"/items/{first}")
    assert refused.status_code == 200, "it is in hand"
    again = kim.get(f"/items/{second}")
    assert again.status_code == 200, "it was met within the hour"
    assert kim.get(f"/items/{mild}").status_code == 200
    (fourth,) = taken_in(desk, hateful(desk, 5, 0.8))
    refused = kim.get(f"/items/{fourth}")
    assert (refused.status_code, "there is room for this one at 13:00 UTC" in refused.text) == (429, True)
    assert "<h1>Enough for now</h1>" in refused.text
    assert kim.get(f"/items/{fourth}/media/0").status_code == 429
    assert kim.get(task).status_code == 200
    lead = browser(app, "lead")
    for review_id in (first, second, third):
        assert lead.get(f"/items/{review_id}").status_code == 200
    assert "as much as the rules let a reviewer meet" in lead.get(f"/items/{fourth}").text
    page = lead.get("/quality").text
    assert "Kim" in page
    assert "Exposure" in page


def test_something_harmless_after_something_hard_is_told_whatever_it_is(desk: Desk) -> None:
    first, second, third = taken_in(desk, *(hateful(desk, number) for number in (1, 2, 3)))
    with desk.database.session() as session:
        for review_id in (second, third):
            session.scalars(select(Task).where(Task.head == review_id)).one().harmless = True
    kim = browser(make_app(desk), "reviewer", login="kim")
    _, task = post(kim, "/next")
    told = []
    for review_id in (first, second, third):
        told.append("something harmless in between" in kim.get(task).text)
        _, task = post(kim, f"{task}/answer", action="allow", **seen(desk, review_id))
    assert told == [False, True, False]


def test_no_number_of_the_queues_changes_for_a_reviewer_by_a_claim(desk: Desk) -> None:
    taken_in(desk, hateful(desk, 1), hateful(desk, 2))
    kim = browser(make_app(desk), "reviewer", login="kim")

    def counts() -> str:
        return kim.get("/queues").text.partition("At work now")[0].partition("<main")[2]

    before = counts()
    _, task = post(kim, "/next")
    assert counts() == before
    post(kim, f"{task}/release")
    assert counts() == before
    assert "Being answered" not in before
    assert "Being answered" in browser(make_app(desk), "lead").get("/queues").text


def test_ten_reasons_have_a_key(desk: Desk) -> None:
    taken_in(desk, hateful(desk, 1))
    kim = browser(make_app(desk), "reviewer", login="kim")
    page = kim.get(post(kim, "/next")[1]).text
    assert re.findall(r'name="reasons"[^>]* data-key="(.)"', page) == list("1234567890")

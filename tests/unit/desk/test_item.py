"""Working at items: claim, answer, go on; what is shown, and what happens to who is too slow."""

import html
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from moderation.desk.app import make_app
from moderation.desk.desk import Desk
from moderation.errors import DatabaseUnavailable, LimitReached
from moderation.events import Context, Evidence
from moderation.review import claims, erasing, queue
from moderation.review.content import ContentError
from moderation.review.quality import claiming
from moderation.review.rules import parse
from moderation.review.tables import Answer, AuditEntry, AuthorKey, Item, Outgoing, Task, TaskExclusion, Viewing
from tests.unit.desk.desks import Clock, account_of, browser, csrf_of, desk_in
from tests.unit.desk.items import Pictures, hateful, policy, seen_in, taken_in

HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    own = policy()
    return desk_in(tmp_path, policies={own.hash: own}.get, stills=Pictures())


@pytest.fixture
def kim(desk: Desk) -> TestClient:
    return browser(make_app(desk), "reviewer", login="kim")


def _post(client: TestClient, path: str, *, htmx: bool = False, **fields: object) -> tuple[int, str, str]:
    """Status, text, and where it leads. An answer is to what its page shows now, unless `seen` is given."""
    if path.endswith("/answer") and "seen" not in fields:
        fields |= seen_in(client.get(path.removesuffix("/answer")).text)
    response = client.post(path, data={"csrf": csrf_of(client), **fields}, headers=HTMX if htmx else {})
    where = response.headers.get("location") or response.headers.get("hx-redirect") or ""
    return response.status_code, response.text, where or response.headers.get("hx-push-url", "")


def _claimed(client: TestClient) -> str:
    status, _, where = _post(client, "/next")
    assert (status, where[:7]) == (303, "/tasks/")
    return where


def _rows(desk: Desk, table: type) -> list:  # type: ignore[type-arg]
    with desk.database.session() as session:
        return list(session.scalars(select(table)))


def test_the_next_item_is_claimed_shown_and_answered_and_the_one_after_comes_in_its_place(
    desk: Desk, kim: TestClient
) -> None:
    taken_in(desk, hateful(desk, 1), hateful(desk, 2))
    first = _claimed(kim)
    page = kim.get(first)
    assert page.status_code == 200
    for part in ("Said of nobody", "hate-look", "People quote.", "text.hate below 0.37", "reported", "harm", "age"):
        assert part in page.text
    status, piece, second = _post(kim, f"{first}/answer", htmx=True, action="remove", reasons=["hate"], note=" a ")
    assert (status, second.startswith("/tasks/"), second != first) == (200, True, True)
    assert "Sent: remove (hate)." in piece
    assert "<html" not in piece
    (given,) = _rows(desk, Answer)
    assert (given.action, given.reasons, given.note) == ("remove", ["hate"], "a")
    assert len(_rows(desk, Outgoing)) == 1


def test_without_scripts_the_same_forms_work(desk: Desk, kim: TestClient) -> None:
    taken_in(desk, hateful(desk, 1))
    task = _claimed(kim)
    assert _post(kim, f"{task}/answer", action="allow")[::2] == (303, "/next")
    assert "Nothing else waits" in kim.get("/next").text


def test_a_reason_that_the_policy_declares_can_be_given_and_one_that_nobody_knows_cannot(
    desk: Desk, kim: TestClient
) -> None:
    taken_in(desk, hateful(desk, 1))
    task = _claimed(kim)
    status, text, _ = _post(kim, f"{task}/answer", htmx=True, action="remove", reasons=["envy"])
    assert (status, "is no reason that the policy knows" in text) == (400, True)
    assert _post(kim, f"{task}/answer", htmx=True, action="remove", reasons=["rumour"])[0] == 204


def test_the_next_is_claimed_ahead_and_its_time_begins_when_it_is_shown(desk: Desk, kim: TestClient) -> None:
    clock = desk.now
    assert isinstance(clock, Clock)
    taken_in(desk, hateful(desk, 1), hateful(desk, 2), hateful(desk, 3))
    first = _claimed(kim)
    kim.get(first)
    assert _post(kim, f"{first}/ahead", htmx=True)[0] == 204
    assert _post(kim, f"{first}/ahead", htmx=True)[0] == 204
    held = [task for task in _rows(desk, Task) if task.status == "claimed"]
    assert len(held) == 2
    assert {viewing.what.partition(":")[0] for viewing in _rows(desk, Viewing)} == {"item"}
    assert len(_rows(desk, Viewing)) == 1
    clock.forward(minutes=10)
    _, _, second = _post(kim, f"{first}/answer", htmx=True, action="allow")
    (shown,) = [task for task in _rows(desk, Task) if task.status == "claimed"]
    assert second == f"/tasks/{desk.numbers.written(shown.task_id)}"
    assert (shown.claimed_at, shown.lease_until) == (clock.now, clock.now + desk.rules.claims.lease)


def test_who_stops_gives_back_what_was_claimed_ahead_too(desk: Desk, kim: TestClient) -> None:
    taken_in(desk, hateful(desk, 1), hateful(desk, 2))
    first = _claimed(kim)
    kim.get(first)
    _post(kim, f"{first}/ahead", htmx=True)
    assert _post(kim, f"{first}/release")[::2] == (303, "/next")
    assert {task.status for task in _rows(desk, Task)} == {"open"}


@pytest.mark.parametrize(
    ("what", "said", "again"),
    [
        ("release", "You gave this item back to its queue", True),
        ("skip", "You skipped this item", False),
        ("reassign", "You have given this item to somebody", False),
    ],
)
def test_who_goes_back_to_what_they_left_reads_why_they_do_not_have_it(
    desk: Desk, what: str, said: str, again: bool
) -> None:
    taken_in(desk, hateful(desk, 1))
    kim, lee = browser(make_app(desk), "lead", login="kim"), account_of(desk, "reviewer", login="lee")
    first = _claimed(kim)
    kim.get(first)
    assert _post(kim, f"{first}/{what}", to=str(lee.account_id), why="a bad day")[0] == 303
    page = kim.get(first)
    assert page.status_code == 409
    assert ("You do not have this item any more" in page.text, said in page.text) == (True, True)
    assert "ran out" not in page.text
    assert ("Claim it again" in page.text) == again
    status, text, _ = _post(kim, f"{first}/answer", action="allow", seen="", version="")
    assert (status, said in text) == (409, True)


def test_who_lost_an_item_to_a_lead_reads_so(desk: Desk, kim: TestClient) -> None:
    taken_in(desk, hateful(desk, 1))
    first = _claimed(kim)
    kim.get(first)
    (task,) = _rows(desk, Task)
    lead, lee = (account_of(desk, role, login=role) for role in ("lead", "reviewer"))
    with desk.database.session() as session:
        claims.reassign(session, task.task_id, lee, desk.rules, by=lead, although_claimed=True, now=desk.now())
    assert "A lead has given this item to somebody" in kim.get(first).text


def test_a_test_that_was_skipped_reads_like_any_other(desk: Desk, kim: TestClient) -> None:
    taken_in(desk, hateful(desk, 1))
    first = _claimed(kim)
    kim.get(first)
    with desk.database.session() as session:
        session.scalars(select(Task)).one().kind = "gold"
    assert _post(kim, f"{first}/skip", why="a bad day")[0] == 303
    assert _rows(desk, Task)[0].status == "closed"
    page = kim.get(first).text
    assert ("You skipped this item" in page, "taken this item back" in page) == (True, False)


def test_who_holds_an_item_whose_author_is_erased_reads_so(desk: Desk, kim: TestClient) -> None:
    taken_in(desk, hateful(desk, 1))
    first = _claimed(kim)
    kim.get(first)
    with desk.database.session() as session:
        author = session.scalars(select(Item)).one().author_id
        assert author is not None
        erasing.erase(session, author, "shell:root", desk.rules, now=desk.now())
    page = kim.get(first).text
    assert ("The author was erased" in page, "later decision" in page) == (True, False)
    lead = browser(kim.app, "lead", login="lead")  # type: ignore[arg-type]
    read = lead.get(f"/items/{_rows(desk, Item)[0].review_id}").text
    assert ("There is nothing left to judge." in read, "press Stop" in read) == (True, False)


def test_two_reviewers_get_two_items_and_neither_the_others(desk: Desk, kim: TestClient) -> None:
    taken_in(desk, hateful(desk, 1), hateful(desk, 2))
    other = browser(kim.app, "reviewer", login="lee")  # type: ignore[arg-type]
    mine, theirs = _claimed(kim), _claimed(other)
    assert mine != theirs
    page = other.get(mine)
    assert (page.status_code, "Somebody else has this item" in page.text) == (409, True)
    status, text, _ = _post(other, f"{mine}/answer", action="allow", note="mine was longer")
    assert (status, "was not sent" in text, "mine was longer" in text) == (409, True, True)
    assert _rows(desk, Answer) == []


def test_who_was_too_slow_reads_so_keeps_the_note_and_can_claim_it_again(desk: Desk, kim: TestClient) -> None:
    clock = desk.now
    assert isinstance(clock, Clock)
    taken_in(desk, hateful(desk, 1))
    task = _claimed(kim)
    kim.get(task)
    clock.forward(minutes=16)
    status, text, _ = _post(kim, f"{task}/answer", htmx=True, action="remove", reasons=["hate"], note="a long note")
    assert status == 200
    for part in ("Your time for this item is over", "remove hate", "a long note", "Claim it again"):
        assert part in text
    assert _rows(desk, Answer) == []
    assert _post(kim, f"{task}/claim")[::2] == (303, task)
    assert kim.get(task).status_code == 200


def test_who_holds_as_many_as_the_rules_allow_is_shown_them(desk: Desk, kim: TestClient) -> None:
    taken_in(desk, *(hateful(desk, number) for number in range(1, 6)))
    for _ in range(desk.rules.claims.held):
        kim.get(_claimed(kim))
    assert _post(kim, "/next")[::2] == (303, "/next")
    page = kim.get("/next").text
    assert "You hold 3 items: answer, skip or release one first." in page
    assert page.count('href="/tasks/') == 3


def test_more_time_is_given_while_the_lease_lasts(desk: Desk, kim: TestClient) -> None:
    clock = desk.now
    assert isinstance(clock, Clock)
    taken_in(desk, hateful(desk, 1))
    task = _claimed(kim)
    clock.forward(minutes=14)
    status, text, _ = _post(kim, f"{task}/extend", htmx=True)
    assert (status, "You have more time." in text) == (200, True)
    clock.forward(minutes=14)
    assert kim.get(task).status_code == 200


def test_a_skip_keeps_its_reason_and_the_item_goes_to_others(desk: Desk, kim: TestClient) -> None:
    taken_in(desk, hateful(desk, 1))
    task = _claimed(kim)
    ready = [" checked" in one for one in re.findall(r'<input type="radio" name="why"[^>]*>', kim.get(task).text)]
    assert ready == [False] * 5
    status, page, _ = _post(kim, f"{task}/skip", other="  ")
    assert (status, "Choose why you skip it" in page) == (400, True)
    assert _post(kim, f"{task}/skip", why="I know somebody in it")[2] == "/next"
    assert [own.why for own in _rows(desk, TaskExclusion)] == ["skipped: I know somebody in it"]
    assert _post(kim, "/next")[2] == "/next"
    assert _claimed(browser(kim.app, "reviewer", login="lee")) == task  # type: ignore[arg-type]


def test_a_lead_gives_an_item_to_somebody_and_a_reviewer_cannot(desk: Desk, kim: TestClient) -> None:
    taken_in(desk, hateful(desk, 1))
    lead = browser(kim.app, "lead")  # type: ignore[arg-type]
    account = account_of(desk, "reviewer", login="kim")
    task = _claimed(lead)
    assert f'value="{account.account_id}"' in lead.get(task).text
    assert _post(lead, f"{task}/reassign", to=account.account_id)[2] == "/next"
    assert _claimed(kim) == task
    assert _post(kim, f"{task}/reassign", to=account.account_id)[0] == 403


def test_an_item_can_be_read_without_a_claim_and_every_look_is_noted_once(desk: Desk) -> None:
    (review_id,) = taken_in(desk, hateful(desk, 1))
    auditor = browser(make_app(desk), "auditor")
    for _ in range(2):
        page = auditor.get(f"/items/{review_id}")
        assert page.status_code == 200
        assert "Your answer" not in page.text
    looks = [entry.subject for entry in _rows(desk, AuditEntry) if entry.did == "item.viewed"]
    assert looks == [f"item:{review_id}"]
    assert auditor.get("/items/none").status_code == 404


def test_the_answer_that_stands_is_shown_to_who_gave_it_and_not_to_who_may_be_asked_next(
    desk: Desk, kim: TestClient
) -> None:
    (review_id,) = taken_in(desk, hateful(desk, 1))
    task = _claimed(kim)
    _post(kim, f"{task}/answer", action="remove", reasons=["hate"], note="plainly")
    for client, sees in (
        (kim, True),
        (browser(kim.app, "reviewer", login="lee"), False),
        (browser(kim.app, "lead"), True),
    ):  # type: ignore[arg-type]
        assert ("plainly" in client.get(f"/items/{review_id}").text) is sees


def test_a_known_answer_looks_like_no_item_to_who_finds_its_address(desk: Desk, kim: TestClient) -> None:
    (review_id,) = taken_in(desk, hateful(desk, 1))
    with desk.database.session() as session:
        session.get_one(Item, review_id).status = "gold"
    assert kim.get(f"/items/{review_id}").status_code == 404
    assert browser(kim.app, "lead").get(f"/items/{review_id}").status_code == 200  # type: ignore[arg-type]


def test_what_was_claimed_ahead_goes_back_when_its_reviewer_has_met_enough(tmp_path: Path) -> None:
    own = policy()
    rules = parse("exposure: {per_hour: 0.3, benign: 0}", "rules")
    desk = desk_in(tmp_path, policies={own.hash: own}.get, rules=rules)
    kim = browser(make_app(desk), "reviewer", login="kim")
    taken_in(desk, hateful(desk, 1, hate=0.8), hateful(desk, 2, hate=0.8), hateful(desk, 3, hate=0.8))
    task = _claimed(kim)
    kim.get(task)
    _post(kim, f"{task}/ahead", htmx=True)
    assert sorted(own.status for own in _rows(desk, Task)) == ["claimed", "claimed", "open"]
    assert _post(kim, f"{task}/answer", htmx=True, action="allow")[::2] == (204, "/next")
    assert sorted(own.status for own in _rows(desk, Task)) == ["done", "open", "open"]
    page = kim.get("/next").text
    assert "take a break" in page
    assert page.count("harmless items only") == 1
    with desk.database.session() as session:
        third = session.scalars(select(Task).where(Task.status == "open").limit(1)).one()
        third.assigned_to = session.scalars(select(Answer.account_id)).one()
        number = third.task_id
    assert _post(kim, f"/tasks/{desk.numbers.written(number)}/claim")[0] == 429
    assert sorted(own.status for own in _rows(desk, Task)) == ["done", "open", "open"]


ONE = "The same words, said to everybody who passes by here, and again on the next day"


def test_who_answers_while_a_more_urgent_copy_comes_answers_what_they_saw(desk: Desk, kim: TestClient) -> None:
    (mine,) = taken_in(desk, hateful(desk, 1, text=ONE))
    task = _claimed(kim)
    seen = seen_in(kim.get(task).text)
    (other,) = taken_in(desk, hateful(desk, 2, hate=0.9, text=ONE))
    (waits,) = _rows(desk, Task)
    assert waits.head == other != mine == seen["seen"]
    _, _, _ = _post(kim, f"{task}/answer", htmx=True, action="remove", reasons=["hate"], **seen)
    (given,) = _rows(desk, Answer)
    assert given.review_id == mine
    assert "Sent: remove (hate), for 2 posts that are alike." in kim.get("/next").text


def test_who_answers_what_has_changed_is_shown_it_anew_with_all_that_they_chose(desk: Desk, kim: TestClient) -> None:
    media = [{"media_id": "m", "kind": "image", "url": "https://example.org/m.png"}]
    taken_in(desk, hateful(desk, 1, hate=0.5, lanes={"text": "scored"}, media=media))
    task = _claimed(kim)
    seen = seen_in(kim.get(task).text)
    taken_in(desk, hateful(desk, 1, hate=0.6, lanes={"text": "scored", "image": "scored"}, media=media))
    chosen = {"action": "restrict", "reasons": ["hate", "rumour"], "note": "a <note>"}
    for htmx, expected in ((True, 200), (False, 409)):
        status, text, _ = _post(kim, f"{task}/answer", htmx=htmx, **chosen, **seen)
        assert status == expected
        assert "Nothing was sent. More is known of this item than when you opened it." in text
        assert "it is 0.60" in text
        assert re.findall(r'value="([a-z_]+)"[^>]* checked', text)[:3] == ["restrict", "hate", "rumour"]
        assert "a &lt;note&gt;</textarea>" in text
    assert _rows(desk, Answer) == []
    assert _post(kim, f"{task}/answer", htmx=True, **chosen, **seen_in(text))[0] == 204
    (given,) = _rows(desk, Answer)
    assert (given.action, given.reasons, given.note) == ("restrict", ["hate", "rumour"], "a <note>")


def test_an_item_that_stands_in_for_one_that_was_taken_back_is_shown_and_noted_before_it_is_answered(
    desk: Desk, kim: TestClient
) -> None:
    first, second = taken_in(desk, hateful(desk, 1, text=ONE), hateful(desk, 2, text=ONE))
    task = _claimed(kim)
    seen = seen_in(kim.get(task).text)
    with desk.database.session() as session:
        gone = session.get_one(Item, seen["seen"])
        gone.status = "closed"
        queue.leave(session, gone, desk.rules)
    status, text, _ = _post(kim, f"{task}/answer", htmx=True, action="remove", reasons=["hate"], **seen)
    assert (status, "does not wait here any more" in text) == (200, True)
    assert {viewing.review_id for viewing in _rows(desk, Viewing)} == {first, second}
    assert _rows(desk, Outgoing) == []


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (DatabaseUnavailable("no connection to 10.0.0.7"), "The desk's database does not answer."),
        (ContentError("the stored content of item:7 is damaged"), "The stored content of item:7 is damaged."),
        (ZeroDivisionError("10.0.0.7"), "This is a fault of the desk, not yours. Tell whoever runs it the number "),
    ],
)
def test_an_answer_is_told_as_sent_although_the_next_item_cannot_be_had(
    desk: Desk, kim: TestClient, monkeypatch: pytest.MonkeyPatch, problem: Exception, said: str
) -> None:
    taken_in(desk, hateful(desk, 1), hateful(desk, 2))

    def fails(*_: object, **__: object) -> None:
        raise problem

    for htmx in (True, False):
        task = _claimed(kim)
        with monkeypatch.context() as patched:
            patched.setattr(claiming, "next_task", fails)
            status, text, _ = _post(kim, f"{task}/answer", htmx=htmx, action="remove", reasons=["hate"])
        assert (status, f"could not be fetched. {said}" in html.unescape(text)) == (200, True)
        assert ">Sent: remove (hate).</h1>" in text
        assert "not sent" not in text
        assert "10.0.0.7" not in text
    assert len(_rows(desk, Answer)) == 2


def test_who_holds_too_many_reads_that_the_answer_was_sent_and_that(
    desk: Desk, kim: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_in(desk, hateful(desk, 1))
    task = _claimed(kim)

    def full(*_: object, **__: object) -> None:
        raise LimitReached("you hold 3 items: answer, skip or release one first")

    monkeypatch.setattr(claiming, "next_task", full)
    assert _post(kim, f"{task}/answer", htmx=True, action="allow")[::2] == (204, "/next")
    assert "Sent: allow. You hold 3 items" in kim.get("/next").text


def test_what_stands_in_for_an_item_meanwhile_is_not_what_is_claimed_ahead(desk: Desk, kim: TestClient) -> None:
    taken_in(desk, hateful(desk, 1, text=ONE))
    task = _claimed(kim)
    kim.get(task)
    taken_in(desk, hateful(desk, 2, hate=0.9, text=ONE), hateful(desk, 3))
    assert _post(kim, f"{task}/ahead", htmx=True)[0] == 204
    assert [own.status for own in _rows(desk, Task)] == ["claimed", "claimed"]


HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>\u202ejavascript:alert(3)'


def test_what_posts_contain_is_never_markup_in_any_field(desk: Desk, kim: TestClient) -> None:
    made = hateful(
        desk,
        1,
        text=f"{HOSTILE} and on",
        surface=HOSTILE[:60],
        language=HOSTILE,
        post_id=HOSTILE,
        author_id=HOSTILE,
        context=Context(parent_id=HOSTILE, thread_id=HOSTILE, title=HOSTILE, text=HOSTILE),
        facts={HOSTILE: HOSTILE, "reports": 1},
        media=[{"media_id": HOSTILE, "kind": "image", "url": HOSTILE}],
    )
    evidence = (
        Evidence(signal=HOSTILE, value=0.5, label=HOSTILE, start=0, end=9),
        Evidence(signal=HOSTILE, value=0.5, label=HOSTILE, media_id=HOSTILE, box=(0, 0, 1, 1)),
    )
    text = made.lanes["text"].model_copy(update={"evidence": evidence, "models": {"text.hate": HOSTILE}})
    lanes = {"text": text, "image": text.model_copy(update={"failures": {HOSTILE: HOSTILE}, "evidence": ()})}
    made = made.model_copy(update={"lanes": lanes, "attributes": {**made.attributes, "text.language": HOSTILE}})
    (review_id,) = taken_in(desk, made)
    task = _claimed(kim)
    pages = [kim.get(task).text, kim.get(f"/items/{review_id}/media/0").text, kim.get(f"/items/{review_id}").text]
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "\u202e" not in page
        assert not re.search(r"(?:href|src|hx-[a-z]+)=\"?\s*javascript:", page, re.IGNORECASE)
        assert ' style="' not in page
    assert pages[0].count("&lt;script&gt;") >= 8


def test_media_stay_hidden_until_asked_for_and_who_asked_is_noted(desk: Desk, kim: TestClient) -> None:
    media = [{"media_id": "m", "kind": "image", "url": "https://example.org/m.png"},
             {"media_id": "gone", "kind": "image", "url": "https://example.org/gone.png"}]  # fmt: skip
    (review_id,) = taken_in(desk, hateful(desk, 1, lanes={"text": "scored", "image": "scored"}, media=media))
    piece = kim.get(f"/items/{review_id}/media/0").text
    assert "sharp=0&amp;colour=0&amp;faces=0" in piece
    picture = f"/items/{review_id}/media/0/0.jpg"
    hidden = kim.get(picture)
    assert (hidden.status_code, hidden.headers["content-type"]) == (200, "image/jpeg")
    assert hidden.headers["cache-control"] == "no-store"
    assert kim.get(f"{picture}?sharp=1").status_code == 403
    status, piece, _ = _post(kim, f"/items/{review_id}/media/0", htmx=True, part="picture")
    assert (status, "sharp=1&amp;colour=0&amp;faces=0" in piece) == (200, True)
    assert kim.get(f"{picture}?sharp=1").status_code == 200
    assert kim.get(f"{picture}?sharp=1&faces=1").status_code == 403
    assert "sharp=0" in kim.get(f"/items/{review_id}/media/0?hidden=1").text
    (viewing,) = _rows(desk, Viewing)
    assert viewing.what == "picture: 1"
    (entry,) = [entry for entry in _rows(desk, AuditEntry) if entry.did == "media.unblurred"]
    assert entry.details == {"media": 1, "part": "picture"}
    assert "It is no longer there." in kim.get(f"/items/{review_id}/media/1").text
    assert kim.get(f"/items/{review_id}/media/2").status_code == 404
    stranger = browser(kim.app, "admin")  # type: ignore[arg-type]
    assert stranger.get(picture).status_code == 403


def test_who_prefers_sharp_pictures_gets_them_and_it_is_noted(desk: Desk, kim: TestClient) -> None:
    media = [{"media_id": "m", "kind": "image", "url": "https://example.org/m.png"}]
    (review_id,) = taken_in(desk, hateful(desk, 1, lanes={"text": "scored", "image": "scored"}, media=media))
    account = account_of(desk, "reviewer", login="kim")
    with desk.database.session() as session:
        session.merge(account).preferences = {"blur": False}
    assert "sharp=1&amp;colour=0&amp;faces=0" in kim.get(f"/items/{review_id}/media/0").text
    assert [viewing.what for viewing in _rows(desk, Viewing)] == ["picture: 1"]


def test_an_item_whose_content_is_erased_can_still_be_released(desk: Desk, kim: TestClient) -> None:
    taken_in(desk, hateful(desk, 1))
    task = _claimed(kim)
    with desk.database.session() as session:
        for key in session.scalars(select(AuthorKey)):
            key.key = None
    page = kim.get(task)
    assert (page.status_code, "has been erased" in page.text) == (200, True)
    assert _post(kim, f"{task}/release")[2] == "/next"

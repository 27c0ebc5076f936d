"""What attacks stands in every field that a stranger or a colleague can fill, and acts on no page, whoever looks."""

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from moderation.desk.app import make_app
from moderation.desk.desk import Desk
from moderation.desk.installed import InstalledModel, Score
from moderation.desk.limits import RATES, Limits, Rate
from moderation.desk.pages import PageRoute
from moderation.events import Context, Decision, Evidence, PublishedPolicy, Release, Scored
from moderation.release import ReleaseLog, key_of
from moderation.review import accounts, appeals, audit, claims
from moderation.review.quality import gold
from moderation.review.roles import PEOPLE
from moderation.review.rules import parse
from moderation.review.tables import Account, Answer, Appeal, Gold, Item, Task
from tests.unit.desk.desks import account_of, browser, csrf_of, desk_in
from tests.unit.desk.items import POLICY, Pictures, hateful, policy, taken_in
from tests.unit.desk.test_dead_letters import Letters
from tests.unit.desk.test_dead_letters import letter as dead_letter
from tests.unit.desk.test_policy_page import Told, alarm
from tests.unit.desk.test_sign_in import Scripted
from tests.unit.review import rows
from tests.unit.review.quality.waiting import answered

HOSTILE = "<script>alert(1)</script>'\"><img src=x onerror=alert(2)>\u202e\x1b[2J{{ 7*7 }} javascript:alert(3)"
TYPED = HOSTILE.replace("\u202e", "").replace("\x1b", "")
"""What accounts and policies may be called: signs that do not print are refused there."""
RULES = parse("quality: {second: {share: 1}}\nclaims: {held: 9}", "rules")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    own = policy()
    log = ReleaseLog()
    published = PublishedPolicy(name=HOSTILE, hash=own.hash, source=POLICY, author=HOSTILE)
    log.add(own.hash.encode(), published.to_json(), 0)
    release = Release(number=1, live=own.hash, by=HOSTILE, at=rows.ago(hours=1), note=HOSTILE)
    log.add(key_of(release, "u"), release.to_json(), 0)
    score = Score(TYPED, ("text.hate", TYPED), 0.5, True)
    model = InstalledModel(TYPED, TYPED, "text", (TYPED,), *[TYPED] * 3, 1.0, TYPED, (TYPED,), TYPED, (score,))
    desk = desk_in(
        tmp_path_factory.mktemp("desk"), rules=RULES, policies={own.hash: own}.get, stills=Pictures(),
        letters=Letters(dead_letter(7, HOSTILE.encode()), dead_letter(8, None, topic=HOSTILE)),
        standings=Told(log, own, told=[alarm(1, subject=HOSTILE, message=HOSTILE, policy_hash=HOSTILE)]),
        models=lambda: [model],
    )  # fmt: skip
    app = make_app(desk, Limits({what: Rate(1_000_000, 1) for what in RATES}))
    fill(desk)
    return app


def fill(desk: Desk) -> None:
    """Posts, answers, appeals, tests, accounts, tokens and audit entries that attack."""
    reviews = taken_in(desk, *(hostile(desk, number) for number in range(1, 9)))
    kim, lou, lead = (account_of(desk, role, login=name) for role, name in
                      (("reviewer", "kim"), ("reviewer", "lou"), ("lead", "ada")))  # fmt: skip
    with desk.database.session() as session:
        for one in (kim, lou, lead):
            accounts.change(session, one.account_id, name=TYPED, by="moderation", now=desk.now())
        tasks = {task.head: task for task in session.scalars(select(Task))}
        for review_id in reviews[:2]:  # two disagree
            first = tasks[review_id]
            claims.take(session, first.task_id, kim, RULES, now=desk.now())
            answered(session, first, kim, "remove", RULES).note = HOSTILE
            second = session.scalars(select(Task).where(Task.parent_id == first.task_id)).one()
            claims.take(session, second.task_id, lou, RULES, now=desk.now())
            answered(session, second, lou, "allow", RULES).note = HOSTILE
        session.flush()
        made = gold.make(session, session.get_one(Item, reviews[0]), lead, RULES, HOSTILE, now=desk.now())
        for answer in session.scalars(select(Answer)):
            answer.reasons = [TYPED]
        session.add(rows.task(900, kind="gold", head=made.review_id, status="done", assigned_to=lou.account_id))
        session.flush()
        session.add(rows.answer(900, lou.account_id, review_id=made.review_id, kind="gold", action="allow"))
        item = session.get_one(Item, reviews[1])
        fields = {"decision_id": HOSTILE, "post_id": item.post_id, "author_id": item.author_id, "stage": "human",
                  "action": "remove", "reasons": (TYPED,)}  # fmt: skip
        record = Decision.model_validate(fields).model_dump(mode="json")
        session.add(rows.decision(1, **{**fields, "reasons": [TYPED]}, verdict_id=item.verdict_id, record=record))
        session.flush()
        filing = appeals.Filing(decision_id=HOSTILE, statement=HOSTILE)
        appeals.file(session, filing, "token:1", RULES, now=desk.now())
        for task in session.scalars(select(Task)):
            task.terms = {HOSTILE: {"factor": 2.0, "why": HOSTILE}, **task.terms}
        session.scalars(select(Task).where(Task.head == reviews[7])).one().queue = TYPED
        session.get_one(Item, reviews[7]).queue = TYPED
        skipped = tasks[reviews[2]]
        claims.take(session, skipped.task_id, kim, RULES, now=desk.now())
        claims.skip(session, skipped.task_id, kim, HOSTILE, now=desk.now())
        audit.note(session, HOSTILE, HOSTILE, HOSTILE, {HOSTILE: HOSTILE, "list": [HOSTILE]}, now=desk.now())


def hostile(desk: Desk, number: int) -> Scored:
    made = hateful(
        desk,
        number,
        text=f"{HOSTILE} and on, {number}",
        surface=HOSTILE[:60],
        language=HOSTILE,
        post_id=f"{HOSTILE}{number}",
        author_id=HOSTILE,
        context=Context(parent_id=HOSTILE, thread_id=HOSTILE, title=HOSTILE, text=HOSTILE),
        facts={HOSTILE: HOSTILE, "reports": 1},
        media=[
            {"media_id": HOSTILE, "kind": "image", "url": f"https://{HOSTILE}/{number}"},
            {"media_id": "gone", "kind": "image", "url": f"{HOSTILE}{number}"},
        ],
    )
    evidence = (
        Evidence(signal=HOSTILE, value=0.5, label=HOSTILE, start=0, end=9),
        Evidence(signal=HOSTILE, value=0.5, label=HOSTILE, media_id=HOSTILE, box=(0, 0, 1, 1)),
    )
    text = made.lanes["text"].model_copy(update={"evidence": evidence, "models": {"text.hate": HOSTILE}})
    image = text.model_copy(update={"failures": {HOSTILE: HOSTILE}, "evidence": ()})
    attributes = {**made.attributes, "text.language": HOSTILE, HOSTILE: HOSTILE}
    return made.model_copy(update={"lanes": {"text": text, "image": image}, "attributes": attributes})


def held(app: FastAPI, account: Account) -> list[int]:
    """Tasks of every kind that the account may have, claimed."""
    desk: Desk = app.state.desk
    with desk.database.session() as session:
        now = desk.now()
        for kind in ("review", "second", "adjudication", "appeal"):
            task = session.scalars(select(Task).where(Task.kind == kind, Task.status == "open").limit(1)).first()
            if task is not None and (kind != "adjudication" or "lead" in account.roles):
                task.status, task.account_id = "claimed", account.account_id
                task.claimed_at, task.lease_until = now, now + timedelta(minutes=15)
        session.flush()
        return [task.task_id for task in claims.held(session, account, now=now)]


def addresses(app: FastAPI, account: Account | None) -> Iterator[str]:
    """Every page to look at, with all that can stand in its address, tasks that the account holds among them."""
    desk: Desk = app.state.desk
    with desk.database.session() as session:
        reviews = list(session.scalars(select(Item.review_id)))
        people = list(session.scalars(select(Account.account_id)))
        filed = list(session.scalars(select(Appeal.appeal_id)))
        assert len(session.scalars(select(Gold)).all()) == 1
    attack = quote(HOSTILE, safe="")
    values: dict[str, list[object]] = {
        "review_id": reviews, "task_id": [*(held(app, account) if account else ()), 1], "place": [0, 1],
        "at_ms": [0], "secret": [attack],
        "name": [attack, "hate", "default", "0:7", "0:8"], "account_id": people, "appeal_id": filed,
        "decision_id": [attack],
    }  # fmt: skip
    asked = {
        "/search": [f"?id={attack}", "?in=items", "?in=answers", "?in=decisions", f"?in=items&queue={attack}",
                    f"?in=answers&reviewer={attack}&from={attack}"],
        "/audit": [f"?actor={attack}", f"?from={attack}"],
        "/appeals": ["?closed=true"],
        "/notices/{decision_id:path}": [f"?language={attack}", "?language=de"],
        "/sign-in": [f"?next=/{attack}"],
        "/next": [f"?queue={attack}"],
        "/dead-letters": [f"?before={attack}"],
        "/queues/{name}": [f"?after={attack}"],
        "/sign-in/provider/back": [f"?error={attack}&state={attack}"],
    }  # fmt: skip
    for route in app.routes:
        if isinstance(route, PageRoute) and "GET" in route.methods and not route.path.endswith(".jpg"):
            found = [re.sub(r":\w+", "", route.path)]
            for name in re.findall(r"{(\w+)}", found[0]):
                found = [path.replace("{" + name + "}", str(value)) for path in found for value in values[name]]
            yield from found
            yield from (f"{path}{query}" for path in found for query in asked.get(route.path, ()))
    yield f"/{attack}"


def test_a_notice_of_what_attacks_is_read_as_it_is(app: FastAPI) -> None:
    page = browser(app, "lead", login="reader").get(f"/notices/{quote(HOSTILE, safe='')}?language=fr")
    assert "Nous avons supprimé votre publication" in page.text
    assert page.text.count("alert(1)") > 2
    check("/notices", page.text, page.headers["content-type"])


@pytest.mark.parametrize("role", [*PEOPLE, None])
def test_nothing_that_anybody_wrote_acts_on_any_page(app: FastAPI, role: str | None) -> None:
    client = browser(app, *([role] if role else []))
    account = account_of(app.state.desk, role) if role else None
    shown = 0
    for address in addresses(app, account):
        for headers in ({}, {"HX-Request": "true"}):
            shown += harmless(client, address, headers)
    assert (
        shown
        >= {"reviewer": 40, "lead": 60, "policy author": 20, "releaser": 2, "auditor": 40, "admin": 5, None: 1}[role]
    )


def test_what_is_refused_is_told_without_acting(app: FastAPI) -> None:
    client = browser(app, "lead", "admin", "auditor", login="all")
    csrf = csrf_of(client)
    for route in app.routes:
        if isinstance(route, PageRoute) and "POST" in route.methods and route.path not in ("/sign-out", "/sign-in"):
            path = re.sub(r"{[^}]+}", "900" if "_id" in route.path else quote(HOSTILE, safe=""), route.path)
            names = ("action", "reasons", "note", "to", "why", "other", "queue", "part", "login", "name", "languages",
                     "skills", "head", "letters", "tasks", "account", "explanation", "review_id", "next")  # fmt: skip
            given = client.post(path, data={"csrf": csrf, **dict.fromkeys(names, HOSTILE)})
            check(path, given.text, given.headers.get("content-type", ""))
            assert given.status_code < 500 or given.status_code == 503, path
            assert not re.search(r"[\r\n]|alert\(1\)</script>", str(given.headers.get("location", ""))), path


def test_a_page_whose_name_no_header_takes_is_led_to_all_the_same(app: FastAPI) -> None:
    name = "kø 日本\r\nSet-Cookie: a=b"
    desk: Desk = app.state.desk
    with desk.database.session() as session:
        session.add(rows.task(9001, queue=name))
    client = browser(app, "lead", login="mover")
    form = {"csrf": csrf_of(client), "tasks": "9001", "to": "hate"}
    for headers in ({"HX-Request": "true"}, {}):
        with desk.database.session() as session:
            session.get_one(Task, 9001).queue = name
        given = client.post(f"/queues/{quote(name)}/move", data=form, headers=headers)
        assert (given.headers.get("hx-redirect") or given.headers["location"]) == f"/queues/{quote(name, safe='')}"
        assert given.status_code in (204, 303)


def harmless(client: TestClient, address: str, headers: dict[str, str]) -> bool:
    """Whether the page shows something of the attack, which must not act."""
    page = client.get(address, headers=headers)
    assert page.status_code < 500 or page.status_code == 503, (address, page.text[:300])
    check(address, page.text, page.headers.get("content-type", ""))
    where = page.headers.get("location", "/")
    assert where.startswith("/"), address
    assert not where.startswith("//"), address
    return "alert(1)" in page.text


def check(address: str, page: str, kind: str) -> None:
    """Nothing in a page runs or loads; nothing hides or turns the direction of writing, but in fields as typed."""
    if not kind.startswith("text/html"):
        return
    assert Scripted(page).found == [], address
    page = re.sub(r'value="[^"]*"|<textarea.*?</textarea>', "", page, flags=re.DOTALL)
    for raw in ("<script>alert", "<img src=x", "\u202e", "\x1b", "49 javascript"):
        assert raw not in page, (address, raw, page[max(0, page.find(raw) - 200) : page.find(raw) + 50])

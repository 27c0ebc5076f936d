"""Every form and call that changes something leaves its entries in the audit. A new route without a line here fails."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.responses import Response
from fastapi.testclient import TestClient
from sqlalchemy import select

from moderation.desk.app import make_app
from moderation.desk.pages import PageRoute
from moderation.events import Decision
from moderation.review import accounts, audit, invitations
from moderation.review.rules import parse
from moderation.review.tables import AuditEntry, Item
from tests.unit.desk.desks import PASSWORD, account_of, browser, csrf_of, desk_in, program
from tests.unit.desk.items import Pictures, hateful, policy, seen_in, taken_in
from tests.unit.desk.test_dead_letters import Letters, letter
from tests.unit.review import rows

PICTURE = [{"media_id": "m", "kind": "image", "url": "https://example.org/m.png"}]


class Scene:
    """A desk with three items that wait, two letters, and whoever is asked for."""

    def __init__(self, folder: Path) -> None:
        own = policy()
        self.desk = desk_in(
            folder,
            policies={own.hash: own}.get,
            stills=Pictures(),
            letters=Letters(letter(1), letter(2)),
            rules=parse("queues: {quiet: {}}", "test"),
        )
        self.app = make_app(self.desk)
        lanes = {"text": "scored", "image": "scored"}
        self.reviews = taken_in(
            self.desk, *(hateful(self.desk, number, lanes=lanes, media=PICTURE) for number in (1, 2, 3))
        )
        self._clients: dict[str, TestClient] = {}

    def as_(self, role: str) -> TestClient:
        """The browser of somebody with the role, whose login is its name."""
        return self._clients.setdefault(role, browser(self.app, role))

    def post(self, role: str, path: str, /, **fields: Any) -> Response:
        client = self.as_(role)
        files = {"file": fields.pop("file")} if "file" in fields else None
        return client.post(path, data={"csrf": csrf_of(client), **fields}, files=files)  # type: ignore[return-value]

    def claimed(self, role: str = "reviewer") -> str:
        """The address of a task that they hold, and have in front of them."""
        where = self.post(role, "/next").headers["location"]
        assert self.as_(role).get(where).status_code == 200
        return where

    def answered(self) -> str:
        """The review id of an item that the reviewer has answered; they hold the next one."""
        where = self.claimed()
        form = {"action": "remove", "reasons": ["hate"], **seen_in(self.as_("reviewer").get(where).text)}
        assert self.post("reviewer", f"{where}/answer", **form).status_code == 303
        with self.desk.database.session() as session:
            return session.scalars(select(Item.review_id).where(Item.status == "decided")).one()

    def account(self, role: str = "reviewer") -> int:
        return account_of(self.desk, role).account_id

    def with_password(self) -> int:
        number = self.account()
        with self.desk.database.session() as session:
            accounts.set_password(session, number, PASSWORD, by="moderation", now=self.desk.now())
        self._clients.clear()
        return number

    def told(self) -> list[str]:
        with self.desk.database.session() as session:
            assert audit.verify(session) == []
            return list(session.scalars(select(AuditEntry.did).order_by(AuditEntry.number)))


Request = Callable[[], Response]
CHANGES: dict[str, tuple[Callable[[Scene], Request], tuple[str, ...]]] = {}
"""Route -> what prepares it and gives the request, and the entries that the request leaves."""

NONE: dict[str, str] = {
    "/settings/theme": "light or dark is nobody's business",
    "/dead-letters/confirm": "shows what would be sent back, and changes nothing; each letter has its own page",
}
"""Routes that leave no entry, and why."""


def change(route: str, *leaves: str) -> Callable[[Callable[[Scene], Request]], Callable[[Scene], Request]]:
    def add(prepare: Callable[[Scene], Request]) -> Callable[[Scene], Request]:
        assert route not in CHANGES
        CHANGES[route] = (prepare, leaves)
        return prepare

    return add


@change("/next", "task.claimed")
def _next(scene: Scene) -> Request:
    return lambda: scene.post("reviewer", "/next")


@change("/tasks/{task_id}/claim", "task.claimed")
def _claim(scene: Scene) -> Request:
    where = scene.claimed()
    scene.post("reviewer", f"{where}/release")
    return lambda: scene.post("reviewer", f"{where}/claim")


@change("/tasks/{task_id}/answer", "task.answered", "task.claimed")
def _answer(scene: Scene) -> Request:
    where = scene.claimed()
    form = {"action": "remove", "reasons": ["hate"], **seen_in(scene.as_("reviewer").get(where).text)}
    return lambda: scene.post("reviewer", f"{where}/answer", **form)


@change("/tasks/{task_id}/skip", "task.skipped", "task.claimed")
def _skip(scene: Scene) -> Request:
    where = scene.claimed()
    return lambda: scene.post("reviewer", f"{where}/skip", why="I know somebody in it")


@change("/tasks/{task_id}/release", "task.released", "task.released")
def _release(scene: Scene) -> Request:
    where = scene.claimed()
    scene.post("reviewer", f"{where}/ahead")
    return lambda: scene.post("reviewer", f"{where}/release")


@change("/tasks/{task_id}/extend", "task.extended")
def _extend(scene: Scene) -> Request:
    where = scene.claimed()
    return lambda: scene.post("reviewer", f"{where}/extend")


@change("/tasks/{task_id}/reassign", "task.reassigned", "task.claimed")
def _reassign(scene: Scene) -> Request:
    where, to = scene.claimed("lead"), scene.account()
    return lambda: scene.post("lead", f"{where}/reassign", to=to)


@change("/tasks/{task_id}/ahead", "task.claimed")
def _ahead(scene: Scene) -> Request:
    where = scene.claimed()
    return lambda: scene.post("reviewer", f"{where}/ahead")


@change("/items/{review_id}/media/{place}", "media.unblurred")
def _unblur(scene: Scene) -> Request:
    scene.as_("lead").get(f"/items/{scene.reviews[0]}")
    return lambda: scene.post("lead", f"/items/{scene.reviews[0]}/media/0", part="picture")


def _chosen(scene: Scene) -> str:
    found = re.search(r'name="tasks" value="([^"]+)"', scene.as_("lead").get("/queues/hate").text)
    assert found is not None
    return found[1]


@change("/queues/{name}/give", "task.reassigned")
def _give(scene: Scene) -> Request:
    form = {"tasks": [_chosen(scene)], "account": scene.account()}
    return lambda: scene.post("lead", "/queues/hate/give", **form)


@change("/stranded", "task.reassigned")
def _give_stranded(scene: Scene) -> Request:
    form = {"tasks": [_chosen(scene)], "account": scene.account()}
    return lambda: scene.post("lead", "/stranded", **form)


@change("/queues/{name}/move", "task.moved")
def _move(scene: Scene) -> Request:
    form = {"tasks": [_chosen(scene)], "to": "quiet"}
    return lambda: scene.post("lead", "/queues/hate/move", **form)


@change("/quality/gold", "gold.made")
def _gold(scene: Scene) -> Request:
    form = {"review_id": scene.answered(), "explanation": "It names a group."}
    return lambda: scene.post("lead", "/quality/gold", **form)


@change("/quality/gold/import", "gold.made")
def _import(scene: Scene) -> Request:
    line = {"post": {"post_id": "g1", "text": "..."}, "action": "remove", "reasons": ["hate"], "queue": "hate"}
    return lambda: scene.post("lead", "/quality/gold/import", file=("gold.jsonl", json.dumps(line)))


@change("/quality/gold/{review_id}/retire", "gold.retired")
def _retire(scene: Scene) -> Request:
    scene.post("lead", "/quality/gold", review_id=scene.answered())
    with scene.desk.database.session() as session:
        review_id = session.scalars(select(Item.review_id).where(Item.status == "gold")).one()
    return lambda: scene.post("lead", f"/quality/gold/{review_id}/retire")


@change("/users/new", "account.created", "account.invited")
def _create(scene: Scene) -> Request:
    return lambda: scene.post("admin", "/users/new", login="kim", name="Kim", roles=["reviewer"])


@change("/users/{account_id:int}", "account.changed")
def _change(scene: Scene) -> Request:
    number = scene.account()
    return lambda: scene.post("admin", f"/users/{number}", name="Kim", roles=["lead"])


@change("/users/{account_id:int}/active", "account.changed")
def _deactivate(scene: Scene) -> Request:
    number = scene.account()
    return lambda: scene.post("admin", f"/users/{number}/active", active=False)


@change("/users/{account_id:int}/invite", "account.invited")
def _invite(scene: Scene) -> Request:
    number = scene.account()
    return lambda: scene.post("admin", f"/users/{number}/invite")


@change("/users/{account_id:int}/sign-out", "account.sessions_ended")
def _sign_somebody_out(scene: Scene) -> Request:
    number = scene.account()
    return lambda: scene.post("admin", f"/users/{number}/sign-out")


@change("/users/tokens", "token.issued")
def _issue(scene: Scene) -> Request:
    return lambda: scene.post("admin", "/users/tokens", name="a program", roles=["platform"])


@change("/users/tokens/{token_id:int}/revoke", "token.revoked")
def _revoke(scene: Scene) -> Request:
    program(scene.app, "platform")
    return lambda: scene.post("admin", "/users/tokens/1/revoke")


@change("/settings", "account.preferred")
def _prefer(scene: Scene) -> Request:
    return lambda: scene.post("reviewer", "/settings", blur="1", languages="de")


@change("/settings/password", "account.password")
def _password(scene: Scene) -> Request:
    scene.with_password()
    new = "another four plain words"
    return lambda: scene.post("reviewer", "/settings/password", current=PASSWORD, password=new, again=new)


@change("/settings/sessions", "account.sessions_ended")
def _end_sessions(scene: Scene) -> Request:
    return lambda: scene.post("reviewer", "/settings/sessions")


@change("/sign-in", "account.signed_in")
def _sign_in(scene: Scene) -> Request:
    scene.with_password()
    guest = browser(scene.app)
    form = {"csrf": csrf_of(guest), "login": "reviewer", "password": PASSWORD}
    return lambda: guest.post("/sign-in", data=form)  # type: ignore[return-value]


@change("/sign-out", "account.signed_out")
def _sign_out(scene: Scene) -> Request:
    return lambda: scene.post("reviewer", "/sign-out")


@change("/invitation/{secret}", "account.password", "account.signed_in")
def _accept(scene: Scene) -> Request:
    number = scene.account()
    with scene.desk.database.session() as session:
        account = accounts.get(session, number)
        path = invitations.invite(session, account, by="moderation", now=scene.desk.now()).path
    guest = browser(scene.app)
    form = {"csrf": csrf_of(guest), "password": PASSWORD, "again": PASSWORD}
    return lambda: guest.post(path, data=form)  # type: ignore[return-value]


@change("/api/v1/appeals", "appeal.filed")
def _appeal(scene: Scene) -> Request:
    review_id = scene.answered()
    with scene.desk.database.session() as session:
        post_id = session.get_one(Item, review_id).post_id
        decision = Decision(decision_id="d", post_id=post_id, author_id="author-1", stage="human", action="remove")
        made = rows.decision(1, decision_id="d", post_id=post_id, stage="human", action="remove")
        made.record = decision.model_dump(mode="json")
        session.add(made)
    platform = program(scene.app, "platform")
    filing = {"decision_id": "d", "statement": "It was a quotation."}
    return lambda: platform.post("/api/v1/appeals", json=filing)  # type: ignore[return-value]


@change("/dead-letters/replay", "dead-letter.replay_asked", "dead-letter.replayed")
def _replay(scene: Scene) -> Request:
    return lambda: scene.post("admin", "/dead-letters/replay", letters=["0:1"])


@change("/audit", "audit.verified")
def _verify(scene: Scene) -> Request:
    return lambda: scene.post("auditor", "/audit")


def test_every_route_that_changes_something_says_which_entries_it_leaves_or_why_none(tmp_path: Path) -> None:
    routes = [route for route in Scene(tmp_path).app.routes if isinstance(route, PageRoute)]
    changing = {route.path for route in routes if route.methods != {"GET"}}
    assert changing == CHANGES.keys() | NONE.keys()


@pytest.mark.parametrize("route", CHANGES)
def test_a_change_leaves_its_entries(tmp_path: Path, route: str) -> None:
    scene = Scene(tmp_path)
    prepare, leaves = CHANGES[route]
    for role in ("reviewer", "lead", "admin", "auditor"):
        scene.as_(role)
    send = prepare(scene)
    before = len(scene.told())
    answer = send()
    assert answer.status_code < 400
    assert tuple(scene.told()[before:]) == leaves


def test_what_leaves_no_entry_says_so_rightly(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.as_("admin")
    before = scene.told()
    assert scene.post("admin", "/settings/theme", theme="dark").status_code == 204
    assert scene.post("admin", "/dead-letters/confirm", letters=["0:1"]).status_code == 200
    assert scene.told() == before

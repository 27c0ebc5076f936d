"""A test, a second look and an ordinary item are the same to who is asked about them, wherever they look."""

import re
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation import ids
from moderation.desk.app import make_app
from moderation.desk.desk import Desk
from moderation.events import Decision
from moderation.review import answering, claims, decided
from moderation.review.quality import gold
from moderation.review.quality.rules import KnownAnswers, SecondLook
from moderation.review.rules import DeskRules
from moderation.review.tables import Account, Item, Task
from tests.unit.desk.desks import Clock, account_of, browser, csrf_of, desk_in
from tests.unit.desk.items import Pictures, hateful, policy, taken_in

Kind = Literal["ordinary", "test", "second look"]

MEDIA = [{"media_id": "m", "kind": "image", "url": "https://example.org/m.png"}]
LANES = {"text": "scored", "image": "scored"}


def rules(kind: Kind) -> DeskRules:
    """What lou gets is certain."""
    own = DeskRules.model_validate({"queues": {"hate": {"due": "4h"}}, "exposure": {"benign": 0}})
    looks = SecondLook.model_construct(share=float(kind == "second look"), first_counts=True, reasons_matter=False)
    known = KnownAnswers.model_construct(share=float(kind == "test"))
    return own.model_copy(update={"quality": own.quality.model_copy(update={"second": looks, "gold": known})})


class World:
    """A desk on which lou has an item of anna's in hand, one of these kinds, and what lou sees of it."""

    def __init__(self, folder: Path, kind: Kind) -> None:
        folder.mkdir()
        own = policy()
        self.desk = desk_in(folder, rules=rules(kind), policies={own.hash: own}.get, stills=Pictures())
        app = make_app(self.desk)
        self.lou = browser(app, "reviewer", login="lou")
        first, self.other, self.strange, done = taken_in(
            self.desk,
            hateful(self.desk, 1, 0.6, LANES, text="Said of nobody", author_id="anna", media=MEDIA),
            hateful(self.desk, 2, 0.4, text="Said of somebody else", author_id="anna"),
            hateful(self.desk, 3, 0.4, text="And of all the others", author_id="bert"),
            hateful(self.desk, 4, 0.38, text="Hardly anything", author_id="carl"),
        )
        kim = account_of(self.desk, "reviewer", login="kim")
        with self.desk.database.session() as session:
            for review_id in [done] if kind == "ordinary" else [done, first]:
                removed(session, self.desk, kim, review_id)
        if kind == "test":
            lead = account_of(self.desk, "lead")
            with self.desk.database.session() as session:
                gold.make(session, session.get_one(Item, first), lead, self.desk.rules, now=self.desk.now())
        clock = self.desk.now
        assert isinstance(clock, Clock)
        clock.forward(minutes=7)
        self.before = self.page("/queues")
        taken = self.lou.post("/next", data={"csrf": csrf_of(self.lou)})
        self.address = taken.headers["location"]
        with self.desk.database.session() as session:
            self.task = session.scalars(select(Task).where(Task.status == "claimed")).one()
            self.item = session.get_one(Item, self.task.head)
            session.expunge_all()
        self.original = first

    def page(self, path: str) -> str:
        """What a page says, with names in place of this item's ids, of numbers and of times."""
        shown = self.lou.get(path, headers={"HX-Request": "true"} if "media" in path else {})
        assert shown.status_code == 200, (path, shown.status_code)
        text = shown.text.partition("<main")[2] or shown.text
        own = getattr(self, "item", None)
        if own is not None:
            names = {self.address: "TASK", own.review_id: "ITEM", own.post_id: "POST", own.decision_id: "DECISION"}
            for name, token in names.items():
                text = text.replace(name, token).replace(name[:8] + "…", token)
        text = re.sub(r'name="csrf" value="[^"]*"|name="version" value="[^"]*"', "", text)
        text = re.sub(r'(datetime|title|data-[a-z]+)="(\d{4}-[^"]*)"', lambda own: f"{own[1]}={len(own[2])}", text)
        text = re.sub(r"\d+(\.\d+)?", "#", text)
        text = re.sub(r"# (s|min|h|d)( # (s|min|h|d))?", "A WHILE", text)
        row = re.compile(r"<tr.*?</tr>", re.DOTALL)
        return "\n".join([row.sub("", text), *sorted(row.findall(text))])  # lists are by time

    def pages(self) -> dict[str, str]:
        """Everywhere that lou can look."""
        review, post, decision = self.item.review_id, self.item.post_id, self.item.decision_id
        paths = {
            "work": self.address,
            "item": f"/items/{review}",
            "media": f"/items/{review}/media/0",
            "my work": "/work",
            "review": "/next",
            "queues": "/queues",
            "queue": "/queues/hate",
            "appeals": "/appeals",
            "the author's other item": f"/items/{self.other}",
            "somebody else's item": f"/items/{self.strange}",
        }
        for kind, name in {"item": review, "post": post, "decision": decision, "author": "anna"}.items():
            for table in ("", "&in=items", "&in=answers", "&in=decisions"):
                paths[f"search {table} by {kind}"] = f"/search?id={name}{table}"
        for table in ("items", "answers", "decisions"):
            paths[f"search of all {table}"] = f"/search?in={table}&status=open&status=decided&stage=final&queue=hate"
        return {name: self.page(path) for name, path in paths.items()}


def removed(session: Session, desk: Desk, kim: Account, review_id: str) -> None:
    """Kim removes an item, and the decision has come back from Kafka."""
    item = session.get_one(Item, review_id)
    assert item.task_id is not None
    task = claims.take(session, item.task_id, kim, desk.rules, now=desk.now())
    answer = answering.submit(
        session, task, kim, "remove", ["hate"], "kim wrote this", desk.rules, to=answering.seen(item), now=desk.now()
    )
    assert answer.verdict_id is not None
    made = Decision(
        decision_id=ids.human_decision_id(item.post_id, answer.verdict_id),
        post_id=item.post_id,
        author_id=item.author_id,
        stage="human",
        action="remove",
        reasons=("hate",),
        supersedes=item.decision_id,
        verdict_id=answer.verdict_id,
    )
    decided.keep(session, [decided.Written(made, item.partition, desk.now())])


@pytest.mark.parametrize("kind", ["test", "second look"])
def test_who_is_asked_sees_the_same_as_of_an_ordinary_item_on_every_page(tmp_path: Path, kind: Kind) -> None:
    ordinary, special = World(tmp_path / "ordinary", "ordinary"), World(tmp_path / "special", kind)
    assert (ordinary.task.kind, special.task.kind) == ("review", {"test": "gold"}.get(kind, "second"))
    there, here = ordinary.pages(), special.pages()
    for name, page in there.items():
        assert here[name] == page, name
        assert "kim wrote this" not in here[name]
    assert special.before == ordinary.before
    assert ("remove" in here["the author's other item"]) is ("remove" in there["the author's other item"])

"""Known answers: made of answered items, imported, retired."""

from typing import Annotated

from fastapi import Form, UploadFile
from fastapi.responses import Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.desk.once_more import once_more
from moderation.desk.pages import Pages
from moderation.desk.visit import Visit
from moderation.errors import NoSuchItem, ReviewError
from moderation.review.quality import gold
from moderation.review.tables import Answer, Gold, Item

router = Pages()

MAX_BYTES = 5_000_000
"""Of a file to import."""


@router.get("/quality/gold", permission="gold.change")
def listed(visit: Visit) -> Response:
    """Every known answer, and how often it was given."""
    with visit.transaction() as session:
        answers = (
            select(
                Answer.review_id,
                func.count().label("asked"),
                func.count().filter(Answer.action == Gold.action).label("right"),
            )
            .join(Gold, Gold.review_id == Answer.review_id)
            .where(Answer.kind == "gold")
            .group_by(Answer.review_id)
        )
        asked = {row.review_id: (row.asked, row.right) for row in session.execute(answers)}
        rows = session.execute(
            select(Gold, Item).join(Item, Item.review_id == Gold.review_id).order_by(Gold.active.desc(), Gold.made_at)
        ).all()
        session.expunge_all()
    return visit.render("gold.html", rows=rows, asked=asked)


@router.post("/quality/gold", permission="gold.change")
def make(visit: Visit, review_id: Annotated[str, Form()], explanation: Annotated[str, Form()] = "") -> Response:
    """Make a known answer of an item that was answered."""

    def made(session: Session) -> None:
        item = session.get(Item, review_id)
        if item is None:
            raise NoSuchItem("there is no such item")
        gold.make(session, item, visit.account, visit.desk.rules, explanation, now=visit.now)

    visit.transact(made)
    return visit.redirect("/quality/gold", told="It is gold now: others will meet a copy of it among their items.")


@router.post("/quality/gold/import", permission="gold.change")
def bring(visit: Visit, file: UploadFile) -> Response:
    """Known answers from a file of JSON lines."""
    try:
        lines = _lines(file)
        made = visit.transact(
            lambda session: gold.imported(session, lines, visit.account, visit.desk.rules, now=visit.now)
        )
    except ReviewError as problem:
        return once_more(visit, "/quality/gold", problem)
    return visit.redirect("/quality/gold", told=f"{len(made)} imported.")


@router.post("/quality/gold/{review_id}/retire", permission="gold.change")
def retire(visit: Visit, review_id: str) -> Response:
    """Show it to nobody any more."""
    visit.transact(lambda session: gold.retire(session, review_id, visit.account, now=visit.now))
    return visit.redirect("/quality/gold", told="Retired: its answers still count.")


def _lines(file: UploadFile) -> list[str]:
    content = file.file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ReviewError(f"the file is larger than {MAX_BYTES:,} bytes: import it in parts")
    try:
        return content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ReviewError("the file is no text in UTF-8") from None

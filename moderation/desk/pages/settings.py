"""What somebody sets for themselves: how items are shown to them, their password, where they are signed in."""

from typing import Annotated, Literal

from fastapi import Form
from fastapi.responses import Response
from sqlalchemy.orm import Session

from moderation.desk import doors
from moderation.desk.pages import Pages
from moderation.desk.visit import Visit
from moderation.errors import ReviewError
from moderation.review import accounts, audit, logins, passwords

router = Pages()


class WrongPassword(ReviewError):
    """The password of now, asked for before another is set."""

    status = 422


@router.get("/settings", permission="own.settings")
def settings(visit: Visit) -> Response:
    return _page(visit)


@router.post("/settings", permission="own.settings")
def prefer(
    visit: Visit,
    blur: Annotated[bool, Form()] = False,
    grey: Annotated[bool, Form()] = False,
    faces: Annotated[bool, Form()] = False,
    theme: Annotated[Literal["auto", "light", "dark"], Form()] = "auto",
    languages: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    preferences: dict[str, bool | str] = {"theme": theme}
    if visit.may("media.see"):
        preferences |= {"blur": blur, "grey": grey, "faces": faces}
    try:
        visit.transact(
            lambda session: accounts.prefer(
                session, visit.account.account_id, preferences, languages=languages.split(","), now=visit.now
            )
        )
    except accounts.InvalidAccount as invalid:
        return _page(visit, languages=languages, problem_languages=str(invalid))
    return visit.redirect("/settings", told="Saved.")


@router.post("/settings/theme", permission="own.settings")
def theme(visit: Visit, theme: Annotated[Literal["auto", "light", "dark"], Form()]) -> Response:
    """The switch in the menu; the page has changed already."""
    visit.transact(lambda session: accounts.prefer(session, visit.account.account_id, {"theme": theme}, now=visit.now))
    return Response(status_code=204)


@router.post("/settings/password", permission="own.settings")
def password(
    visit: Visit,
    current: Annotated[str, Form(max_length=1000)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Other sessions end with the old password; this one goes on."""
    assert visit.login is not None
    this = visit.login.digest
    visit.app.state.limits.take("sign-in of a login", visit.account.login, visit.now)
    try:
        if not passwords.matches(visit.account.password, current):
            raise WrongPassword("the current password is another")
        if password != again:
            raise passwords.WeakPassword("the two new passwords are not the same")
        visit.transact(
            lambda session: accounts.set_password(
                session, visit.account.account_id, password, by=visit.actor, now=visit.now, but=this
            )
        )
    except (WrongPassword, passwords.WeakPassword) as refused:
        return _page(visit, problem_password=str(refused))
    visit.app.state.limits.clear("sign-in of a login", visit.account.login)
    return visit.redirect("/settings", told="The password is changed, and your other sessions have ended.")


@router.post("/settings/sessions", permission="own.settings")
def end_sessions(visit: Visit) -> Response:
    """End every session of one's own but this."""
    assert visit.login is not None
    this = visit.login.digest

    def ended(session: Session) -> None:
        logins.end_all(session, visit.account.account_id, but=this)
        audit.note(session, visit.actor, "account.sessions_ended", visit.actor, now=visit.now)

    visit.transact(ended)
    return visit.redirect("/settings", told="Your other sessions have ended.")


def _page(
    visit: Visit, *, languages: str | None = None, problem_languages: str = "", problem_password: str = ""
) -> Response:
    with visit.transaction() as session:
        sessions = logins.of(session, visit.account.account_id, idle=doors.idle(visit), now=visit.now)
        session.expunge_all()
    return visit.render(
        "settings.html",
        422 if problem_languages or problem_password else 200,
        sessions=sessions,
        languages=", ".join(visit.account.languages) if languages is None else languages,
        problem_languages=problem_languages,
        problem_password=problem_password,
    )

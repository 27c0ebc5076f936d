"""What could not be processed: read page by page, looked at, and sent back by who may."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form
from fastapi.responses import Response
from sqlalchemy.orm import Session

from moderation.client.letters import DeadLetters, Letter
from moderation.desk import letters as showing
from moderation.desk.days import beginning
from moderation.desk.once_more import once_more
from moderation.desk.pages import Pages, Tab
from moderation.desk.refusals import Refused
from moderation.desk.visit import Visit
from moderation.errors import BrokerUnavailable, DatabaseUnavailable, ModerationError, NoSuchItem, ReviewError
from moderation.review import audit

router = Pages(tab=Tab("Dead letters", "/dead-letters", "dead-letters.see", place=70))

PAGE = 50
_FILTERS = ("stage", "error", "from", "to", "waiting")
MOST = 500
"""Letters that one request sends back: more is a matter of the command line."""


class KafkaAway(Refused):
    """Dead letters are on Kafka, which does not answer just now."""

    status = 503


Names = Annotated[Sequence[str], Form()]


@router.get("/dead-letters", permission="dead-letters.see")
def dead_letters(visit: Visit, before: str | None = None) -> Response:
    """The page itself asks Kafka for nothing: the list comes when it is known."""
    showing.read(before)
    _wanted(visit)
    return visit.render("dead_letters.html", given=_given(visit), query=visit.url.query)


@router.get("/dead-letters/list", permission="dead-letters.see")
def listed(visit: Visit, before: str | None = None) -> Response:
    """Some letters, the newest first: those that fit, of as many as one request looks at."""
    wanted = _wanted(visit)
    try:
        with _letters(visit) as letters:
            found = showing.search(letters, wanted, PAGE, showing.read(before))
    except ModerationError as error:
        return visit.render("dead_letters_away.html", problem=str(error))
    rows = [(showing.name(letter), letter, showing.written_at(letter)) for letter in found.letters]
    given = {name: value for name, value in _given(visit).items() if value}
    more = None if found.before is None else urlencode(given | {"before": showing.written(found.before) or ""})
    return visit.render(
        "dead_letters_list.html", rows=rows, more=more, found=found, given=given, newest=urlencode(given),
        begun=before is not None,
    )  # fmt: skip


@router.get("/dead-letters/{name}", permission="dead-letters.see")
def letter(visit: Visit, name: str) -> Response:
    """One letter with its headers, key and value."""
    with _letters(visit) as letters:
        found = _found(letters, [name])[0]
    with visit.transaction() as session:
        audit.note(session, visit.actor, "dead-letter.viewed", f"dead-letter:{name}", now=visit.now)
    return visit.render(
        "dead_letter.html",
        name=name,
        letter=found,
        at=showing.written_at(found),
        key=showing.shown(found.record.key),
        value=showing.shown(found.record.value),
        headers=[(header, showing.shown(value)) for header, value in found.record.headers],
    )


@router.post("/dead-letters/confirm", permission="dead-letters.replay")
def confirm(visit: Visit, letters: Names = ()) -> Response:
    """What would be sent back, and where to."""
    try:
        names = _chosen(letters)
    except ReviewError as problem:
        return once_more(visit, "/dead-letters", problem)
    with _letters(visit) as known:
        found = _found(known, names)
    rows = [(showing.name(letter), letter, showing.written_at(letter)) for letter in found]
    return visit.render("dead_letters_confirm.html", rows=rows)


@router.post("/dead-letters/replay", permission="dead-letters.replay")
def replay(visit: Visit, letters: Names = ()) -> Response:
    """Send letters back to where they came from; the audit has who asked for it, and what came of it."""
    names = _chosen(letters)
    with _letters(visit) as known:
        found = _found(known, names)

        def asked(session: Session) -> None:
            for letter in found:
                _note(session, visit, "dead-letter.replay_asked", letter, {})

        visit.transact(asked)  # before: what is sent cannot be taken back
        outcomes = []
        problem: ModerationError | None = None
        try:
            with closing(known.replay(found)) as replaying:
                for outcome in replaying:
                    outcomes.append(outcome)  # noqa: PERF402 - what was sent counts, also when the next fails
        except ModerationError as error:
            problem = error

    def became(session: Session) -> None:
        for outcome in outcomes:
            details = {"reason": outcome.reason} if outcome.reason else {}
            did = "dead-letter.replayed" if outcome.what == "replayed" else "dead-letter.left_alone"
            _note(session, visit, did, outcome.letter, details)

    try:
        visit.transact(became)
    except DatabaseUnavailable as error:  # what was sent was sent, also where the audit cannot say so
        problem = problem or error
    sent = [outcome for outcome in outcomes if outcome.what == "replayed"]
    if problem is None and len(sent) == len(found):
        return visit.redirect("/dead-letters", told=f"{_counted(len(sent))} sent back.")
    return visit.render("dead_letters_outcome.html", outcomes=[(showing.name(own.letter), own) for own in outcomes],
                        sent=len(sent), asked=len(found), problem=problem)  # fmt: skip


@contextmanager
def _letters(visit: Visit) -> Iterator[DeadLetters]:
    if visit.desk.letters is None:
        raise KafkaAway("this desk was started without Kafka, where dead letters are kept")
    try:
        with visit.desk.letters() as letters:
            yield letters
    except BrokerUnavailable as error:
        raise KafkaAway(str(error)) from error


def _given(visit: Visit) -> dict[str, str]:
    return {name: visit.query_params.get(name, "").strip()[:100] for name in _FILTERS}


def _wanted(visit: Visit) -> showing.Wanted:
    given = _given(visit)
    return showing.Wanted(
        given["stage"],
        given["error"],
        beginning(given["from"]),
        beginning(given["to"], timedelta(days=1)),
        bool(given["waiting"]),
    )


def _chosen(names: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(names))
    if not found:
        raise ReviewError("choose at least one letter")
    if len(found) > MOST:
        raise ReviewError(f"choose {MOST} letters at most; for more there is `moderation dead-letters replay`")
    return found


def _found(letters: DeadLetters, names: Sequence[str]) -> list[Letter]:
    places = [showing.place(name) for name in names]
    try:
        return letters.at(*places)
    except BrokerUnavailable:
        raise
    except ModerationError as error:
        raise NoSuchItem(f"{error}; it may be older than the topic keeps letters") from None


def _note(session: Session, visit: Visit, did: str, letter: Letter, details: dict[str, str]) -> None:
    to = {"to": letter.why.topic, "stage": letter.why.stage, "error": letter.why.error}
    audit.note(session, visit.actor, did, f"dead-letter:{showing.name(letter)}", {**to, **details}, now=visit.now)


def _counted(count: int) -> str:
    return "1 letter was" if count == 1 else f"{count} letters were"

"""What a visitor sees when something is refused or fails: a page, a toast (htmx) or JSON (API), never a stack trace."""

import logging
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.datastructures import URL
from starlette.exceptions import HTTPException

from moderation.desk import doors
from moderation.desk.refusals import SignInNeeded, TooMany
from moderation.desk.visit import VISIT, Visit
from moderation.errors import LimitReached, ModerationError

_LOG = logging.getLogger(__name__)

_TOLD = 5
"""How many problems of a request are named."""

_TITLES: Mapping[int, str] = {
    400: "That did not work",
    403: "Not allowed",
    404: "Nothing here",
    405: "Nothing here",
    409: "Somebody was faster",
    410: "No longer there",
    413: "Too large",
    422: "Something is missing or wrong",
    429: "Too fast",
    500: "Something went wrong",
    502: "Not now",
    503: "Not now",
}


def install(app: FastAPI) -> None:
    """Answer errors of pages; what is no error of ours is met by `unexpected`."""
    app.add_exception_handler(ModerationError, _ours)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _form)


def unexpected(request: Request, error: Exception) -> Response:
    """The answer to a fault of the desk."""
    return answer(request, 500, fault(request, error))


def fault(request: Request, error: Exception) -> str:
    """What to tell of a fault of the desk: its number, which stands in the log beside the trace."""
    number = secrets.token_hex(4)
    _LOG.error("fault %s at %s %s", number, request.method, request.url.path, exc_info=error)
    return f"This is a fault of the desk, not yours. Tell whoever runs it the number {number}: it stands in its log."


def refusal(request: Request, error: ModerationError) -> Response:
    """The answer to an error of ours, with its own status."""
    status = getattr(error, "status", 503 if error.retriable else 400)
    if isinstance(error, SignInNeeded):
        return _to_sign_in(request, str(error))
    headers = {"Retry-After": str(int(error.retry_after_s))} if isinstance(error, TooMany) else {}
    title = "Enough for now" if isinstance(error, LimitReached) else None
    return answer(request, status, sentence(str(error)), headers, title=title)


def answer(
    request: Request, status: int, message: str, headers: Mapping[str, str] | None = None, *, title: str | None = None
) -> Response:
    """The message in the form that the asker understands."""
    visit = _visit(request)
    response: Response
    if visit.of_api:
        response = JSONResponse({"status": status, "error": message}, status)
    elif visit.partial:
        response = visit.render("toast.html", status, message=message)
        response.headers.update({"HX-Retarget": "#toasts", "HX-Reswap": "beforeend"})
    else:
        title = title or _TITLES.get(status, _TITLES[400])
        response = visit.render("failure.html", status, title=title, message=message)
    response.headers.update(headers or {})
    return response


def _to_sign_in(request: Request, message: str) -> Response:
    visit = _visit(request)
    if visit.of_api:
        return JSONResponse({"status": 401, "error": sentence(message)}, 401, {"WWW-Authenticate": "Bearer"})
    there = f"/sign-in?next={quote(_page_of(visit), safe='')}" + ("" if visit.method == "GET" else "&unsent=true")
    if visit.partial:
        return Response(status_code=401, headers={"HX-Redirect": there})
    return RedirectResponse(there, 303)


def _page_of(visit: Visit) -> str:
    """The page that the visitor looks at: the one that is asked for, or the one that a form or a piece of it is on."""
    page = visit.url
    if visit.method != "GET" or visit.partial:
        page = URL(visit.headers.get("hx-current-url") or visit.headers.get("referer", ""))
        try:
            own = page.netloc in (visit.url.netloc, URL(visit.desk.settings.url or "").netloc)
        except ValueError:  # of what is no address
            own = False
        if not own:
            return "/"
    return page.path + (f"?{page.query}" if page.query else "") or "/"


def _visit(request: Request) -> Visit:
    visit = request.scope.get(VISIT)
    return visit if isinstance(visit, Visit) else Visit(request.scope, request.receive)


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, ModerationError)
    return refusal(request, error)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    there = error.status_code not in (404, 405)
    if VISIT not in request.scope:  # no route took it; whoever is signed in keeps the navigation
        await doors.recognise(Visit(request.scope, request.receive))
    where = request.url.path[:200]
    message = str(error.detail) if there else f"There is no page {where}."
    if _visit(request).of_api and not there:
        takes = f"{where} takes no {request.method}."
        message = takes if error.status_code == 405 else f"There is nothing at {where}."
    return answer(request, error.status_code, message, error.headers)


async def _form(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems: list[dict[str, Any]] = list(error.errors())
    if any(one["loc"][0] == "path" for one in problems):
        return answer(request, 404, "There is nothing at this address.")
    told = "; ".join(_told(one) for one in problems[:_TOLD])
    more = f"; and {len(problems) - _TOLD} more" if len(problems) > _TOLD else ""
    if problems[0]["loc"][0] == "query":
        what = "The address"
    else:
        what = "The JSON that was sent" if _visit(request).of_api else "What was filled in"
    return answer(request, 422, f"{what} is not as it should be: {told}{more}.")


def _told(problem: Mapping[str, Any]) -> str:
    """One finding of pydantic's as `'field' is missing`. `loc` begins with what part of the request it is in."""
    kind, (_, *place), message = problem["type"], problem["loc"], str(problem["msg"])
    if kind == "json_invalid":
        return f"it is no JSON: {problem['ctx']['error']} at character {place[0]}"
    if not place:
        return "it is empty" if kind == "missing" else "it is no JSON object sent as application/json"
    name = "'" + ".".join(map(str, place))[:100] + "'"
    if kind == "missing":
        return f"{name} is missing"
    if kind == "extra_forbidden":
        return f"{name} is not known"
    what, should, rest = message.partition(" should ")
    return f"{name} should {rest}" if should and " " not in what else f"{name}: {message.removeprefix('Value error, ')}"


def sentence(message: str) -> str:
    """A message of an error as it stands on a page."""
    return message[:1].upper() + message[1:] + ("" if message.endswith((".", "!", "?")) else ".")

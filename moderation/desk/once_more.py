"""A form that was not carried out: its page once more, with what was chosen there, and why."""

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from fastapi.responses import Response

from moderation.desk import cookies
from moderation.desk.failures import sentence
from moderation.desk.visit import Visit
from moderation.errors import ReviewError

_MOST = 200  # an address has no room for more


def once_more(visit: Visit, page: str, problem: ReviewError, chosen: Sequence[int] = ()) -> Response:
    """Back to the page. What may go through when it is sent again is raised: the browser still has the form."""
    if problem.retriable:
        raise problem
    return left_out(visit, page, sentence(str(problem)), chosen)


def left_out(visit: Visit, page: str, told: str, chosen: Sequence[int] = ()) -> Response:
    """Back to the page, where these are still ticked: what is told of them stays until it is dismissed."""
    query = urlencode([("chosen", one) for one in chosen[:_MOST]])
    response = visit.redirect(f"{page}{'&' if '?' in page else '?'}{query}" if query else page)
    cookies.give(visit, response, cookies.TOLD, cookies.REFUSED + quote(told[:300]), max_age_s=60)
    return response

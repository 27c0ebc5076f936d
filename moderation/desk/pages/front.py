"""The address without a path."""

from fastapi.responses import RedirectResponse, Response

from moderation.desk.pages import Pages
from moderation.desk.visit import Visit

router = Pages()


@router.get("/", permission="own.settings")
def front(visit: Visit) -> Response:
    """The first page that the visitor has in the navigation."""
    first = next((tab.path for tab in visit.app.state.tabs if visit.may(tab.permission)), "/settings")
    return RedirectResponse(first, 303)

"""Pages of the desk, one module per noun. Every module here is found and served; nothing lists them.

A page is a module with a router, a template of the same name, and functions that name their permission:

    from fastapi import Form
    from fastapi.responses import Response

    from moderation.desk.pages import Pages, Tab
    from moderation.errors import NoSuchItem
    from moderation.desk.visit import Visit

    router = Pages(tab=Tab("Queues", "/queues", "queue.see", place=10))

    @router.get("/queues", permission="queue.see")
    def queues(visit: Visit) -> Response:
        with visit.transaction() as session:
            counts = overview.counts(session, now=visit.now)
        return visit.render("queues.html", counts=counts)

    @router.post("/queues/{name}/pause", permission="item.reassign")
    def pause(visit: Visit, name: str, why: Annotated[str, Form()]) -> Response:
        with visit.transaction() as session:
            ...                                    # raise NoSuchItem("...") and the like: the visitor reads the message
        return visit.redirect("/queues", told=f"{name} is paused.")

Functions are plain `def` (they run in threads) and return a `Response`. `permission` is one of
`moderation.review.roles.Permission`; None is for everybody, also who is not signed in. A route without it stops the
start. A tab stands in the navigation of those who have its permission, in the order of `place`: 5 and 10 items and
queues, 20 own work, 30 search, 40 quality, 50 appeals, 60 policy and models, 70 dead letters, 80 audit, 90 users.

`visit` has the account, roles, `may(permission)`, `now`, `desk`, `transaction()`, `render` and `redirect`: see
moderation/desk/visit.py. Any `ModerationError` becomes a page (a toast for htmx) with its message; `status` of its
class is the HTTP status, 400 where it has none.

A template extends `base.html` and fills the blocks `title` and `content`; `ui` has badges, score bars, fields, empty
states (templates/macros.html; its head lists them, the head of static/desk.css the classes), `visit` is there too.
Forms that post contain `{{ csrf() }}`; requests of htmx carry the token by themselves. A piece for htmx is a template
that extends nothing. Scripts and styles are files in static/: the content security policy forbids inline ones, also
`style="..."`, `onclick` and `hx-on`. In `block scripts`: `<script src="{{ asset('item.js') }}" defer></script>`.
Everything is escaped; `|safe` is for nothing that a person or a post wrote.

Keys: `data-key="a"` on a link, button or field makes that key press, follow or focus it, and `data-key-label` names it
in the list of keys (`?`); `{{ ui.key("a") }}` shows the hint.

Under `/api/` a route is for programs: it takes an API token instead of a cookie, answers JSON (return a value, or
raise), and needs no CSRF token: `router = Pages(prefix="/api/v1/appeals")`.

Transactions do not nest: read the rows in one `with`, `session.expunge_all()` if the template needs them, then render.

Tests: tests/unit/desk/desks.py has `app_in(folder)`, `browser(app, "reviewer")`, `csrf_of(browser)` and
`program(app, "platform")`. Every route is tried with every role by tests/unit/desk/test_doors.py, every template by
tests/unit/desk/test_templates.py.
"""

import importlib
import pkgutil
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.routing import APIRoute

from moderation.desk import doors
from moderation.desk.visit import Visit
from moderation.review.roles import TABLE, Permission

_Page = TypeVar("_Page", bound=Callable[..., Any])


class Tab(NamedTuple):
    """A place in the navigation."""

    title: str
    path: str
    permission: Permission
    place: int


class PageRoute(APIRoute):
    """A route that makes its request a `Visit`, which has passed the doors."""

    permission: Permission | None

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def admitted(request: Request) -> Response:
            visit = Visit(request.scope, request.receive)
            await doors.admit(visit, self.permission)
            return await answer(visit)

        return admitted


class Pages(APIRouter):
    """A router on which every route names its permission, and which can stand in the navigation."""

    def __init__(self, *, prefix: str = "", tab: Tab | None = None) -> None:
        kind = JSONResponse if prefix.startswith("/api") else HTMLResponse
        super().__init__(prefix=prefix, route_class=PageRoute, default_response_class=kind)
        self.tab = tab

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Refuse routes that come past `get` and `post` below."""
        raise TypeError(f"the route {self.prefix}{path} names no permission")

    def get(self, path: str, *, permission: Permission | None, **options: Any) -> Callable[[_Page], _Page]:  # type: ignore[override]
        """A page; `permission` None is for everybody."""
        return self._page(path, "GET", permission, options)

    def post(self, path: str, *, permission: Permission | None, **options: Any) -> Callable[[_Page], _Page]:  # type: ignore[override]
        """A change; `permission` None is for everybody."""
        return self._page(path, "POST", permission, options)

    def _page(
        self, path: str, method: str, permission: Permission | None, options: dict[str, Any]
    ) -> Callable[[_Page], _Page]:
        if permission is not None and permission not in TABLE:
            raise TypeError(f"the route {self.prefix}{path} names the permission {permission!r}, which is not in TABLE")

        def add(page: _Page) -> _Page:
            APIRouter.add_api_route(self, path, page, methods=[method], **options)
            route = self.routes[-1]
            assert isinstance(route, PageRoute)
            route.permission = permission
            return page

        return add


def found() -> list[Pages]:
    """The routers of all modules in this package, by module name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    routers = []
    for name in names:
        router = getattr(importlib.import_module(f"{__name__}.{name}"), "router", None)
        if not isinstance(router, Pages):
            raise TypeError(f"{__name__}.{name} has no router of type Pages")
        routers.append(router)
    return routers

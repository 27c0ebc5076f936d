"""The desk as a web application."""

from fastapi import FastAPI

from moderation.desk import failures, pages
from moderation.desk.assets import Assets
from moderation.desk.desk import Desk
from moderation.desk.limits import Limits
from moderation.desk.security import Guard
from moderation.desk.single_sign_on import SingleSignOn


def make_app(desk: Desk, limits: Limits | None = None) -> FastAPI:
    """The application of one desk, with every page that is found. Raises `TypeError` for a route without permission."""
    limits = limits or Limits()
    app = FastAPI(title="Review desk", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk = desk
    app.state.limits = limits
    app.state.single_sign_on = SingleSignOn.of(desk.settings)
    routers = pages.found()
    for router in routers:
        app.router.routes.extend(router.routes)
    app.state.tabs = sorted((router.tab for router in routers if router.tab), key=lambda tab: tab.place)
    app.mount("/static", Assets())
    failures.install(app)
    app.add_middleware(Guard, desk=desk, limits=limits)
    return app

"""The whole desk: pages, feeds, outbox and jobs, until it is asked to stop."""

import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from types import FrameType

import uvicorn
from fastapi import FastAPI
from sqlalchemy.orm import Session

from moderation.desk.app import make_app
from moderation.desk.desk import Desk
from moderation.desk.running import feed
from moderation.desk.running.feed import Feed
from moderation.desk.running.jobs import Jobs
from moderation.desk.running.outbox import Outbox
from moderation.desk.running.part import Part, Trouble
from moderation.desk.running.rules import RulesInForce
from moderation.errors import ConfigurationError
from moderation.events import Decision, ReviewItem
from moderation.review import accounts, invitations
from moderation.review.roles import PEOPLE
from moderation.review.rules import SHIPPED, DeskRules
from moderation.settings import KafkaSettings, Settings

log = logging.getLogger(__name__)

_LAST_REQUESTS_S = 3
_LAST_WORK_S = 5.0


@dataclass(frozen=True)
class Parts:
    """What runs beside the pages."""

    reviews: Feed[ReviewItem]
    decisions: Feed[Decision]
    outbox: Outbox
    jobs: Jobs
    rules: RulesInForce

    @classmethod
    def of(cls, desk: Desk, kafka: KafkaSettings) -> "Parts":
        """Those of one desk, not started."""
        rules = RulesInForce(desk.rules, desk.settings.rules or SHIPPED)
        return cls(
            feed.reviews(desk.database, kafka, rules),
            feed.decisions(desk.database, kafka, rules),
            Outbox(desk.database, kafka),
            Jobs(desk.database, rules, kafka),
            rules,
        )

    @property
    def every(self) -> tuple[Part, ...]:
        """All of them."""
        return (self.reviews, self.decisions, self.jobs, self.outbox, self.rules)

    def stop(self) -> None:
        """Let all of them finish what they are at, for some seconds."""
        until = time.monotonic() + _LAST_WORK_S
        for part in self.every:
            part.stopping.set()
        for part in self.every:
            part.join(max(0.1, until - time.monotonic()))

    def troubles(self) -> Mapping[str, Trouble]:
        """Those that do not get on, and why."""
        return {part.name: part.trouble for part in self.every if part.trouble is not None}


def listening(address: str, port: int) -> socket.socket:
    """A socket that the desk is served on. Raises `ConfigurationError` where it cannot be had."""
    try:
        return socket.create_server(
            (address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET, backlog=512
        )
    except (OSError, OverflowError) as error:
        raise ConfigurationError(
            f"the desk cannot be served at {address}, port {port}: {error}; choose another MODERATION_DESK_PORT or "
            "MODERATION_DESK_ADDRESS"
        ) from error


def address_of(desk: Desk, bound: socket.socket) -> str:
    """How browsers reach it."""
    if desk.settings.url:
        return desk.settings.url.rstrip("/")
    host, port = bound.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


def serve(
    desk: Desk,
    kafka: KafkaSettings,
    settings: Settings,
    say: Callable[[str], None],
    *,
    with_parent: bool = False,
    every_role: bool = False,
) -> None:
    """Say where the desk is, and serve it until SIGTERM or SIGINT.

    Requests under way are finished. `with_parent`: also when standard input closes. `every_role`: the
    first admin may do everything, to look around. Raises `ConfigurationError`,
    `DatabaseUnavailable`. The database must be up to date.
    """
    with ExitStack() as running:
        bound = running.enter_context(listening(desk.settings.address, desk.settings.port))
        address = address_of(desk, bound)
        with desk.database.session() as session:
            path = invitations.first_admin(session, desk.now(), desk.settings.oidc_issuer)
            if path is not None and every_role:
                _give_every_role(session, desk.now())
        parts = Parts.of(desk, kafka)
        server = uvicorn.Server(_config(app_of(desk, parts)))
        _stop_on_signals(server)
        if with_parent:
            threading.Thread(target=_stop_with_parent, args=[server], name="parent", daemon=True).start()
        if settings.metrics_port is not None:
            from moderation.desk.running.metrics import serving

            running.enter_context(serving(desk, parts, settings))
        running.callback(parts.stop)
        for part in parts.every:
            part.start()
        say(f"review desk: {address}")
        if path is not None:
            say(f"the first admin sets a password here, once: {address}{path}")
        server.run(sockets=[bound])


def _give_every_role(session: Session, now: datetime) -> None:
    for account in accounts.everybody(session):
        if "admin" in account.roles:
            accounts.change(session, account.account_id, roles=PEOPLE, by="moderation", now=now)


def app_of(desk: Desk, parts: Parts) -> FastAPI:
    """The pages, which tell of the parts' troubles and go by the rules that count."""
    app = make_app(replace(desk, troubles=parts.troubles))

    def take_up(rules: DeskRules) -> None:
        app.state.desk = replace(app.state.desk, rules=rules)

    parts.rules.tell(take_up)
    return app


def _config(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_LAST_REQUESTS_S,
        # The address of a visitor, and https, as a proxy on this machine tells them; others: FORWARDED_ALLOW_IPS.
        proxy_headers=True,
    )


def _stop_on_signals(server: uvicorn.Server) -> None:
    """uvicorn gives a signal that it got on to who had it before: then everything else must still be stopped."""

    def stop(number: int, frame: FrameType | None) -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def _stop_with_parent(server: uvicorn.Server) -> None:
    sys.stdin.buffer.read()
    server.should_exit = True

"""A desk that runs: the whole application behind a real server, on a database seeded with the sample posts."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import uvicorn
from playwright.sync_api import BrowserContext

from models.media.stills import MediaStills
from moderation import settings
from moderation.cli.cards import installed_models
from moderation.client.letters import DeadLetters
from moderation.desk.app import make_app
from moderation.desk.desk import Desk
from moderation.desk.standing import Standings
from moderation.policy import Policy
from moderation.review import logins
from moderation.review.database import Database
from moderation.review.rules import DeskRules
from moderation.review.tables import Account
from moderation.settings import DeskSettings, KafkaSettings
from tests.unit.desk.desks import account_of


@dataclass(frozen=True)
class RunningDesk:
    """Where it is, and what it is made of."""

    url: str
    desk: Desk

    def account(self, *roles: str, login: str | None = None) -> Account:
        """An account with the roles; the same one when asked again."""
        return account_of(self.desk, *roles, login=login)

    def sign_in(self, context: BrowserContext, *roles: str, login: str | None = None) -> Account:
        """Make a browser's context signed in as `account(*roles)`."""
        account = self.account(*roles, login=login)
        with self.desk.database.session() as session:
            secret = logins.begin(session, account, lasts=timedelta(hours=12), now=self.desk.now())
        context.add_cookies([{"name": "desk", "value": secret, "url": self.url}])
        return account


@contextmanager
def opened(folder: Path, policy: Policy, kafka: KafkaSettings | None = None) -> Iterator[Desk]:
    """A desk on `desk.db` in the folder, whose media are the files beside it; without Kafka unless one is given."""
    database = Database(f"sqlite:///{folder / 'desk.db'}")
    stills = MediaStills(settings.load(media_root=folder))
    try:
        yield Desk(
            database,
            DeskRules(),
            DeskSettings(),
            policies={policy.hash: policy}.get,
            stills=stills,
            standings=None if kafka is None else Standings(kafka),
            letters=None if kafka is None else lambda: DeadLetters(kafka),
            models=lambda: installed_models(settings.load()),
        )
    finally:
        stills.close()
        database.close()


@contextmanager
def serving(desk: Desk) -> Iterator[RunningDesk]:
    """The desk on a free port of this machine, in a thread."""
    server = uvicorn.Server(uvicorn.Config(make_app(desk), host="127.0.0.1", port=0, log_level="warning"))
    listening = threading.Event()
    answer = server.startup

    async def startup(sockets: object = None) -> None:
        await answer(sockets)  # type: ignore[arg-type]
        listening.set()

    server.startup = startup  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, name="desk")
    thread.start()
    try:
        assert listening.wait(60), "the desk did not start"
        port = server.servers[0].sockets[0].getsockname()[1]
        yield RunningDesk(f"http://127.0.0.1:{port}", desk)
    finally:
        server.should_exit = True
        thread.join(20)

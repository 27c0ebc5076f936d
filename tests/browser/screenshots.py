"""`python -m tests.browser.screenshots`: the desk's pages with sample posts, as pictures in docs/screenshots.

WebP, because the repository keeps every picture that it ever had.
"""

import io
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page
from sqlalchemy import select

from moderation import settings
from moderation.broker import KafkaBroker
from moderation.policy import load_policy
from moderation.review.roles import PEOPLE
from moderation.review.tables import DecisionRow, Item
from moderation.settings import KafkaSettings
from tests.browser import chromium, demonstration, records
from tests.browser.running import RunningDesk, opened, serving
from tests.browser.seeding import seed

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"

PAGES = {
    "queues": "/queues",
    "search": "/search?status=open",
    "quality": "/quality",
    "appeals": "/appeals",
    "policy": "/policy",
    "models": "/models",
    "dead-letters": "/dead-letters",
    "audit": "/audit",
    "settings": "/settings",
    "users": "/users",
}
_WIDE, _HIGH = 1280, 800
_QUALITY = 80


def take(folder: Path) -> int:
    """Take every picture anew; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    policy = load_policy(settings.load().policy)
    with (
        tempfile.TemporaryDirectory() as own,
        _pipeline() as kafka,
        opened(Path(own), policy, kafka) as desk,
        serving(desk) as running,
    ):
        desk.database.upgrade()
        scored = records.scored(Path(own))
        seed(desk, scored, policy)
        demonstration.work(running, scored)
        with chromium.browser() as browser:
            taken = 0
            for scheme in ("light", "dark"):
                context = browser.new_context(viewport={"width": _WIDE, "height": _HIGH}, color_scheme=scheme)
                page = context.new_page()
                if scheme == "light":
                    page.goto(running.url)
                    taken += _keep(page, folder / "sign-in.webp")
                    running.sign_in(context, "reviewer", login="ana")  # who has answered something
                    page.goto(f"{running.url}/work")
                    taken += _keep(page, folder / "my-work.webp")
                account = running.sign_in(context, *PEOPLE, login="kim")
                if scheme == "light":
                    for name, path in PAGES.items():
                        page.goto(running.url + path)
                        taken += _keep(page, folder / f"{name}.webp")
                    page.goto(f"{running.url}/notices/{_restricted(running)}")
                    taken += _keep(page, folder / "notice.webp")
                else:
                    task = demonstration.claimed_by(running, account)
                    page.goto(f"{running.url}/tasks/{running.desk.numbers.written(task.task_id)}")
                    taken += _keep(page, folder / "item.webp")
                page.goto(f"{running.url}/items/{_with_picture(running)}")
                taken += _keep(page, folder / f"item-with-a-picture-{scheme}.webp")
            return taken


@contextmanager
def _pipeline() -> Iterator[KafkaSettings]:
    """A Kafka through which the sample posts have gone: policies and dead letters are there."""
    with KafkaBroker() as broker:
        kafka = KafkaSettings(bootstrap=broker.bootstrap)
        demo = [sys.executable, "-m", "moderation", "demo", "--exit", "--bootstrap", broker.bootstrap]
        subprocess.run(demo, check=True, stdout=subprocess.DEVNULL)
        yield kafka


def _with_picture(running: RunningDesk) -> str:
    with running.desk.database.session() as session:
        rows = session.scalars(select(Item).where(Item.modality == "image").order_by(Item.queue.desc(), Item.post_id))
        return rows.first().review_id  # type: ignore[union-attr]


def _restricted(running: RunningDesk) -> str:
    with running.desk.database.session() as session:
        rows = select(DecisionRow.decision_id).where(DecisionRow.action == "remove", DecisionRow.current)
        return session.scalars(rows.order_by(DecisionRow.decision_id)).first()  # type: ignore[return-value]


def _keep(page: Page, path: Path) -> int:
    page.wait_for_load_state("networkidle")
    Image.open(io.BytesIO(page.screenshot())).save(path, "WEBP", quality=_QUALITY, method=6)
    return 1


if __name__ == "__main__":
    print(f"{take(FOLDER)} pictures in {FOLDER.relative_to(Path.cwd())}", file=sys.stderr)

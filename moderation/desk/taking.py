"""What a reviewer has in hand, and what they get next.

One task is claimed ahead while its reviewer looks at the one before, under a lease of its own. Nothing of it reaches
the browser until its turn: who saw what, and for how long, stays true. Its lease and its time begin anew when it is
shown; of somebody who stops it is given back, or its lease ends by itself.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from moderation.desk.visit import Visit
from moderation.review import claims, viewings
from moderation.review.quality import claiming, exposure
from moderation.review.quality.claiming import Pause
from moderation.review.tables import Task


def held(session: Session, visit: Visit) -> Sequence[Task]:
    """What the visitor has in hand, with what they have not seen."""
    return claims.held(session, visit.account, now=visit.now)


def ahead(session: Session, visit: Visit) -> list[Task]:
    """What the visitor holds and has not seen."""
    return [task for task in held(session, visit) if not viewings.has_opened(session, visit.account, task)]


def following(session: Session, visit: Visit, queue: str, *, beside: int | None = None) -> Task | Pause | None:
    """What was claimed ahead, or else the next that the visitor should get `beside` the one they look at."""
    rules = visit.desk.rules
    spent = exposure.allowance(session, visit.account, rules, visit.now).until is not None
    for task in ahead(session, visit):
        if task.task_id == beside:  # another item stands for its cluster since it was opened
            continue
        if spent and task.severity >= rules.exposure.benign_below:
            claims.release(session, task.task_id, visit.account, now=visit.now)  # there was room when it was claimed
        elif queue in ("", task.queue):
            return task
    return claiming.next_task(session, visit.account, rules, queues=[queue] if queue else None, now=visit.now)

"""The policy: its rules in words and how often they fired, what is in force, and how that compares."""

from datetime import timedelta

from fastapi.responses import Response

from moderation.desk import policies, portraits
from moderation.desk.pages import Pages, Tab
from moderation.desk.visit import Visit
from moderation.errors import ModerationError
from moderation.policy.quotas import allowed, guarded
from moderation.release import ReleaseLog
from moderation.release.steps import SHOWN, described, part_of
from moderation.review import fired

router = Pages(tab=Tab("Policy", "/policy", "policy.see", place=60))

SPANS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
"""How far back it is counted what fired."""

_HISTORY = 10
_ALARMS = 10


@router.get("/policy", permission="policy.see")
def policy(visit: Visit, span: str = "day") -> Response:
    """The page itself asks Kafka for nothing: its parts come when they are known."""
    return visit.render("policy.html", span=span if span in SPANS else "day", spans=list(SPANS))


@router.get("/policy/rules", permission="policy.see")
def rules(visit: Visit, span: str = "day") -> Response:
    """The rules of the live policy, as far as it is known, with what fired lately."""
    problem = _hear(visit)
    known = policies.known(visit)
    with visit.transaction() as session:
        found = fired.fired(session, since=visit.now - SPANS.get(span, SPANS["day"]))
    rows = portraits.of(known.policy, found) if known else []
    own = {row.id for row in rows}
    return visit.render(
        "policy_rules.html",
        problem=problem,
        known=known,
        rows=rows,
        fired=found,
        gone={name: rule for name, rule in sorted(found.rules.items()) if name not in own},
    )


@router.get("/policy/standing", permission="policy.see")
def standing(visit: Visit) -> Response:
    """What is released, and how the policies decided within the last hour."""
    standings = visit.desk.standings
    if standings is None:
        return visit.render(
            "policy_away.html", problem="This desk was started without Kafka: it cannot say.", label="In force"
        )
    try:
        found = standings.in_force()
        compared = standings.compared()
    except ModerationError as error:
        return visit.render("policy_away.html", problem=str(error), label="In force")
    log = found.log
    return visit.render(
        "policy_standing.html",
        found=found,
        release=log.current,
        parts=portraits.in_force(log),
        rates=portraits.rates(compared.comparison, log),
        overlaps=portraits.overlaps(compared.comparison, log),
        breakers=[(own, guarded(own.breaker), allowed(own.breaker)) for own in compared.breakers],
        begin=compared.begin,
        steps=[(release, described(before, release)) for before, release in list(log.steps())[: -_HISTORY - 1 : -1]],
        proposed=[own for own in log.policies.values() if own.author and not _released(log, own.hash)],
        shown=SHOWN,
    )


@router.get("/policy/alarms", permission="policy.see")
def alarms(visit: Visit) -> Response:
    """What policies gave the alarm for, the newest first."""
    if visit.desk.standings is None:
        return Response()  # the piece before it has said that there is no Kafka
    try:
        found = visit.desk.standings.alarms()
    except ModerationError as error:
        return visit.render("policy_away.html", problem=f"Alarms cannot be told: {error}", label="Alarms")
    return visit.render("policy_alarms.html", found=found, rows=found.alarms[:_ALARMS], shown=SHOWN)


def _hear(visit: Visit) -> str | None:
    """Ask Kafka for the live policy; why that was in vain, if it was."""
    if visit.desk.standings is None:
        return "This desk was started without Kafka"
    try:
        return visit.desk.standings.in_force().problem
    except ModerationError as error:
        return str(error)


def _released(log: ReleaseLog, name: str) -> bool:
    return any(part_of(release, name) for release in log.releases)

"""Whether the desk works, for a load balancer or a container's health check. Says nothing that is anybody's."""

from fastapi.responses import JSONResponse, Response
from sqlalchemy import text

from moderation.desk.pages import Pages
from moderation.desk.visit import Visit
from moderation.errors import DatabaseUnavailable

router = Pages()


@router.get("/healthz", permission=None)
def health(visit: Visit) -> Response:
    """503 without its database. Without Kafka people can go on: what they answer waits, `troubles` names who does."""
    try:
        with visit.transaction() as session:
            session.execute(text("SELECT 1"))
    except DatabaseUnavailable:
        return JSONResponse({"status": "the database does not answer"}, 503)
    troubles = {name: trouble.since.isoformat() for name, trouble in visit.desk.troubles().items()}
    return JSONResponse({"status": "in trouble" if troubles else "ok", "troubles": troubles})

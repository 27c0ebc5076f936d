"""The models that are installed: what they score, where their thresholds lie, and which rules use them."""

from fastapi.responses import Response

from moderation.desk import policies
from moderation.desk.installed import users_of
from moderation.desk.pages import Pages, Tab
from moderation.desk.visit import Visit

router = Pages(tab=Tab("Models", "/models", "models.see", place=61))


@router.get("/models", permission="models.see")
def models(visit: Visit) -> Response:
    installed = visit.desk.models()
    known = policies.known(visit)
    users = {
        score.signals: list(users_of(known.policy, score.signals)) if known else []
        for model in installed
        for score in model.scores
    }
    return visit.render("models.html", models=installed, known=known, users=users)

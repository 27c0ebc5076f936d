"""From settings to an image lane that looks."""

from moderation.settings import Settings


def image_models(settings: Settings) -> list[str]:
    """The picture models that the settings name, as they name them."""
    named = [name.strip() for name in settings.image_model.split(",")]
    return [] if named == ["none"] else named

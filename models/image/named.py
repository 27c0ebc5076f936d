"""Which picture models the settings name: light to import, for those who only ask."""

from moderation.settings import Settings


def image_models(settings: Settings) -> list[str]:
    """The picture models, as the settings name them."""
    named = [name.strip() for name in settings.image_model.split(",")]
    return [] if named == ["none"] else named

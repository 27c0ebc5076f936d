"""Scoring of written text."""

from models.text.factory import text_classifier, text_lane

__all__ = ["text_classifier", "text_lane"]

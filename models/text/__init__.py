"""Scoring of written text."""

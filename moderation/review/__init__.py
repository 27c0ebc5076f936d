"""The review desk's domain: what waits for people, who may answer it, and what became of it.

A database holds it (`tables`), SQLite on one machine or PostgreSQL. Nothing here knows of Kafka or of web pages.
"""

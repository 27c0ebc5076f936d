"""Contenders: other ways to score posts from Kafka, each written as its own documentation recommends.

They run in an environment of their own (`make bench`), read the same posts from the same broker, and write
`{"post_id": ..., "scores": {...}}` to a topic.
"""

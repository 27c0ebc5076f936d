"""The `audit:` section: a random share of the posts, whatever is decided on them, for a human to look at.

What the rules missed is seen there, and nowhere else: the share is known, so rates can be estimated without bias.
"""

from collections.abc import Mapping

from yaml import Node

from moderation.events import Post
from moderation.policy import keys, readers
from moderation.policy.document import Document
from moderation.policy.model import DEFAULT_QUEUE, Audit, Policy, Queue
from moderation.policy.quotas import percent
from moderation.shares import place_of


def read(document: Document, node: Node | None, queues: Mapping[str, Queue]) -> Audit | None:
    """What is audited. Reports problems, a queue that is not declared among them."""
    if node is None:
        return None
    entries = document.fields(node, keys.AUDIT)
    share = readers.part(document, entries["share"], "share") if "share" in entries else None
    queue = document.choice(entries["queue"], "queue", queues) if "queue" in entries else None
    return None if share is None else Audit(share, queue or DEFAULT_QUEUE)


def picked(policy: Policy, post: Post) -> float | None:
    """How likely a post is to be audited, where it is. One that is delivered again is picked again.

    A greater share picks the same posts and more.
    """
    audit = policy.audit
    if audit is None or place_of(f"audit:{policy.name}:{post.revision}:{post.post_id}") >= audit.share:
        return None
    return audit.share


def in_words(audit: Audit) -> str:
    """`0.1% of the posts that no rule sends to a human, by chance, to queue audit`"""
    return f"{percent(audit.share)} of the posts that no rule sends to a human, by chance, to queue {audit.queue}"

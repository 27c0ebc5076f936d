"""From a release to the compiled policies it names."""

from collections.abc import Mapping

from moderation.errors import PolicyError
from moderation.events import PublishedPolicy, Release
from moderation.policy import Policy, parse_policy
from moderation.release.in_force import InForce
from moderation.release.steps import SHOWN


def compiled(published: PublishedPolicy) -> Policy:
    """A published policy, ready to decide. Raises `PolicyError`, also where this version reads it differently."""
    policy = parse_policy(published.source, published.name)
    if policy.hash != published.hash:
        raise PolicyError(
            f"{published.name}: published as {published.hash[:SHOWN]}, but this version reads it as "
            f"{policy.hash[:SHOWN]}: release its file again with this version"
        )
    return policy


def build(release: Release, policies: Mapping[str, PublishedPolicy], known: Mapping[str, Policy]) -> InForce:
    """What a release puts in force, whole; `known` are policies that need not be compiled again, by hash.

    Raises `PolicyError` when one of its policies was not published or does not compile.
    """

    def policy(name: str) -> Policy:
        if name in known:
            return known[name]
        if name not in policies:
            raise PolicyError(f"policy {name[:SHOWN]} of release {release.number} was never published")
        return compiled(policies[name])

    return InForce(
        policy(release.live),
        policy(release.canary.hash) if release.canary else None,
        release.canary.share if release.canary else 0.0,
        tuple(map(policy, release.shadows)),
    )

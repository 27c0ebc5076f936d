"""A policy of 200 rules such as a platform grows over the years, and records to decide on, all from a seed."""

import random
from datetime import UTC, datetime

import yaml

from moderation.events import LaneName, LaneResult, Post, Scalar, Scored, Source
from moderation.taxonomy import TEXT_CATEGORIES

RULES = 200
SEED = 7

_SURFACES = ("post", "comment", "message", "profile", "username", "listing")
_LANGUAGES = ("en", "de", "fr", "es", "pt", "ru", "tr", "ar", "hi", "zh")
_FACTS: dict[str, dict[str, object]] = {
    "account_age_days": {"type": "number"},
    "reports": {"type": "number", "default": 0},
    "strikes": {"type": "number", "default": 0},
    "followers": {"type": "number", "default": 0},
    "posts_last_hour": {"type": "number", "default": 0},
    "verified": {"type": "boolean", "default": False},
    "country": {"type": "string"},
}
_LISTS = {"minors_surfaces": ["profile", "username"], "strict_countries": ["DE", "FR", "AT", "CH", "KR", "AU"]}
_DERIVED = {
    "hostility": "max(text.hate, text.insult, text.threat)",
    "abuse": "noisy_or(text.toxicity, text.insult)",
}
_ACTIONS = ("remove", "restrict", "hold", "review", "review", "review", "label", "label")


def policy_source(rules: int = RULES, seed: int = SEED) -> str:
    """The policy as YAML. The text lane has no deadline: a backlog that is to be measured is scored, however old."""
    rng = random.Random(seed)
    document = {
        "policy": "benchmark",
        "lanes": {"text": {"deadline": "none"}},
        "facts": _FACTS,
        "lists": _LISTS,
        "signals": _DERIVED,
        "rules": [_rule(rng, number) for number in range(rules)],
    }
    return yaml.safe_dump(document, sort_keys=False)


def records(count: int, seed: int = SEED) -> list[Scored]:
    """Different posts with their scores: most harmless, some not; a tenth without a fact that rules ask for, a
    twentieth with a picture whose lane is pending."""
    rng = random.Random(seed)
    return [_record(rng, number) for number in range(count)]


def _rule(rng: random.Random, number: int) -> dict[str, object]:
    category = rng.choice(TEXT_CATEGORIES)
    action = rng.choice(_ACTIONS)
    severe = action in ("remove", "restrict", "hold")
    threshold = round(rng.uniform(0.9, 0.99) if severe else rng.uniform(0.6, 0.95), 2)
    shapes = (
        f"text.{category} >= {threshold}",
        f"text.{category} >= {threshold} and facts.strikes >= {rng.randint(1, 3)}",
        f"text.{category} >= {threshold} and facts.account_age_days < {rng.choice((1, 3, 7, 30))}",
        f"text.{category} >= {threshold} and post.surface in ['{rng.choice(_SURFACES)}', '{rng.choice(_SURFACES)}']",
        f"text.{category} >= {threshold} and text.language == '{rng.choice(_LANGUAGES)}'",
        f"hostility >= {threshold} and facts.reports >= {rng.randint(2, 9)} and not facts.verified",
        f"abuse >= {threshold} and (facts.posts_last_hour > {rng.randint(10, 60)} or post.surface in minors_surfaces)",
        f"text.{category} >= {threshold} and facts.country in strict_countries and facts.followers < 1000",
    )
    return {
        "id": f"{category}-{action}-{number:03}",
        "when": rng.choice(shapes),
        "then": action,
        "because": str(category),
    }


def _record(rng: random.Random, number: int) -> Scored:
    facts: dict[str, Scalar | None] = {
        "account_age_days": rng.randrange(4000),
        "reports": int(rng.expovariate(2)),
        "strikes": int(rng.expovariate(3)),
        "followers": int(rng.lognormvariate(4, 2)),
        "posts_last_hour": int(rng.expovariate(0.5)),
        "verified": rng.random() < 0.05,
        "country": rng.choice(("US", "DE", "FR", "BR", "IN", "JP", "GB", "KR")),
    }
    if rng.random() < 0.1:
        del facts["account_age_days"]
    lanes: dict[LaneName, LaneResult] = {
        "text": LaneResult(state="scored", models={f"text.{name}": "bench@1" for name in TEXT_CATEGORIES}, took_ms=3.2)
    }
    if rng.random() < 0.05:
        lanes["image"] = LaneResult(state="pending")
    harmful = rng.random() < 0.12
    return Scored(
        post=Post(
            post_id=f"post-{number}",
            author_id=f"author-{number % 997}",
            text="what was written",
            surface=rng.choice(_SURFACES),
            facts=facts,
        ),
        source=Source(topic="bench", partition=number % 4, offset=number, time=datetime(2026, 1, 1, tzinfo=UTC)),
        lanes=lanes,
        signals={
            f"text.{name}": round(rng.betavariate(2, 1.2) if harmful else rng.betavariate(0.4, 9), 6)
            for name in TEXT_CATEGORIES
        },
        attributes={"text.language": rng.choice(_LANGUAGES), "text.length": 16, "text.truncated": False},
    )

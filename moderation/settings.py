"""The one typed configuration, from the environment: every default stated and explained once.

`MODERATION_KAFKA_*` says how to reach Kafka, `MODERATION_*` the rest. Unknown names are refused, so that a
misspelt one cannot be silently ignored. `docs/settings.md` is generated from here.
"""

import difflib
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from moderation.errors import ConfigurationError

_Model = TypeVar("_Model", bound=BaseSettings)

# Set to nothing is unset: as a path it would be the working directory, and `file:` references may lie under a root.
_OptionalPath = Annotated[Path | None, BeforeValidator(lambda value: None if value == "" else value)]

_ADDRESS = re.compile(r"(?:[\w.-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})", re.ASCII)

TopicName = Literal[
    "posts",
    "images",
    "videos",
    "scored",
    "decisions",
    "reviews",
    "verdicts",
    "dead-letters",
    "policies",
    "shadow",
    "alarms",
    "state",
    "counts",
]


class KafkaSettings(BaseSettings):
    """How to reach Kafka; passed to every client alike."""

    model_config = SettingsConfigDict(env_prefix="MODERATION_KAFKA_", extra="forbid", frozen=True)

    bootstrap: str = Field("localhost:9092", description="host:port of one or more brokers, comma-separated")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="how to talk to the brokers"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "PLAIN", description="how to log in, with a SASL protocol"
    )
    sasl_username: str | None = Field(None, description="user name for SASL")
    sasl_password: SecretStr | None = Field(None, description="password for SASL")
    ssl_cafile: _OptionalPath = Field(None, description="CA certificates, PEM; the system's where unset")
    ssl_certfile: _OptionalPath = Field(None, description="client certificate, PEM")
    ssl_keyfile: _OptionalPath = Field(None, description="key of the client certificate, PEM")
    ssl_check_hostname: bool = Field(True, description="verify that the certificate names the broker")
    topic_prefix: str = Field("moderation", description="topics are named <prefix>.posts and so on")
    group_prefix: str = Field("moderation", description="consumer groups are named <prefix>-text and so on")
    partitions: int = Field(4, ge=1, description="partitions of every topic, when `topics apply` creates them")
    replication: int = Field(1, ge=1, description="replicas of every topic, when `topics apply` creates them")
    content_days: float = Field(
        7.0, gt=0, le=7, description="how long topics with what users wrote are kept, set by `topics apply`; a backlog "
        "that is older is lost"
    )  # fmt: skip
    record_days: float = Field(400.0, gt=0, description="how long decisions, verdicts and alarms are kept")
    letter_days: float = Field(
        400.0, gt=0, description="how long dead letters are kept, which hold what users wrote, as it came"
    )

    @field_validator("bootstrap")
    @classmethod
    def _is_addresses(cls, text: str) -> str:
        for part in text.split(","):
            match = _ADDRESS.fullmatch(part.strip())
            if match is None or not 0 < int(match[1]) < 65_536:
                raise PydanticCustomError(
                    "address",
                    "{part} is no address of Kafka: write HOST:PORT, several with commas between them, such as "
                    "kafka-1:9092,kafka-2:9092",
                    {"part": repr(part.strip()[:100])},
                )
        return text

    def topic(self, name: TopicName) -> str:
        """The name of a topic on the broker."""
        return f"{self.topic_prefix}.{name}"

    def group(self, stage: str) -> str:
        """The consumer group of a stage."""
        return f"{self.group_prefix}-{stage}"


class Settings(BaseSettings):
    """Everything else an operator may set."""

    model_config = SettingsConfigDict(env_prefix="MODERATION_", extra="forbid", frozen=True)

    policy: Path = Field(Path("policies/community-standards.yaml"), description="the policy that decides")
    text_model: str = Field(
        "text-minilm",
        description="a model folder, the name of a shipped one, or 'stub' / 'stub:COST_MS' for no model at all",
    )
    lexicons: _OptionalPath = Field(
        None, description="a folder with lists of offensive terms, one .tsv per language; the shipped ones where unset"
    )
    text_model_others: str = Field(
        "auto",
        description="the model for languages that text_model was not taught: a folder, the name of a shipped one, or "
        "'none': then text_model reads everything; 'auto' is text-multilingual beside text-minilm, else none",
    )
    image_model: str = Field(
        "image-weapons",
        description="what pictures and frames of clips are scored by: a model folder, the name of a shipped one, or "
        "'none'; several, with commas between them",
    )
    image_text: bool = Field(True, description="read what is written in pictures and clips, and score it as text")
    provider: Literal["auto", "cpu", "cuda", "tensorrt"] = Field(
        "auto", description="what models run on; 'auto' takes the best that the machine has"
    )
    provider_fallback: bool = Field(
        True, description="go on with the next provider when the asked one cannot be had; an error when false"
    )
    sessions: int | None = Field(
        None, ge=1, description="model sessions side by side; one per core (CPU) or one (GPU) where unset"
    )
    batch_tokens: int | None = Field(
        None, ge=16, description="padded tokens of one batch; the model's manifest says where unset"
    )
    window: int = Field(256, ge=1, description="how many posts a stage takes at once, at most")
    cache_texts: int = Field(20_000, ge=0, description="scores of how many texts are remembered")
    cache_pictures: int = Field(20_000, ge=0, description="what was seen in how many pictures is remembered")
    max_post_bytes: int = Field(1_000_000, ge=1_000, description="a larger event becomes a dead letter")
    media_sources: str = Field(
        "https,s3",
        description="where pictures and clips may come from: schemes (https, http, s3, gs, az, abfs), or narrower "
        "https://cdn.example.com, https://*.example.com:8443, s3://bucket; commas between them",
    )
    media_root: _OptionalPath = Field(
        None, description="the folder under which `file:` references may lie; none may where unset"
    )
    media_allow_networks: str | None = Field(
        None,
        description="networks that https references may lead into although they are not public, such as 10.20.0.0/16: "
        "for media hosts of your own; commas between them",
    )
    media_max_bytes: int = Field(20_000_000, ge=1_000, description="a larger picture is not fetched")
    media_max_clip_bytes: int = Field(100_000_000, ge=1_000, description="a larger clip is not fetched")
    media_timeout_s: float = Field(
        30.0, gt=0, description="how long one attempt to fetch may take; several are made within the lane's deadline"
    )
    media_fetches: int = Field(
        128, ge=1, description="how many fetches run side by side, at most; half of them from one host"
    )
    decoders: int | None = Field(
        None,
        ge=1,
        description="how many processes decode pictures side by side, and how many clips are decoded at once; one per "
        "core where unset",
    )
    hash_banks: _OptionalPath = Field(
        None, description="the folder with banks of picture hashes, see `moderation hashes`; none where unset"
    )
    delivery_timeout_s: float = Field(
        60.0, gt=0, description="how long a worker tries to hand on an event before it exits, un-acknowledged"
    )
    stall_timeout_s: float = Field(
        120.0, gt=0, description="a worker whose offsets stand still for so long while there is lag exits"
    )
    release_four_eyes: bool = Field(False, description="whoever releases a policy must be another than who proposed it")
    canary_alpha: float = Field(
        0.001, gt=0, lt=1, description="how likely a canary may be rolled back by chance alone, over its whole time"
    )
    canary_min_posts: int = Field(
        100, ge=1, description="a canary is judged once it and the live policy have decided on posts of so many authors"
    )
    canary_ratio: float = Field(
        1.25, ge=1, description="how many times as often as the live policy a canary may act, or ask for review"
    )
    cache_dir: Path = Field(
        Path("~/.cache/moderation"), description="where Kafka's jars are kept", validate_default=True
    )
    broker_archive: str = Field(
        "https://archive.apache.org/dist/kafka",
        description="where `moderation broker` fetches Kafka from when Maven cannot; may be a mirror",
    )
    metrics_port: int | None = Field(
        None,
        ge=1,
        le=65_535,
        description="where a worker serves its metrics for Prometheus; of several lanes the first takes this port and "
        "each other the next; no metrics where unset",
    )
    metrics_address: str = Field(
        "127.0.0.1", description="the address that metrics are served on; 0.0.0.0 inside a container"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="how much to log")

    def media_folder(self) -> Path | None:
        """`media_root`, once it is known to be a folder. Raises `ConfigurationError`."""
        if self.media_root is not None and not self.media_root.is_dir():
            raise ConfigurationError(f"MODERATION_MEDIA_ROOT: {self.media_root} is not a folder")
        return self.media_root


class DeskSettings(BaseSettings):
    """The review desk. Queues, duplicates, quality and retention are in its rules, a file."""

    model_config = SettingsConfigDict(env_prefix="MODERATION_DESK_", extra="forbid", frozen=True)

    database: str = Field(
        "sqlite:///moderation-desk.db",
        description="where the desk keeps its items: sqlite:///FILE, or postgresql+psycopg://user@host/name",
    )
    key: SecretStr | None = Field(
        None,
        description="32 random bytes in base64 under which the keys of authors are kept, so that the database alone "
        "cannot be read; `openssl rand -base64 32` makes one",
    )
    old_keys: SecretStr | None = Field(
        None,
        description="keys that were in MODERATION_DESK_KEY before, with commas between: they still open what they have "
        "wrapped, until `moderation desk --rekey` has put it under the new one",
    )
    rules: _OptionalPath = Field(
        None, description="queues, duplicates, quality and retention; policies/desk.yaml where unset"
    )
    address: str = Field("127.0.0.1", description="the address that the desk is served on")
    port: int = Field(8400, ge=0, le=65_535, description="the port that the desk is served on; 0 takes a free one")
    url: str | None = Field(
        None,
        description="how browsers reach the desk, such as https://desk.example.com: for links, and for cookies that "
        "travel over https only",
    )
    session_hours: float = Field(12.0, gt=0, description="how long a sign-in lasts at most")
    session_idle_minutes: float = Field(60.0, gt=0, description="a session that is not used for so long ends")
    oidc_issuer: str | None = Field(
        None, description="the provider of single sign-on (OpenID Connect), as in its tokens; none where unset"
    )
    oidc_client_id: str | None = Field(None, description="the desk's name at the provider")
    oidc_client_secret: SecretStr | None = Field(None, description="the desk's secret at the provider")
    oidc_scopes: str = Field("openid profile email", description="what the desk asks the provider for")
    oidc_claim: str = Field("groups", description="the claim that says what somebody is")
    oidc_roles: str | None = Field(
        None,
        description="values of that claim and the roles they give, such as mods=reviewer,mod-leads=lead; who has none "
        "of them does not come in",
    )


def load_kafka(**overrides: Any) -> KafkaSettings:
    """`KafkaSettings` from the environment; options that are not None win. Raises `ConfigurationError`."""
    return _load(KafkaSettings, overrides)


def load(**overrides: Any) -> Settings:
    """`Settings` from the environment; options that are not None win. Raises `ConfigurationError`."""
    settings = _load(Settings, overrides)
    return settings.model_copy(update={"cache_dir": settings.cache_dir.expanduser()})


def load_desk(**overrides: Any) -> DeskSettings:
    """`DeskSettings` from the environment; options that are not None win. Raises `ConfigurationError`."""
    return _load(DeskSettings, overrides)


def known_names() -> list[str]:
    """Every environment variable that means something."""
    return sorted(
        f"{model.model_config['env_prefix']}{field.upper()}"
        for model in (KafkaSettings, Settings, DeskSettings)
        for field in model.model_fields
    )


def _load(model: type[_Model], overrides: dict[str, Any]) -> _Model:
    _refuse_unknown_names()
    try:
        return model(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        prefix = model.model_config["env_prefix"]
        problems = "\n".join(
            f"  {prefix}{'.'.join(map(str, problem['loc'])).upper()}: {problem['msg']}" for problem in error.errors()
        )
        raise ConfigurationError(f"settings that cannot work:\n{problems}\nsee docs/settings.md") from None


def _refuse_unknown_names() -> None:
    known = known_names()
    for name in sorted(os.environ):
        if name.startswith("MODERATION_") and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "see docs/settings.md for all"
            raise ConfigurationError(f"unknown setting {name}: {hint}")

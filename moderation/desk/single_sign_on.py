"""Single sign-on by OpenID Connect (authorization code with PKCE), by Authlib. The provider says who somebody is, and
by one claim what they are; which roles that gives is the desk's setting.
"""

import hmac
import json
import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client.sync_app import BaseApp, OAuth2Mixin
from authlib.integrations.base_client.sync_openid import OpenIDMixin
from authlib.integrations.httpx_client import OAuth2Client
from joserfc.errors import JoseError

from moderation.desk.refusals import Refused
from moderation.errors import ConfigurationError
from moderation.review.roles import PEOPLE
from moderation.settings import DeskSettings

_TIMEOUT_S = 10.0
_SIGNATURES = re.compile(r"(RS|ES|PS)(256|384|512)|EdDSA|Ed25519")  # made with a key that only the provider has


class SignOnFailed(Refused):
    """The provider did not say, in a way that can be trusted, who is coming."""

    status = 403


class ProviderUnavailable(Refused):
    """The provider does not answer, or not as one."""

    status = 502


@dataclass(frozen=True)
class Departure:
    """What a browser keeps in a cookie while it is away at the provider."""

    state: str
    nonce: str
    verifier: str
    next: str

    def written(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str | None) -> "Departure":
        """Raises `SignOnFailed`."""
        try:
            return cls(**{name: str(value) for name, value in json.loads(text or "").items()})
        except (ValueError, TypeError, AttributeError):
            raise SignOnFailed("this sign-in began in another browser or too long ago; please start again") from None


@dataclass(frozen=True)
class Person:
    """Whom the provider vouches for. `subject` is who they are for ever, `login` and `name` what they are called."""

    subject: str
    login: str
    name: str
    roles: tuple[str, ...]


class _Provider(OAuth2Mixin, OpenIDMixin, BaseApp):  # type: ignore[misc]
    client_cls = OAuth2Client


class SingleSignOn:
    """One provider. Raises `ConfigurationError` for settings that cannot work; nothing is fetched until it is used."""

    def __init__(self, settings: DeskSettings, kept_s: float = 3600.0) -> None:
        self._issuer = settings.oidc_issuer or ""
        address = urlsplit(self._issuer)
        if address.scheme != "https" and address.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise ConfigurationError(f"MODERATION_DESK_OIDC_ISSUER={self._issuer}: an issuer begins with https://")
        if not settings.oidc_client_id or settings.oidc_client_secret is None:
            raise ConfigurationError(
                "single sign-on needs MODERATION_DESK_OIDC_CLIENT_ID and MODERATION_DESK_OIDC_CLIENT_SECRET, "
                "as the provider gave them for this desk"
            )
        self._client_id = settings.oidc_client_id
        self._claim = settings.oidc_claim
        self._roles = roles_of(settings.oidc_roles or "")
        self._made: tuple[_Provider, float] | None = None
        self._kept_s = kept_s
        self._options = {
            "client_id": self._client_id,
            "client_secret": settings.oidc_client_secret.get_secret_value(),
            "server_metadata_url": f"{self._issuer.rstrip('/')}/.well-known/openid-configuration",
            "client_kwargs": {
                "scope": settings.oidc_scopes,
                "code_challenge_method": "S256",
                "timeout": _TIMEOUT_S,
            },
        }

    @classmethod
    def of(cls, settings: DeskSettings) -> "SingleSignOn | None":
        """The provider of the settings; none where no issuer is set."""
        return cls(settings) if settings.oidc_issuer else None

    def begin(self, back: str, path: str) -> tuple[str, Departure]:
        """Where to send the browser, and what it must bring `back` (an address) to be let in to `path`."""
        try:
            away: Mapping[str, str] = self._provider().create_authorization_url(back)
        except (httpx2.HTTPError, ValueError, RuntimeError) as error:
            raise self._unavailable(error) from error
        return away["url"], Departure(away["state"], away["nonce"], away["code_verifier"], path)

    def finish(self, answer: Mapping[str, str], departure: Departure, back: str) -> Person:
        """Who came back. Raises `SignOnFailed` where the answer, its state or its token do not hold."""
        if not hmac.compare_digest(answer.get("state", "").encode(), departure.state.encode()):
            raise SignOnFailed("this answer belongs to another sign-in; please start again")
        if answer.get("iss", self._issuer) != self._issuer:  # RFC 9207
            raise SignOnFailed("this answer came from another provider; please start again")
        if "code" not in answer:
            raise SignOnFailed("the provider did not let you in; please start again, or ask who runs it")
        try:
            provider = self._provider()
            token = provider.fetch_access_token(
                back, code=answer["code"], code_verifier=departure.verifier, state=departure.state
            )
            claims = provider.parse_id_token(
                token,
                departure.nonce,
                claims_options={
                    "iss": {"essential": True, "value": self._issuer},
                    "aud": {"essential": True, "value": self._client_id},
                },
            )
            if not claims or not claims.get("sub"):
                raise SignOnFailed("the provider sent no identity; it must support OpenID Connect")
            return self._person(self._complete(provider, claims, token))
        except (AuthlibBaseError, JoseError) as error:
            raise SignOnFailed("what the provider sent cannot be trusted, or its code was used before") from error
        except (httpx2.HTTPError, ValueError, RuntimeError) as error:
            raise self._unavailable(error) from error

    def _provider(self) -> _Provider:
        """The provider by its own description, which must speak for the issuer that was set.

        It is asked for that and for its keys again after `kept_s`: one that it took back is not trusted for longer.
        """
        made, at = self._made or (None, 0.0)
        if made is not None and time.monotonic() - at < self._kept_s:
            return made
        made = _Provider(None, **self._options)
        metadata = made.load_server_metadata()
        if metadata.get("issuer") != self._issuer:
            raise SignOnFailed(f"the provider calls itself {metadata.get('issuer')!r}, not {self._issuer!r}")
        offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        trusted = [algorithm for algorithm in offered if _SIGNATURES.fullmatch(algorithm)]
        if not trusted:  # Authlib would take an empty list for its own, in which shared secrets are
            raise SignOnFailed("the provider signs with no key of its own; it must offer such as RS256 or ES256")
        metadata["id_token_signing_alg_values_supported"] = trusted
        self._made = made, time.monotonic()
        return made

    def _complete(self, provider: _Provider, claims: Mapping[str, Any], token: Mapping[str, Any]) -> Mapping[str, Any]:
        """The claims, with those of the userinfo endpoint where the one about roles is only there."""
        if self._claim in claims or "userinfo_endpoint" not in provider.server_metadata:
            return claims
        more: Mapping[str, Any] = provider.userinfo(token=token)
        if more.get("sub") != claims["sub"]:  # OpenID Connect Core 5.3.2
            raise SignOnFailed("the provider sent two identities for one sign-in")
        return {**more, **claims}

    def _person(self, claims: Mapping[str, Any]) -> Person:
        said = claims.get(self._claim, [])
        values = [said] if isinstance(said, str) else [str(value) for value in said] if isinstance(said, list) else []
        login = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])
        return Person(
            subject=f"{self._issuer} {claims['sub']}",
            login=re.sub(r"[^a-z0-9._@+-]+", "-", login.lower())[:64].strip("._@+-") or "somebody",
            name="".join(letter for letter in str(claims.get("name") or login)[:100] if letter.isprintable()),
            roles=tuple(role for role in PEOPLE if any(role in self._roles.get(value, ()) for value in values)),
        )

    def _unavailable(self, error: Exception) -> ProviderUnavailable:
        return ProviderUnavailable(f"the provider of single sign-on at {self._issuer} does not answer as one: {error}")


def roles_of(text: str) -> dict[str, tuple[str, ...]]:
    """`mods=reviewer,mods=lead` as `{"mods": ("reviewer", "lead")}`. Raises `ConfigurationError`."""
    found: dict[str, tuple[str, ...]] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        value, _, role = (piece.strip() for piece in part.rpartition("="))
        if not value or role not in PEOPLE:
            raise ConfigurationError(
                f"MODERATION_DESK_OIDC_ROLES: {part!r} is not VALUE=ROLE; roles: {', '.join(PEOPLE)}"
            )
        found[value] = (*found.get(value, ()), role)
    if not found:
        raise ConfigurationError(
            "MODERATION_DESK_OIDC_ROLES is not set: nobody could come in. Write such as mods=reviewer,mod-leads=lead"
        )
    return found

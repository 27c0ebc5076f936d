"""A small OpenID provider on loopback: discovery, authorization with PKCE, token, keys, userinfo, and ways to lie."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "review-desk", "the desk's secret & more"


@cache
def _key() -> RSAKey:
    """One key for all providers: making one takes longer than most tests."""
    return RSAKey.generate_key(2048, {"kid": "one"})


class Provider:
    """`claims` are of whoever signs in; `lies` replaces claims of the identity token, `key` signs it."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.key = _key()
        self.published = self.key
        self.claims: dict[str, Any] = {"sub": "user-1", "preferred_username": "kim", "name": "Kim", "groups": ["mods"]}
        self.lies: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.hidden: tuple[str, ...] = ()  # claims that only userinfo tells
        self.algorithm = "RS256"
        self._grants: dict[str, dict[str, str]] = {}
        self._bearers: set[str] = set()

    def described(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        } | self.metadata

    def keys(self) -> dict[str, Any]:
        return {"keys": [self.published.as_dict(private=False)]}

    def authorize(self, query: dict[str, str]) -> str:
        """The address that the browser is sent back to."""
        assert query["client_id"] == CLIENT
        assert query["response_type"] == "code"
        assert "openid" in query["scope"].split()
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._grants[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        grant = self._grants.pop(form.get("code", ""), None)
        basic = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        challenge = _base64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            grant is None
            or basic != f"{CLIENT}:{SECRET}"
            or challenge != grant["code_challenge"]
            or form["redirect_uri"] != grant["redirect_uri"]
        ):
            return None
        bearer = secrets.token_urlsafe(16)
        self._bearers.add(bearer)
        told = {name: value for name, value in self.claims.items() if name not in self.hidden}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": grant["nonce"], **told}
        claims = {name: value for name, value in (claims | self.lies).items() if value is not None}
        return {
            "access_token": bearer,
            "token_type": "Bearer",
            "expires_in": 300,
            "id_token": self._signed(claims),
        }

    def _signed(self, claims: dict[str, Any]) -> str:
        header = {"alg": self.algorithm, "kid": self.key.kid}
        if self.algorithm == "RS256":
            return jwt.encode(header, claims, self.key)
        text = ".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
        public = self.key.as_pem(private=False)
        return f"{text}.{_base64(hmac.digest(public, text.encode(), 'sha256')) if self.algorithm == 'HS256' else ''}"

    def userinfo(self, authorization: str) -> dict[str, Any] | None:
        return self.claims if authorization.removeprefix("Bearer ") in self._bearers else None


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        match address.path:
            case "/.well-known/openid-configuration":
                self._json(self.provider.described())
            case "/keys":
                self._json(self.provider.keys())
            case "/userinfo":
                self._json(self.provider.userinfo(self.headers.get("authorization", "")))
            case "/authorize":
                self.send_response(302)
                self.send_header("Location", self.provider.authorize(query))
                self.end_headers()
            case _:
                self._json(None)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self._json(self.provider.token(form, self.headers.get("authorization", "")))

    def _json(self, value: dict[str, Any] | None) -> None:
        body = json.dumps(value if value is not None else {"error": "invalid_grant"}).encode()
        self.send_response(200 if value is not None else 400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def serving() -> Iterator[Provider]:
    """A provider on a free port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    provider = Provider(server.server_address[1])
    server.RequestHandlerClass = type("Handler", (_Handler,), {"provider": provider})
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

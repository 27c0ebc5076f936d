"""What every answer of the desk carries, what it takes at most, and that no fault leaves it unanswered."""

from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from moderation.desk import failures
from moderation.desk.desk import Desk
from moderation.desk.limits import Limits
from moderation.desk.refusals import Refused, TooLarge

LARGEST_BODY = 1_000_000
"""Bytes of one request; the longest form holds a note, or an appeal's statement."""

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
    "X-Robots-Tag": "noindex, nofollow",
}


class Guard:
    """The outermost layer. Counts requests, refuses large bodies, answers faults, sets the headers of every answer."""

    def __init__(self, app: ASGIApp, desk: Desk, limits: Limits) -> None:
        self._app = app
        self._desk = desk
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        started = False
        taken = 0

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > LARGEST_BODY:
                raise TooLarge(f"a request may have {LARGEST_BODY:,} bytes")
            return message

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", "no-store")
                if (self._desk.settings.url or "").startswith("https://"):
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        try:
            self._check(request)
            await self._app(scope, limited, guarded)
        except Exception as error:
            if started:
                raise
            if isinstance(error, Refused):
                response = failures.refusal(request, error)
            else:
                response = failures.unexpected(request, error)
            await response(scope, receive, guarded)

    def _check(self, request: Request) -> None:
        if request.url.path.startswith("/static/"):
            return
        self._limits.take("request from an address", request.client.host if request.client else "", self._desk.now())
        length = Headers(scope=request.scope).get("content-length", "0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            raise TooLarge(f"a request may have {LARGEST_BODY:,} bytes")

"""What keeps a page safe whatever route made it: headers, the size of bodies, and proof that a form is ours."""

import hashlib
import hmac
import ipaddress
import os
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from anyio import to_thread
from fastapi import Depends, HTTPException, Request
from fastapi.datastructures import FormData
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import accounts
from app.config import ConfigurationError, Settings
from app.context import Context
from app.db import session_of
from app.dependencies import Ctx, NoToken, NotSignedIn

VISITOR_COOKIE = "levier_visiteur"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)


class ForgedForm(Exception):
    """A form without its token, or sent by another site. Answered 403; what was typed is offered again if it came from our own page."""

    def __init__(self, ours: bool, fields: FormData | None = None) -> None:
        super().__init__()
        self.ours = ours
        self.fields = fields or FormData()


def is_https(settings: Settings) -> bool:
    return settings.public_url.startswith("https://")


def is_loopback(host: str) -> bool:
    """Does `host`, a name or an address, mean this machine alone?"""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def secret_key(settings: Settings) -> str:
    """The key that signs; made once, readable by its owner alone, when settings give none."""
    given = settings.secret_key.get_secret_value()
    path = settings.data_dir / "cle-secrete"
    if given:
        return given
    if not path.exists():
        _create_once(path, secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()


def _create_once(path: Path, text: str) -> None:
    """Write the file whole or not at all; of two processes that start together, the first one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


# --- forms ---------------------------------------------------------------------------------------------------------


def csrf_token(request: Request) -> str:
    """The token that every form of this browser's session carries: hidden field ``csrf_token`` or header ``X-CSRF-Token``."""
    cookie = request.cookies.get(accounts.COOKIE) or request.scope["state"]["visitor"].use()
    key: str = request.app.state.context.secret_key
    return hmac.new(key.encode(), f"csrf:{cookie}".encode(), hashlib.sha256).hexdigest()


async def _verify_form(request: Request, context: Ctx) -> AsyncIterator[None]:
    """Let through what reads, programs that show a token, and forms of our own pages; with a file, from signed-in persons only.

    Raises ForgedForm, NoToken or NotSignedIn.
    """
    if request.method in SAFE_METHODS:
        yield
    elif request.url.path.startswith("/api/"):
        # A browser never sends a bearer token by itself: nothing to forge. Without one, the API has nothing to say.
        if not request.headers.get("authorization", "").lower().startswith("bearer "):
            raise NoToken
        yield
    else:
        if not _from_us(request, context.settings):
            raise ForgedForm(ours=False)
        if brings_files(request) and not await to_thread.run_sync(_is_a_person, request, context):
            raise NotSignedIn  # before their file is read
        async with request.form() as form:  # closes the files it came with
            _check_token(request, form)
            yield


def brings_files(request: Request) -> bool:
    """Is this a form with a file? Such a body may be long."""
    return request.headers.get("content-type", "").startswith("multipart/")


def _is_a_person(request: Request, context: Context) -> bool:
    with session_of(context.engine) as session:
        return accounts.viewer_of_cookie(session, request.cookies.get(accounts.COOKIE)) is not None


def _check_token(request: Request, form: FormData) -> None:
    given = request.headers.get("x-csrf-token") or form.get("csrf_token")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), csrf_token(request).encode()):
        proven = request.headers.get("sec-fetch-site") == "same-origin" or "origin" in request.headers
        raise ForgedForm(ours=proven, fields=form)


verify_form = Depends(_verify_form)
"""On the whole application: every route that writes is covered, the ones to come as well."""


def _from_us(request: Request, settings: Settings) -> bool:
    """Does what the browser says of the page that sent the form name us? Old browsers say nothing: the token decides."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc in {request.headers.get("host"), urlsplit(settings.public_url).netloc}


class Visitor:
    """The random cookie that a browser has before it signs in; set only once a form needs it."""

    def __init__(self, cookie: str | None) -> None:
        self.cookie = cookie or secrets.token_urlsafe(32)
        self.is_new = cookie is None
        self.used = False

    def use(self) -> str:
        self.used = True
        return self.cookie


class VisitorCookie:
    """Gives each browser the cookie that its forms are bound to."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app = app
        self.secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        visitor = Visitor(Request(scope).cookies.get(VISITOR_COOKIE))
        scope.setdefault("state", {})["visitor"] = visitor

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and visitor.used and visitor.is_new:
                flags = "; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if self.secure else "")
                MutableHeaders(scope=message).append("set-cookie", f"{VISITOR_COOKIE}={visitor.cookie}{flags}")
            await send(message)

        await self.app(scope, receive, send_with_cookie)


# --- headers and bodies --------------------------------------------------------------------------------------------


def tiles_origin(settings: Settings) -> str:
    """Where the map's tiles come from, the one other host that a page may ask for images; empty: none. Raises ConfigurationError."""
    if not settings.tiles_url:
        return ""
    parts = urlsplit(settings.tiles_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    if not re.fullmatch(r"https?://[\w.-]+(:\d+)?", origin) or not all(name in settings.tiles_url for name in ("{z}", "{x}", "{y}")):
        raise ConfigurationError("LEVIER_TILES_URL doit être une adresse comme https://exemple.fr/{z}/{x}/{y}.png, ou rester vide.")
    return origin


def headers(https: bool, images_from: str = "") -> dict[str, str]:
    """Headers of every answer. `images_from`: another origin that images may come from."""
    always = {
        "Content-Security-Policy": POLICY.replace("img-src 'self'", f"img-src 'self' {images_from}".rstrip()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return always | ({"Strict-Transport-Security": "max-age=31536000"} if https else {})


class SecurityHeaders:
    """Adds the headers above; what sets no caching of its own is private and asked for again (docs/decisions/0401)."""

    def __init__(self, app: ASGIApp, *, https: bool, images_from: str = "") -> None:
        self.app = app
        self.headers = headers(https, images_from)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = MutableHeaders(scope=message)
                found.update(self.headers)
                if "cache-control" not in found:
                    found["cache-control"] = "private, no-cache"
                    found.add_vary_header("HX-Request-Type")  # one address, a page or its fragment
            await send(message)

        await self.app(scope, receive, send_with_headers)


class BodyLimit:
    """Refuses a body of more than `limit` bytes as soon as it is read, whatever length it announces: 413, on our own error page.

    `larger`: addresses that take files, with a limit of their own. The framework's own limit answers in plain English, outside
    every other middleware.
    """

    def __init__(self, app: ASGIApp, *, limit: int, larger: Mapping[str, int]) -> None:
        self.app = app
        self.limit = limit
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        limit = self.larger.get(scope["path"], self.limit)
        announced = Request(scope).headers.get("content-length", "")
        received = int(announced) if announced.isdecimal() and int(announced) > limit else 0

        async def receive_within_limit() -> Message:
            nonlocal received
            if received > limit:
                raise HTTPException(413, too_large(limit))
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(413, too_large(limit))
            return message

        await self.app(scope, receive_within_limit, send)


def too_large(limit: int) -> str:
    """What to say of more than `limit` bytes."""
    return f"Ce que vous envoyez dépasse {limit // 1_000_000} Mo. Raccourcissez le texte ou choisissez un fichier plus petit."

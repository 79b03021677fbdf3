"""What routes ask for by type: the context, a database session, and who asks."""

from collections.abc import AsyncIterator
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlmodel import Session
from starlette.datastructures import FormData

from app import accounts
from app.access import Viewer
from app.context import Context
from app.db import session_of


class NotSignedIn(Exception):
    """A page was asked for without a session: answered by the sign-in page, which then leads back."""


class NoToken(Exception):
    """The API was asked without a valid token: answered 401."""


def context_of(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


async def _context(request: Request) -> Context:
    return context_of(request)


Ctx = Annotated[Context, Depends(_context)]
"""Coroutines, here and in `_person`, where nothing waits: any other function costs a change of thread."""


async def _session(context: Ctx) -> AsyncIterator[Session]:
    """A coroutine too: to open a session asks nothing of the base. To give its connection back may wait, in a thread that
    none of those who wait for a connection can hold."""
    opened = session_of(context.engine)
    session = opened.__enter__()
    try:
        yield session
    finally:
        await to_thread.run_sync(opened.__exit__, None, None, None, limiter=CapacityLimiter(1))


Db = Annotated[Session, Depends(_session)]


def _visitor(request: Request, session: Db) -> Viewer | None:
    viewer = accounts.viewer_of_cookie(session, request.cookies.get(accounts.COOKIE))
    request.state.viewer = viewer  # for the head of every page, error pages included
    return viewer


Visitor = Annotated[Viewer | None, Depends(_visitor)]
"""Who looks at a page that is open to everyone: a signed-in person, or None."""


async def _person(viewer: Visitor) -> Viewer:
    if viewer is None:
        raise NotSignedIn
    return viewer


Person = Annotated[Viewer, Depends(_person)]
"""The signed-in person behind a page."""


async def _form(request: Request) -> FormData:
    return await request.form()


Typed = Annotated[FormData, Depends(_form)]
"""What was typed in the form of a page."""

_bearer = HTTPBearer(auto_error=False, description="Jeton créé par `levier token create NOM`.")


def _program(session: Db, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Viewer:
    viewer = accounts.viewer_of_token(session, credentials.credentials) if credentials else None
    if viewer is None:
        raise NoToken
    return viewer


Program = Annotated[Viewer, Depends(_program)]
"""The program behind an API call: reads what is published, edits nothing."""

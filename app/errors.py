"""Every way a request can go wrong, mapped once: a page that says what to do next, or JSON for programs."""

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.datastructures import FormData
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app import access, accounts, db, security
from app.dependencies import NoToken, NotSignedIn, context_of
from app.search.port import QueryError, SearchUnavailable
from app.web import pages

log = logging.getLogger("levier")

_WORDS = {
    400: ("Demande incomplète", "Il manque quelque chose à cette demande. Revenez en arrière, complétez et recommencez."),
    401: ("Session terminée", "Connectez-vous, puis revenez à cette page."),
    403: ("Accès réservé", "Votre compte ne permet pas cette action. Un administrateur, ou la collectivité concernée, peut la faire."),
    404: ("Page introuvable", "Elle n’existe pas, ou n’est pas ouverte à votre compte. Cherchez la ressource par son nom."),
    405: ("Action impossible ici", "Cette adresse ne reçoit pas ce genre de demande. Repartez de la recherche."),
    413: ("Envoi trop volumineux", "Ce que vous envoyez dépasse 2 Mo. Raccourcissez le texte ou choisissez un fichier plus petit."),
    422: ("Demande incomprise", "Une partie de cette adresse ou de ce formulaire n’a pas été comprise. Vérifiez-la."),
    500: ("Erreur de notre côté", "Ce qui était enregistré l’est toujours. Réessayez ; si cela dure, prévenez votre administrateur."),
    503: ("Recherche indisponible", "Le moteur de recherche ne répond pas. Réessayez dans un instant."),
}  # fmt: skip
_OTHER = ("Demande impossible", "Cette demande n’a pas pu aboutir. Repartez de la recherche.")


@dataclass(frozen=True)
class ErrorPage:
    """What the error page shows. `again`: fields of a form to send again to `action`, when its sending failed; else empty.

    `back`: the page to begin again from, empty when only the search is.
    """

    status: int
    title: str
    advice: str
    again: tuple[tuple[str, str], ...] = ()
    action: str = ""
    back: str = ""


def install(app: FastAPI, headers: dict[str, str]) -> None:
    """Register every mapping. `headers` go on the answer to a crash, which is made outside the middlewares."""

    def crash(request: Request, _error: Exception) -> Response:
        return _answer(request, 500, headers=headers, back=_again(request))

    def unavailable(request: Request, _error: Exception) -> Response:
        return _answer(request, 503, headers={"Retry-After": "5"}, back=_again(request))

    app.add_exception_handler(NotSignedIn, _not_signed_in)
    app.add_exception_handler(security.ForgedForm, _forged_form)
    app.add_exception_handler(NoToken, _no_token)
    app.add_exception_handler(access.NotFound, lambda request, _error: _answer(request, 404))
    app.add_exception_handler(access.Forbidden, lambda request, _error: _answer(request, 403))
    app.add_exception_handler(SearchUnavailable, unavailable)
    app.add_exception_handler(QueryError, lambda request, error: _answer(request, 400, str(error)))
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, crash)


def wants_json(request: Request) -> bool:
    return request.url.path.startswith("/api/") or request.url.path == "/sante"


def _answer(request: Request, status: int, advice: str | None = None, headers: dict[str, str] | None = None, **more: Any) -> Response:
    title, words = _WORDS.get(status, _OTHER)
    if wants_json(request):
        return JSONResponse({"detail": advice or (HTTPStatus(status).phrase if status == 404 else words)}, status, headers)
    response = _page(request, ErrorPage(status, title, advice or words, **more))
    response.headers.update(headers or {})
    return response


def _page(request: Request, page: ErrorPage) -> Response:
    try:
        if page.status < 500 and not hasattr(request.state, "viewer"):
            _recognise(request)
        return pages.render(request, "error.html", page, status=page.status)
    except Exception:  # the error page itself must not fail: the base may be what is down
        log.exception("error page")
        return HTMLResponse(f'<!doctype html><html lang="fr"><title>{page.title}</title><h1>{page.title}</h1>', page.status)


def _recognise(request: Request) -> None:
    """Who looks at this page, for its head; a route that doesn't exist has asked nobody."""
    context = context_of(request)
    with db.session_of(context.engine) as session:
        request.state.viewer = accounts.viewer_of_cookie(session, request.cookies.get(accounts.COOKIE))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    ours = error.detail if error.status_code in (413, 422) else None  # no other status is raised with a sentence of ours
    return _answer(request, error.status_code, ours, headers=dict(error.headers or {}))


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    if wants_json(request):
        return JSONResponse({"detail": jsonable_encoder(error.errors())}, 422)
    return _answer(request, 422, back=_before(request) if request.method in security.SAFE_METHODS else "")


def _again(request: Request) -> str:
    """The page asked for, to be asked for again; empty when what was asked wrote something."""
    query = request.url.query
    return f"{request.url.path}{'?' if query else ''}{query}" if request.method in security.SAFE_METHODS else ""


def _before(request: Request) -> str:
    """The page without the values that its address adds; what it is a page of, when it adds none: ``/imports/abc`` → ``/imports``."""
    path = request.url.path
    return path if request.url.query else f"/{path.split('/')[1]}"


def _no_token(request: Request, _error: Exception) -> Response:
    advice = "Ajoutez l’en-tête « Authorization: Bearer JETON ». Un administrateur crée un jeton par `levier token create NOM`."
    return JSONResponse({"detail": advice}, 401, {"WWW-Authenticate": "Bearer"})


async def _not_signed_in(request: Request, _error: Exception) -> Response:
    """Lead to the sign-in page, which leads back; what a form held is offered again, never lost, but for a file: it is not read."""
    if "hx-request" in request.headers:
        shown = urlsplit(request.headers.get("hx-current-url", ""))
        return Response(status_code=200, headers={"HX-Redirect": _sign_in_address(shown.path, shown.query)})
    if request.method in security.SAFE_METHODS or security.brings_files(request):
        return RedirectResponse(_sign_in_address(request.url.path, request.url.query), 303)
    advice = "Votre session a pris fin. Rien n’est perdu : connectez-vous dans un autre onglet, puis envoyez de nouveau depuis cette page."
    return _answer(request, 401, advice, again=_fields(await request.form()), action=request.url.path)


def _sign_in_address(path: str, query: str) -> str:
    target = f"{path}?{query}" if query else path
    return "/connexion" + (f"?suite={quote(target, safe='/')}" if target not in {"", "/"} else "")


def _forged_form(request: Request, error: Exception) -> Response:
    assert isinstance(error, security.ForgedForm)  # noqa: S101
    if not error.ours:
        return _answer(request, 403, "Ce formulaire ne vient pas de Levier : rien n’a été fait.")
    advice = "Cette page était ouverte depuis trop longtemps. Rien n’est perdu : envoyez de nouveau."
    return _answer(request, 403, advice, again=_fields(error.fields), action=request.url.path)


def _fields(form: FormData) -> tuple[tuple[str, str], ...]:
    """What was typed, but the token and any password: those are typed again."""
    return tuple((k, v) for k, v in form.multi_items() if isinstance(v, str) and k not in {"csrf_token", "mot_de_passe", "confirmation"})

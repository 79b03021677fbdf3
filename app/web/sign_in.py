"""Signing in and out, the demonstration's one click, and choosing a new password."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, BackgroundTasks, Form, Request
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app import accounts, db, mail, security, throttle
from app.context import Context
from app.dependencies import Ctx, Db
from app.web import pages

router = APIRouter()

HOME = "/recherche"
DEMO_ROLES = (("conseiller", "Conseiller"), ("gestionnaire", "Gestionnaire du 04"), ("administrateur", "Administrateur"))


@dataclass(frozen=True)
class SignInPage:
    """The sign-in form: what was typed, where to go next, and what went wrong or well."""

    courriel: str
    suite: str
    error: str | None
    notice: str | None
    demo_roles: tuple[tuple[str, str], ...]  # (role, label); empty outside a demonstration


@dataclass(frozen=True)
class ForgottenPage:
    """Asking for a link. `sent`: the answer is the same whether the account exists or not."""

    courriel: str
    by_mail: bool
    sent: bool
    error: str | None


@dataclass(frozen=True)
class NewPasswordPage:
    """Choosing a password by a link; `good` False: the link is spent or over."""

    lien: str
    good: bool
    error: str | None
    minimum: int = accounts.PASSWORD_MIN


@router.get("/connexion")
def sign_in_page(request: Request, context: Ctx, session: Db, suite: str = "", message: str = "") -> Response:
    if accounts.viewer_of_cookie(session, request.cookies.get(accounts.COOKIE)) is not None:
        return RedirectResponse(safe_target(suite), 303)
    notice = {"sortie": "Vous êtes déconnecté.", "change": "Votre mot de passe est changé. Connectez-vous."}.get(message)
    return _sign_in_page(request, context, SignInPage("", suite, None, notice, _demo_roles(request, context)))


@router.post("/connexion")
def sign_in(
    request: Request,
    context: Ctx,
    session: Db,
    courriel: Annotated[str, Form()] = "",
    mot_de_passe: Annotated[str, Form()] = "",
    suite: Annotated[str, Form()] = "",
) -> Response:
    try:
        cookie = accounts.sign_in(session, courriel, mot_de_passe, _client(request), context.settings.session_hours)
    except accounts.SignInRefused as refused:
        return _sign_in_page(request, context, SignInPage(courriel, suite, str(refused), None, _demo_roles(request, context)), 422)
    except throttle.TooMany as wait:
        page = SignInPage(courriel, suite, wait.message, None, _demo_roles(request, context))
        return _sign_in_page(request, context, page, 429, {"Retry-After": str(wait.seconds)})
    return _signed_in(request, context, session, cookie, suite)


@router.post("/connexion/demo")
def demo_sign_in(
    request: Request, context: Ctx, session: Db, role: Annotated[str, Form()] = "", suite: Annotated[str, Form()] = ""
) -> Response:
    if not _demo_roles(request, context):
        raise HTTPException(404)
    try:
        cookie = accounts.demo_sign_in(session, role, context.settings.session_hours)
    except accounts.AccountError as error:
        page = SignInPage("", suite, str(error), None, _demo_roles(request, context))
        return _sign_in_page(request, context, page, 422)
    return _signed_in(request, context, session, cookie, suite)


@router.post("/deconnexion")
def sign_out(request: Request, session: Db) -> Response:
    accounts.sign_out(session, request.cookies.get(accounts.COOKIE))
    response = RedirectResponse("/connexion?message=sortie", 303)
    response.delete_cookie(accounts.COOKIE, httponly=True, samesite="lax")
    # The next person at this desk must not read the last one's pages with the back button.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@router.get("/mot-de-passe/oublie")
def forgotten_page(request: Request, context: Ctx) -> Response:
    return pages.render(request, "sign_in_forgotten.html", ForgottenPage("", mail.can_send(context.settings), False, None))


@router.post("/mot-de-passe/oublie")
def forgotten(request: Request, context: Ctx, session: Db, tasks: BackgroundTasks, courriel: Annotated[str, Form()] = "") -> Response:
    by_mail = mail.can_send(context.settings)
    try:
        throttle.begin(session, throttle.reset_keys(accounts.clean_email(courriel), _client(request)))
    except accounts.AccountError as error:
        return pages.render(request, "sign_in_forgotten.html", ForgottenPage(courriel, by_mail, False, str(error)), status=422)
    except throttle.TooMany as wait:
        return pages.render(request, "sign_in_forgotten.html", ForgottenPage(courriel, by_mail, False, wait.message), status=429)
    if by_mail:
        tasks.add_task(_mail_link, context, courriel)  # looked up after the answer: its time tells nothing either
    response = pages.render(request, "sign_in_forgotten.html", ForgottenPage(courriel, by_mail, True, None))
    response.background = tasks
    return response


@router.get("/mot-de-passe/nouveau")
def new_password_page(request: Request, session: Db, lien: str = "") -> Response:
    return _new_password_page(request, NewPasswordPage(lien, accounts.is_link_good(session, lien), None))


@router.post("/mot-de-passe/nouveau")
def new_password(
    request: Request,
    session: Db,
    lien: Annotated[str, Form()] = "",
    mot_de_passe: Annotated[str, Form()] = "",
    confirmation: Annotated[str, Form()] = "",
) -> Response:
    good = accounts.is_link_good(session, lien)
    if good and mot_de_passe != confirmation:
        return _new_password_page(request, NewPasswordPage(lien, True, "Les deux mots de passe ne sont pas les mêmes."), 422)
    try:
        accounts.use_reset_link(session, lien, mot_de_passe)
    except accounts.AccountError as error:
        return _new_password_page(request, NewPasswordPage(lien, good, str(error) if good else None), 422)
    response = RedirectResponse("/connexion?message=change", 303)
    response.delete_cookie(accounts.COOKIE, httponly=True, samesite="lax")
    return response


def safe_target(suite: str) -> str:
    """`suite` if it is a page of this site, else the search page: nobody is led elsewhere by a link to our sign-in."""
    parts = urlsplit(suite.replace("\\", "/"))
    ours = suite.startswith("/") and not suite.startswith(("//", "/\\")) and not parts.netloc and suite.isprintable()
    return suite if ours and not parts.path.startswith(("/connexion", "/deconnexion", "/mot-de-passe")) else HOME


def _client(request: Request) -> str:
    return request.client.host if request.client else ""


def _demo_roles(request: Request, context: Context) -> tuple[tuple[str, str], ...]:
    """The roles that one click signs in as: none unless this is a demonstration, asked for from this very machine."""
    asked_here = security.is_loopback(_client(request)) and security.is_loopback(request.url.hostname or "")
    passed_on = "x-forwarded-for" in request.headers or "forwarded" in request.headers
    return DEMO_ROLES if context.settings.demo and asked_here and not passed_on else ()


def _sign_in_page(
    request: Request, context: Context, page: SignInPage, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    response = pages.render(request, "sign_in.html", page, status=status)
    response.headers.update({"Cache-Control": "no-store", **(headers or {})})
    return response


def _new_password_page(request: Request, page: NewPasswordPage, status: int = 200) -> Response:
    response = pages.render(request, "sign_in_password.html", page, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _signed_in(request: Request, context: Context, session: Db, cookie: str, suite: str) -> Response:
    """Keep the new session's cookie in the browser, end the session it had, and lead to where it was going."""
    accounts.sign_out(session, request.cookies.get(accounts.COOKIE))
    response = RedirectResponse(safe_target(suite), 303)
    response.set_cookie(
        accounts.COOKIE,
        cookie,
        max_age=context.settings.session_hours * 3600,
        httponly=True,
        samesite="lax",
        secure=security.is_https(context.settings),
    )
    return response


def _mail_link(context: Context, courriel: str) -> None:
    with db.session_of(context.engine) as session:
        try:
            link = accounts.make_reset_link(session, courriel, context.settings.public_url)
        except accounts.AccountError:
            return
    mail.send(
        context.settings,
        accounts.clean_email(courriel),
        "Levier : choisir un nouveau mot de passe",
        "Bonjour,\n\nPour choisir un nouveau mot de passe, ouvrez ce lien. Il sert une seule fois, pendant une heure :\n\n"
        f"{link}\n\nVous n’avez rien demandé ? Ne faites rien : votre mot de passe ne change pas.\n\nLevier\n",
    )

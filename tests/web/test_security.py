"""Headers, sizes, static files, and pages for everything that goes wrong."""

import re
import stat
from pathlib import Path

import pytest
from fastapi import FastAPI, Request

from app import access, accounts, db, security
from app.config import Settings
from app.dependencies import Person
from app.main import BODY_LIMIT, asset
from app.search.port import QueryError, SearchUnavailable
from tests.web.conftest import Browser, ClientAs, MakeApp

PAGES = ["/connexion", "/mot-de-passe/oublie", "/mentions-legales", "/accessibilite", "/donnees-personnelles", "/nulle-part"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_carries_the_policy_and_obeys_it(stranger: Browser, path: str) -> None:
    page = stranger.get(path)
    policy = dict(rule.split(" ", 1) for rule in page.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<style|style=|<script(?![^>]*src=)|\son\w+=|javascript:", page.text), "inline code is refused by the policy"
    loaded = re.findall(r'<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)="([^"]+)"', page.text)
    assert loaded
    assert all(address.startswith("/static/") for address in loaded)


def test_pages_are_private_and_asked_for_again(client_as: ClientAs) -> None:
    page = client_as("conseiller").get("/mentions-legales")
    assert page.headers["cache-control"] == "private, no-cache"
    assert page.headers["vary"] == "HX-Request-Type"


def test_a_plain_address_promises_no_https(stranger: Browser) -> None:
    assert "strict-transport-security" not in stranger.get("/connexion").headers


def test_static_files_are_kept_by_their_content(stranger: Browser) -> None:
    address = asset("app.css")
    assert re.fullmatch(r"/static/app\.css\?v=[0-9a-f]{16}", address)
    kept = stranger.get(address)
    assert kept.status_code == 200
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    plain = stranger.get("/static/app.css")
    assert plain.headers["cache-control"] == "public, no-cache"
    assert stranger.get("/static/app.css", headers={"If-None-Match": plain.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("path", ["/static/../main.py", "/static/%2e%2e/main.py", "/static/..%2fmain.py", "/static//etc/passwd"])
def test_nothing_but_static_files_is_served(stranger: Browser, path: str) -> None:
    assert stranger.get(path).status_code == 404


def test_a_body_that_is_too_big_is_refused_whether_or_not_it_says_so(stranger: Browser) -> None:
    big = b"courriel=" + b"a" * (BODY_LIMIT + 1)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    pages = [
        stranger.post("/connexion", content=big, headers=form),
        stranger.post("/connexion", content=(big[i : i + 65536] for i in range(0, len(big), 65536)), headers=form),
    ]
    for page in pages:
        assert page.status_code == 413
        assert "Envoi trop volumineux" in page.text
        assert page.headers["content-security-policy"]


# --- what goes wrong -----------------------------------------------------------------------------------------------


@pytest.fixture
def broken(app: FastAPI) -> Browser:
    """An application some of whose routes fail, each in its own way."""

    def fail_with(error: Exception) -> None:
        for path in ("/casse", "/api/casse"):

            def route() -> None:
                raise error

            app.add_api_route(f"{path}/{type(error).__name__}", route, methods=["GET"])

    def needs_number(n: int) -> int:
        return n

    for error in (access.NotFound(), access.Forbidden(), SearchUnavailable(), QueryError("Rayon trop grand."), ZeroDivisionError("secret")):
        fail_with(error)
    for path in ("/casse/n", "/api/casse/n"):
        app.add_api_route(path, needs_number, methods=["GET"])
    client = Browser(app)
    client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
    return client


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("NotFound", 404, "Page introuvable"),
        ("Forbidden", 403, "Accès réservé"),
        ("SearchUnavailable", 503, "Recherche indisponible"),
        ("QueryError", 400, "Rayon trop grand."),
        ("ZeroDivisionError", 500, "Erreur de notre côté"),
        ("n?n=beaucoup", 422, "Demande incomprise"),
        ("nulle-part", 404, "Page introuvable"),
    ],
)
def test_a_page_says_what_to_do_next_and_a_program_reads_json(broken: Browser, path: str, status: int, words: str) -> None:
    page = broken.get(f"/casse/{path}")
    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert words in page.text
    assert 'href="/recherche"' in page.text
    answer = broken.get(f"/api/casse/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    assert answer.json()["detail"]
    for given in (page, answer):
        assert given.headers["content-security-policy"]
        assert "secret" not in given.text
        assert "Traceback" not in given.text


def test_a_method_that_a_page_does_not_know_says_so(stranger: Browser) -> None:
    page = stranger.delete("/connexion")
    assert page.status_code == 405
    assert "Action impossible ici" in page.text


def test_an_error_page_keeps_the_head_of_who_is_signed_in(client_as: ClientAs) -> None:
    assert "Conseiller Fictif" in client_as("conseiller").get("/nulle-part").text


def test_an_error_page_without_its_template_is_still_a_page(broken: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broken.app.state.context.templates, "get_template", lambda _name: 1 / 0)  # type: ignore[attr-defined]
    page = broken.get("/casse/ZeroDivisionError")
    assert page.status_code == 500
    assert "Erreur de notre côté" in page.text


def test_a_form_sent_from_an_old_page_is_offered_again(client_as: ClientAs) -> None:
    client = client_as("gestionnaire")
    typed = {"nom": "<b>Garage", "horaires": "\nlundi\nmardi", "mot_de_passe": "caché", "csrf_token": "ancien"}
    page = client.post("/deconnexion", data=typed, headers={"Origin": "http://127.0.0.1:8000"})
    assert page.status_code == 403
    assert "Rien n’est perdu" in page.text
    assert '<textarea name="nom" hidden>\n&lt;b&gt;Garage</textarea>' in page.text
    assert '<textarea name="horaires" hidden>\n\nlundi\nmardi</textarea>' in page.text
    assert "caché" not in page.text
    assert client.csrf_token in page.text


def test_a_form_sent_after_the_session_s_end_is_offered_again_until_it_goes_through(app: FastAPI, client_as: ClientAs) -> None:
    received = []

    async def save(request: Request, viewer: Person) -> str:
        received.append(((await request.form()).get("nom"), viewer.nom))
        return "enregistré"

    app.add_api_route("/essai", save, methods=["POST"])
    client, same_site = client_as("gestionnaire"), {"Origin": "http://127.0.0.1:8000"}
    typed = {"nom": "Garage solidaire", "csrf_token": client.csrf_token}
    with db.session_of(app.state.context.engine) as session:
        accounts.sign_out(session, client.cookies.get(accounts.COOKIE))
    page = client.post("/essai", data=typed, headers=same_site)
    assert page.status_code == 401
    client.cookies = client_as("gestionnaire").cookies  # signs in again in another tab
    for status in (403, 200):
        answer = client.post("/essai", data=_fields_of(page.text), headers=same_site)
        assert answer.status_code == status
        page = answer
    assert received == [("Garage solidaire", "Gestionnaire Fictif")]


def _fields_of(page: str) -> dict[str, str]:
    """What "Envoyer de nouveau" sends."""
    form = page[page.index('<form method="post" action="/essai"') :]
    hidden = re.findall(r'name="(\w+)" value="([^"]*)"', form) + re.findall(r'<textarea name="(\w+)" hidden>\n([^<]*)<', form)
    return dict(hidden)


def test_a_form_from_elsewhere_is_offered_to_nobody(client_as: ClientAs) -> None:
    page = client_as("gestionnaire").post("/deconnexion", data={"nom": "piège"}, headers={"Origin": "https://ailleurs.example.org"})
    assert page.status_code == 403
    assert "piège" not in page.text


# --- the key -------------------------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "neuf")
    key = security.secret_key(settings)
    assert len(key) >= 48
    assert security.secret_key(settings) == key
    (file,) = settings.data_dir.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_given_key_is_used_and_written_nowhere(tmp_path: Path) -> None:
    assert security.secret_key(Settings(data_dir=tmp_path, secret_key="donnée")) == "donnée"  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_tokens_of_forms_depend_on_the_key(make_app: MakeApp) -> None:
    one, two = (Browser(make_app(secret_key=key)) for key in ("une clé", "une autre"))
    for client in (one, two):
        client.cookies.set(security.VISITOR_COOKIE, "le-meme", domain="127.0.0.1")
    assert one.csrf_token != two.csrf_token

"""Every route of the application, walked: a new one that lets strangers in, or forgets the form's token, fails here."""

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from app.accounts import COOKIE
from tests.web.conftest import Browser, ClientAs

PUBLIC = {
    "/connexion",
    "/connexion/demo",
    "/deconnexion",
    "/mot-de-passe/oublie",
    "/mot-de-passe/nouveau",
    "/mentions-legales",
    "/accessibilite",
    "/donnees-personnelles",
    "/sante",
}
"""What the whole world may ask for, beside the reference lists (/api/v1/doc/...) and static files."""

SAFE = {"GET", "HEAD", "OPTIONS"}


def routes(app: FastAPI) -> Iterator[tuple[str, str, str]]:
    """Method, path as declared, and a path that it matches."""
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, Mount):
            assert context.original_route.path == "/static", "a mounted application escapes the guards of routes"
            continue
        path = context.path
        assert path, f"{context.original_route} has no path: what does it answer?"
        for method in sorted(context.methods or ()):
            yield method, path, re.sub(r"{(\w+)(:\w+)?}", "1", path)


def is_public(path: str) -> bool:
    return path in PUBLIC or path.startswith("/api/v1/doc/")


def test_the_walk_finds_the_routes(app: FastAPI) -> None:
    assert {("GET", "/connexion", "/connexion"), ("POST", "/connexion/demo", "/connexion/demo")} <= set(routes(app))


def test_strangers_get_in_nowhere(app: FastAPI) -> None:
    """Not even to a 404: it would mean that the route looked before it asked who comes."""
    for method, path, example in routes(app):
        if is_public(path) or path == "/":
            continue
        stranger = Browser(app)
        answer = stranger.request(method, example, headers={} if method in SAFE else {"X-CSRF-Token": stranger.csrf_token})
        where = answer.headers.get("location", "").partition("?")[0]
        if path.startswith("/api/"):
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), (method, path)
        else:
            assert (answer.status_code, where) == ((303, "/connexion") if method in SAFE else (401, "")), (method, path)


def test_the_first_page_is_the_search(stranger: Browser) -> None:
    assert stranger.get("/").headers["location"] == "/recherche"


def test_a_cookie_opens_no_door_of_the_api(app: FastAPI, client_as: ClientAs) -> None:
    admin = client_as("administrateur")
    for method, path, example in routes(app):
        if path.startswith("/api/") and not is_public(path):
            assert admin.request(method, example).status_code == 401, (method, path)


def test_a_token_opens_no_page(app: FastAPI, program: Browser) -> None:
    for method, path, example in routes(app):
        if method == "GET" and not path.startswith("/api/") and not is_public(path):
            assert program.get(example).status_code == 303, path


@pytest.mark.parametrize("who", ["stranger", "administrateur"])
def test_every_form_needs_its_token(app: FastAPI, client_as: ClientAs, who: str) -> None:
    client = client_as(who)
    for method, path, example in routes(app):
        if method in SAFE or path.startswith("/api/"):
            continue
        assert client.request(method, example).status_code == 403, (method, path)
        assert client.request(method, example, data={"csrf_token": "0" * 64}).status_code == 403, (method, path)


def test_the_token_of_another_session_is_refused(client_as: ClientAs) -> None:
    mine, theirs = client_as("conseiller"), client_as("conseiller")
    assert mine.post("/deconnexion", data={"csrf_token": theirs.csrf_token}).status_code == 403
    assert mine.post("/deconnexion", data={"csrf_token": mine.csrf_token}).status_code == 303


def test_a_form_from_another_site_is_refused_whatever_it_carries(stranger: Browser) -> None:
    for headers in (
        {"Origin": "https://ailleurs.example.org"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert stranger.submit("/connexion", headers=headers).status_code == 403, headers
    assert stranger.submit("/connexion", headers={"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}).status_code == 422


def test_the_framework_s_own_pages_are_closed(stranger: Browser) -> None:
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert stranger.get(path).status_code == 404


def test_the_description_of_the_api_is_for_who_has_a_token_and_tells_no_page(program: Browser) -> None:
    paths = program.get("/api/openapi.json").json()["paths"]
    assert all(path.startswith(("/api/v1/", "/api/levier/v1/", "/sante")) for path in paths)


def test_a_session_s_cookie_is_out_of_reach_of_scripts_and_other_sites(app: FastAPI, stranger: Browser) -> None:
    stranger.get("/connexion")
    flags = stranger.get("/mot-de-passe/oublie")
    assert "set-cookie" not in flags.headers, "the visitor has a cookie already"
    assert COOKIE not in stranger.cookies

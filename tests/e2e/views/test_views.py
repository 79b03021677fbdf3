"""Every page, in every state: listed, silent to axe, never wider than its window, walked by Tab with the focus always in sight."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts
from playwright.sync_api import Browser, Page

from app.config import Settings
from app.main import create_app
from tests.conftest import ROOT
from tests.e2e.looking import violations
from tests.e2e.views.bases import Gallery, gallery
from tests.e2e.views.listed import NOT_PAGES, VIEWS, View
from tests.e2e.views.states import BY_NAME, STATES, State

STOPS = 400  # of Tab on the longest page
FIRST_OF_EACH_ROUTE = list({view.route: view for view in reversed(VIEWS)}.values())
NARROW = "document.documentElement.scrollWidth <= window.innerWidth"
FITS = "document.activeElement.getBoundingClientRect().height < window.innerHeight"
BREAKABLE = """() => {
    const said = [document.body.innerText, document.title, ...[...document.querySelectorAll("[aria-label], [placeholder]")]
        .map((e) => `${e.ariaLabel} ${e.placeholder}`)].join("\\n");
    return said.match(/.{0,30}(?: [:;?!»%]|« ).{0,20}/g) ?? [];
}"""
IN_SIGHT = """() => {
    const e = document.activeElement, box = e.getClientRects()[0];
    return [box.top + 3, (box.top + box.bottom) / 2, box.bottom - 3].some((y) => {
        const above = document.elementFromPoint(box.left + box.width / 2, y);
        return above && (e.contains(above) || above.contains(e) || e.labels && [...e.labels].some((label) => label.contains(above)));
    });
}"""
SEEN = """() => {
    const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
    if (e === document.body) return "out";
    const shown = parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== "none";
    const said = `${e.tagName} ${(e.innerText || e.name || e.id).slice(0, 40)}`;
    return said + (shown ? "" : " : no outline") + (box.width ? "" : " : no size");
}"""


@pytest.fixture(scope="module")
def made(chromium: Browser, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    with gallery(chromium, sqlite_template, tmp_path_factory.mktemp("vues")) as shown:
        yield shown


def test_every_page_is_listed(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path))
    app.state.context.engine.dispose()
    served = {context.path or "" for context in iter_route_contexts(app.routes) if "GET" in (context.methods or ())}
    pages = {path for path in served if not path.startswith(("/api/", "/sante"))}
    assert {view.route for view in VIEWS} | NOT_PAGES == pages


def test_every_view_has_a_name_of_its_own() -> None:
    assert len({view.name for view in VIEWS}) == len(VIEWS)


def test_images_of_the_guide_are_small() -> None:
    sizes = {image.name: image.stat().st_size for image in (ROOT / "docs" / "images").glob("guide-*.png")}
    assert len(sizes) == 6
    assert [name for name, size in sizes.items() if size > 80_000] == []


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_each_page_in_one_state_or_another_says_nothing_to_axe(made: Gallery, state: State) -> None:
    """One view in eight; on a phone, where room is least, also the first view of each route."""
    views = list(VIEWS[STATES.index(state) :: len(STATES)])
    if state is BY_NAME["360"]:
        views += [view for view in FIRST_OF_EACH_ROUTE if view not in views]
    assert wrong(made, state, views) == []


@pytest.mark.proof
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_every_page_says_nothing_to_axe(made: Gallery, state: State) -> None:
    assert wrong(made, state, list(VIEWS)) == []


def wrong(made: Gallery, state: State, views: list[View]) -> list[str]:
    """What is wrong with `views` in this state, by name: what axe says, marks that may begin a line, and what is wider than the window."""
    said = []
    for view, page in shown(made, state, views):
        said += [f"{view.name} ({state.name}): {found}" for found in violations(page)]
        said += [f"{view.name} ({state.name}): a line may break in « {words} »" for words in page.evaluate(BREAKABLE)]
        if not page.evaluate(NARROW):
            said.append(f"{view.name} ({state.name}): scrolls sideways")
    return said


def shown(made: Gallery, state: State, views: list[View]) -> Iterator[tuple[View, Page]]:
    """Each view, as its first role sees it; one browser for each base and role."""
    for base, role in sorted({(view.base, str(view.roles[0] or "")) for view in views}):
        with made.opened(base, role or None, state) as page:
            for view in views:
                if (view.base, str(view.roles[0] or "")) == (base, role):
                    made.show(page, view)
                    yield view, page


def test_no_page_scrolls_sideways_at_320_pixels(made: Gallery) -> None:
    assert [view.name for view, page in shown(made, BY_NAME["zoom-400"], list(VIEWS)) if not page.evaluate(NARROW)] == []


def test_the_focus_is_seen_all_along_each_page(made: Gallery) -> None:
    assert [said for view, page in shown(made, BY_NAME["768"], FIRST_OF_EACH_ROUTE) for said in lost(view, page)] == []


@pytest.mark.proof
@pytest.mark.parametrize("width", ["360", "1440", "zoom-200"])
def test_the_focus_is_seen_all_along_every_page(made: Gallery, width: str) -> None:
    assert [said for view, page in shown(made, BY_NAME[width], list(VIEWS)) for said in lost(view, page)] == []


def lost(view: View, page: Page) -> list[str]:
    """Stops of Tab, down the page, where the focus is not seen: without outline, or under something."""
    said = []
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        where = page.evaluate(SEEN)
        if where == "out":
            return said
        if " : no " in where:
            said.append(f"{view.name}: {where}")
        elif _hidden(page):
            page.wait_for_timeout(100)  # for it to be scrolled to
            said += [f"{view.name}: {where} : hidden"] if _hidden(page) else []
    return [*said, f"{view.name}: Tab never leaves"]


def _hidden(page: Page) -> bool:
    """Is all of what has the focus behind something? What is higher than the window is never wholly seen."""
    return bool(page.evaluate(FITS) and not page.evaluate(IN_SIGHT))

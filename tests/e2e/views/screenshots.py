"""`make screenshots`: every page in every state, as an image to look at; and an index to leaf through them.

``python -m tests.e2e.views.screenshots [WORD…]``: only the views whose name holds one of the words; ``guide``: the images of the guide.
"""

import html
import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from app import db
from tests.conftest import ROOT
from tests.e2e.conftest import ARGS, NAMES
from tests.e2e.views import guide
from tests.e2e.views.bases import Gallery, gallery
from tests.e2e.views.listed import VIEWS, View
from tests.e2e.views.states import STATES, State

FOLDER = ROOT / ".build" / "screenshots"
FOR_OTHER_ROLES = "1440"
TALLEST = 4000  # CSS pixels: what is lower repeats what is above


def main(words: list[str]) -> int:
    """Write the images; the number of what did not go as expected."""
    os.environ["LEVIER_GEOCODER_URL"] = ""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        print("Chromium est introuvable : `make tools` en administrateur l’installe.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        if words == ["guide"]:
            guide.take(browser, _template(Path(folder)), Path(folder))
            return 0
        with gallery(browser, _template(Path(folder)), Path(folder)) as made:
            wrong = _pictures(made, words)
    print(*wrong, f"{len(list(FOLDER.glob('*.png')))} images : {FOLDER / 'index.html'}", sep="\n")
    return len(wrong)


def _pictures(made: Gallery, words: list[str]) -> list[str]:
    """Write the images of the views named, and the index. What went wrong, in a line each."""
    wanted = [view for view in VIEWS if not words or any(word in view.name for word in words)]
    if not words:
        shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    wrong = [problem for state in STATES if state.pictured for problem in _taken(made, state, wanted)]
    (FOLDER / "index.html").write_text(_index(), encoding="utf-8")
    return wrong


def _template(folder: Path) -> Path:
    path = folder / "template.sqlite3"
    engine = db.make_engine(f"sqlite:///{path}")
    db.migrate(engine)
    engine.dispose()
    return path


def _taken(made: Gallery, state: State, views: list[View]) -> list[str]:
    """Take the images of one state, a browser for each base and role. What went wrong, in a line each."""
    seen = [(role, view) for view in views for role in view.roles if role == view.roles[0] or state.name == FOR_OTHER_ROLES]
    wrong = []
    for base, who in sorted({(view.base, str(role or "")) for role, view in seen}):
        with made.opened(base, who or None, state) as page:
            for _role, view in [one for one in seen if (one[1].base, str(one[0] or "")) == (base, who)]:
                try:
                    made.show(page, view)
                    _photograph(page, view, who, state)
                except Exception as problem:
                    wrong.append(f"{view.name} ({who or 'personne'}, {state.name}) : {str(problem).splitlines()[0]}")
    return wrong


def _photograph(page: Page, view: View, who: str, state: State) -> None:
    if page.locator("[data-alone]").count():  # a map that comes by itself, a file after another
        page.wait_for_load_state("networkidle")
    height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": state.width, "height": max(state.height, height)})
    page.screenshot(path=FOLDER / f"{view.name}--{who or 'personne'}--{state.name}.png", scale="css")
    page.set_viewport_size({"width": state.width, "height": state.height})


def _index() -> str:
    """A page of every image, by view."""
    parts = ['<!doctype html><html lang="fr"><meta charset="utf-8"><title>Levier, toutes les pages</title>']
    parts.append(
        "<style>body{font-family:sans-serif}a{display:inline-block;margin:4px;vertical-align:top}img{height:320px;border:1px solid}</style>"
    )
    for view in VIEWS:
        parts.append(f"<h2>{html.escape(view.name)}</h2>")
        for image in sorted(FOLDER.glob(f"{view.name}--*.png")):
            label = " · ".join(image.stem.split("--")[1:])
            parts.append(f'<a href="{image.name}"><img src="{image.name}" alt="" loading="lazy"><br>{html.escape(label)}</a>')
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)

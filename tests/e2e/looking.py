"""What axe says of a page, and what has the focus in it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / ".build" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

NAME = """() => {
    const e = document.activeElement;
    return e === document.body ? "" : (e.getAttribute("aria-label") || e.innerText || e.name || e.id).trim();
}"""


def violations(page: Page) -> list[str]:
    """What axe finds: the rule and where."""
    if not AXE.exists():
        pytest.skip("axe-core is missing from .build/: accessibility was not checked (`make test` fetches it)")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}, rules: {'target-size': {enabled: true}}})", RULES
    )
    return [f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary']}" for one in found["violations"]]


def focused(page: Page) -> str:
    """What has the focus, in its own words; empty when nothing has it."""
    text: str = page.evaluate(NAME)
    return " ".join(text.split())

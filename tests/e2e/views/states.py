"""The screens and the people that every page is looked at with."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class State:
    """How a page is looked at; `options` are those of a browser context of Playwright.

    `pictured`: does an image of it differ from the others? `scripts`: do those of the page come?
    """

    name: str
    width: int
    height: int
    options: dict[str, Any]
    pictured: bool = True
    scripts: bool = True


# Without JavaScript is without any script of the page: there is no other, and axe can still run. Forbidden altogether, it waits for ever.
# Zooming in is having fewer CSS pixels, each drawn with more of the screen's: a 1440 × 900 window at 200 %, a 1280 × 1024 one at 400 %.
STATES = (
    State("360", 360, 740, {}),
    State("768", 768, 1024, {}),
    State("1440", 1440, 900, {}),
    State("zoom-200", 720, 450, {"device_scale_factor": 2}),
    State("zoom-400", 320, 256, {"device_scale_factor": 4}),
    State("sans-javascript", 1024, 768, {}, scripts=False),
    State("couleurs-imposees", 1024, 768, {"forced_colors": "active"}),
    State("sans-mouvement", 1024, 768, {"reduced_motion": "reduce"}, pictured=False),
)
BY_NAME = {state.name: state for state in STATES}

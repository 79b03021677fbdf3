"""What was not understood of a question, said in French: the same shape as ever, with a sentence that says what is expected."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import Response

SENTENCES = {
    "bool_parsing": "`true` ou `false` est attendu.",
    "enum": "Valeur inconnue. Valeurs possibles : {expected}.",
    "finite_number": "Un nombre est attendu.",
    "float_parsing": "Un nombre est attendu.",
    "greater_than_equal": "Au moins {ge}.",
    "int_parsing": "Un nombre entier est attendu.",
    "int_parsing_size": "Ce nombre est trop grand.",
    "less_than_equal": "Au plus {le}.",
    "literal_error": "Valeur inconnue. Valeurs possibles : {expected}.",
    "string_pattern_mismatch": "Ce texte n’a pas la forme attendue.",
    "string_too_long": "Texte trop long : {max_length} caractères au plus.",
    "string_too_short": "Texte trop court : {min_length} caractères au moins.",
}
"""By pydantic's type of error. Others keep their own words."""


class FrenchRoute(APIRoute):
    """A route whose errors 422 are said in French."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def translated(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                raise RequestValidationError([_said(one) for one in error.errors()]) from None

        return translated


def _said(error: dict[str, Any]) -> dict[str, Any]:
    values = dict(error.get("ctx", {}))
    if "expected" in values:
        values["expected"] = values["expected"].replace(" or ", ", ").replace("'", "`")
    sentence = SENTENCES.get(error["type"])
    return {**error, "msg": sentence.format(**values)} if sentence else error

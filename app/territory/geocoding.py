"""Street addresses, by the geocoder of the Géoplateforme or one that speaks like it. What it says is checked before it is believed.

Answers are kept in memory alone: an address that a counsellor types is never stored nor logged.
"""

import csv
import io
import re
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast
from urllib.parse import urlencode

from geopy.adapters import BaseAsyncAdapter
from geopy.geocoders import BANFrance
from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError
from pydantic_core import from_json

from app.territory.gazetteer import Commune, Gazetteer
from app.territory.locating import distance, farthest
from app.territory.outside import Outside, Refused, Unanswered, read

KINDS = frozenset({"housenumber", "street", "locality"})  # a "municipality" is no address
MIN_SCORE = 0.5  # of 1: what is made up scores 0.3 to 0.45, a street without its number 0.6 and more
MIN_SCORE_STORED = 0.65  # nobody looks at each listing of an import
REMEMBERED = 500
LONGEST = 200  # characters the service reads
FEW = 5
SECONDS, BATCH_SECONDS = 2.0, 20.0  # limits of one call, and of one by lots


@dataclass(frozen=True)
class Found:
    """An address as the geocoder knows it, in today's `commune`. WGS 84 degrees; `score` from 0 to 1."""

    label: str
    latitude: float
    longitude: float
    score: float
    kind: str
    commune: Commune


@dataclass(frozen=True)
class Wanted:
    """A listing's address to look up."""

    adresse: str
    code_postal: str | None
    commune: Commune


class Answer(BaseModel):
    """What an address of the service says, in the service's names."""

    model_config = ConfigDict(extra="ignore")

    label: str
    score: FiniteFloat
    type: str
    citycode: str
    latitude: FiniteFloat
    longitude: FiniteFloat


class Geoplateforme(BANFrance):  # type: ignore[misc]  # geopy has no types
    """geopy's BANFrance at today's address, kept to a commune, and by lots. Methods return coroutines."""

    def __init__(self, url: str) -> None:
        super().__init__(adapter_factory=_Adapter)
        base = url.rstrip("/")
        self.geocode_api, self.reverse_api, self.batch_api = f"{base}/search", f"{base}/reverse", f"{base}/search/csv"

    def geocode(self, query: str, *, citycode: str | None = None, limit: int = FEW) -> Coroutine[Any, Any, tuple[Answer, ...]]:
        """Addresses for a text, best first. The parent's own method writes the text in a log."""
        asked = {"q": query, "limit": limit, "index": "address"} | ({"citycode": citycode} if citycode else {})
        answers = self._call_geocoder(f"{self.geocode_api}?{urlencode(asked)}", self._parse)
        return cast(Coroutine[Any, Any, tuple[Answer, ...]], answers)

    async def batch(self, wanted: Sequence[tuple[str, str, str]]) -> dict[int, Answer]:
        """Answers by position in `wanted` (address, postal code and commune to keep to, or ""); what was not found is missing."""
        files = {"data": ("adresses.csv", _table(wanted), "text/csv")}
        fields = {"columns": "adresse", "postcode": "postcode", "citycode": "citycode", "indexes": "address"}
        body = await read("POST", self.batch_api, files=files, data=fields)
        rows = csv.DictReader(io.StringIO(body.decode()))
        if not {"ligne", "result_score"}.issubset(rows.fieldnames or ()):
            raise ValueError("not the table that was sent, completed")
        return {int(row["ligne"]): answer for row in rows if (answer := _answer_of_row(row)) and row["ligne"].isdecimal()}

    def _parse(self, response: Any) -> tuple[Answer, ...]:
        places = self._parse_json(response, exactly_one=False) or ()
        answers = (_answer({**place.raw["properties"], "latitude": place.latitude, "longitude": place.longitude}) for place in places)
        return tuple(answer for answer in answers if answer)


class _Adapter(BaseAsyncAdapter):  # type: ignore[misc]
    """geopy's way to the network, through ours."""

    async def get_text(self, url: str, *, timeout: float, headers: dict[str, str]) -> str:
        return (await read("GET", url)).decode()

    async def get_json(self, url: str, *, timeout: float, headers: dict[str, str]) -> Any:
        return from_json(await read("GET", url))


class Geocoder:
    """Looks addresses up, and believes only what can be. `seconds` and `batch_seconds` are the limits of one call."""

    def __init__(self, gazetteer: Gazetteer, url: str, seconds: float = SECONDS, batch_seconds: float = BATCH_SECONDS) -> None:
        self._gazetteer = gazetteer
        self._service = Geoplateforme(url)
        self._outside = Outside(seconds)
        self._outside_by_lots = Outside(batch_seconds, failures=2, rest=600.0)
        self._asked = lru_cache(maxsize=REMEMBERED)(self._ask)

    @property
    def is_resting(self) -> bool:
        """Is the service left alone, having failed too often?"""
        return self._outside.is_resting

    def find(self, text: str, commune: Commune | None = None) -> tuple[Found, ...]:
        """Addresses that `text` may mean, in `commune` if it is known, best first. Raises Unanswered."""
        query = re.sub(r"^\W+", "", text)[:LONGEST]
        if len(query) < 3:
            return ()
        try:
            answers = self._asked(query, self._filter(commune))
        except Refused:
            return ()
        found = (self._believed(answer, commune, MIN_SCORE) for answer in answers)
        return tuple(one for one in found if one)

    def find_all(self, wanted: Sequence[Wanted]) -> list[Found | None]:
        """The same for listings, in their order. Raises Unanswered."""
        if not wanted:
            return []
        rows = [(one.adresse, "" if (code := self._filter(one.commune)) else one.code_postal or "", code or "") for one in wanted]
        try:
            answers = self._outside_by_lots.ask(lambda: self._service.batch(rows))
        except Refused as refusal:
            raise Unanswered("refused") from refusal
        checked = ((answers.get(i), one) for i, one in enumerate(wanted))
        return [self._believed(answer, one.commune, MIN_SCORE_STORED) if answer else None for answer, one in checked]

    def _ask(self, query: str, citycode: str | None) -> tuple[Answer, ...]:
        return self._outside.ask(lambda: self._service.geocode(query, citycode=citycode))

    def _filter(self, commune: Commune | None) -> str | None:
        """The commune to keep to; none for a city of which the service knows the districts only."""
        return commune.code if commune and not self._gazetteer.members(commune.code) else None

    def _believed(self, answer: Answer, asked: Commune | None, min_score: float) -> Found | None:
        """The address, if it is one, sure enough, in the commune asked for, and stands where that commune is."""
        lies_in = self._gazetteer.commune(answer.citycode)
        point = (answer.latitude, answer.longitude)
        if lies_in is None or answer.type not in KINDS or answer.score < min_score or max(map(abs, point)) > 180:
            return None
        if asked and asked.code not in {lies_in.code, lies_in.parent} and asked.parent != lies_in.code:
            return None
        if distance(lies_in, point) > farthest(lies_in) or lies_in.latitude is None:
            return None
        return Found(answer.label, *point, answer.score, answer.type, lies_in)


def open_geocoder(gazetteer: Gazetteer, url: str) -> Geocoder | None:
    """The geocoder at `url`; None when there is none."""
    return Geocoder(gazetteer, url, SECONDS, BATCH_SECONDS) if url else None


def _answer(values: dict[str, Any]) -> Answer | None:
    try:
        return Answer.model_validate(values)
    except ValidationError:
        return None


def _answer_of_row(row: dict[str, str]) -> Answer | None:
    named = {name: row.get(f"result_{name}") for name in ("label", "score", "type", "citycode")}
    return _answer({**named, "latitude": row.get("latitude"), "longitude": row.get("longitude")})


def _table(wanted: Sequence[tuple[str, str, str]]) -> bytes:
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(("ligne", "adresse", "postcode", "citycode"))
    rows.writerows((number, *one) for number, one in enumerate(wanted))
    return table.getvalue().encode()

"""What applying a file would do, told before anything is written: the counts of a report, and what may be too much at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import fuzz
from sqlmodel import Session

from app import listings
from app.confidentiality import SEALED_FIELDS
from app.models import Genre, Listing, Statut
from app.territory.addresses import kilometres
from app.territory.names import key
from importers.preparing import Effect, Lot

Values = Mapping[str, Any]

GENRES: tuple[Genre, ...] = ("structure", "service")
FAR_KM = 5.0  # nearer, an address was made more precise; farther, the place is another
SAME_NAME = 85.0  # out of 100: above, a typo was mended or a word abbreviated
WORDS = {
    "vanished": ("n’est plus dans le fichier", "ne sont plus dans le fichier"),
    "closed": ("fermerait", "fermeraient"),
    "moved": ("changerait de commune ou de plus de 5 km", "changeraient de commune ou de plus de 5 km"),
    "renamed": ("changerait de nom", "changeraient de nom"),
}


@dataclass
class Effects:
    """Rows that a file would remove, close, move or rename, of the `known` ones that it is about."""

    known: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WORDS, 0))
    touched: int = 0  # rows, each once

    def add(self, *kinds: str) -> None:
        for kind in kinds:
            self.counts[kind] += 1
        self.touched += bool(kinds)

    def reasons(self, share: float) -> list[str] | None:
        """Why a human should look at it first, in French, the total before its parts; None if `share` (0 to 1) isn't exceeded."""
        if not self.known or self.touched <= share * self.known:
            return None
        total = f"{_number(self.touched)} fiches sur {_number(self.known)} seraient touchées ({_percent(self.touched / self.known)})"
        parts = [f"{_number(count)} {WORDS[kind][count > 1]}" for kind, count in self.counts.items() if count]
        return [f"{total}, plus que les {_percent(share)} admis sans relecture.", *parts]


def foresee(session: Session, lot: Lot, effects: Effects) -> None:
    """Say of each row of `lot` what writing it would do, and count in `effects` what it would move, close or rename.

    A listing that an import had set aside comes back: its record says so from now on.
    """
    stored: dict[Genre, dict[str, Any]] = {genre: _stored(session, genre, lot) for genre in GENRES}
    effects.known += sum(not item.new for item in lot.prepared)
    for item in lot.prepared:
        new, changed = False, False
        for genre, found in item.by_genre():
            for values in found:
                listing = stored[genre].get(values["id"])
                if listing is None:
                    new = new or values is item.main
                    changed = True
                else:
                    if listing.disparu_le is not None:
                        values["disparu_le"] = None
                    changed = changed or _differs(listing, values)
        item.effect = effect(new=new, changed=changed)
        if main := stored[item.genre].get(item.main["id"]):
            effects.add(*kinds(main, item.main))


def effect(*, new: bool, changed: bool) -> Effect:
    """A row counts once: created if its main listing is, changed if any of its listings came or changed, else unchanged."""
    return "created" if new else "changed" if changed else "unchanged"


def _stored(session: Session, genre: Genre, lot: Lot) -> dict[str, Any]:
    ids = [values["id"] for item in lot.prepared for of, found in item.by_genre() if of == genre for values in found]
    return {row.id: row for row in listings.by_ids(session, genre, ids)}


def _differs(stored: Listing, values: Values) -> bool:
    return next(differences(stored, values), None) is not None


def differences(stored: Listing, values: Values) -> Iterator[tuple[str, Any, Any]]:
    """Fields that writing would change: name, value before, value after. What a person typed stays, as does a sealed address."""
    kept = {"date_fichier", *(stored.champs_humains or ()), *((*SEALED_FIELDS, "precision_lieu") if stored.adresse_confidentielle else ())}
    if getattr(stored, "description_composee", False) and values.get("description") is None:
        kept.add("description")
    return ((name, before, value) for name, value in values.items() if name not in kept and (before := getattr(stored, name)) != value)


def kinds(stored: Listing, values: Values) -> list[str]:
    """What this row would do that a human may want to see first. What a person typed stays: it counts for nothing."""
    human = set(stored.champs_humains or ())
    closed = stored.statut == Statut.PUBLIEE and values.get("statut") in (Statut.ARCHIVEE, Statut.SUSPENDUE)
    moved = not human & {"commune", "code_insee"} and values.get("code_insee") != stored.code_insee
    moved = moved or (not human & {"latitude", "longitude"} and _far(stored, values))
    renamed = "nom" not in human and _another_name(stored.nom, values["nom"])
    return [kind for kind, so in (("closed", closed), ("moved", moved), ("renamed", renamed)) if so]


def _far(stored: Listing, values: Values) -> bool:
    """Is one address far from the other? A commune's own point tells nothing of it."""
    if stored.adresse_confidentielle or stored.precision_lieu != "adresse" or values.get("precision_lieu") != "adresse":
        return False
    if stored.latitude is None or stored.longitude is None:
        return False
    return kilometres(stored.latitude, stored.longitude, values["latitude"], values["longitude"]) > FAR_KM


def _another_name(before: str, after: str) -> bool:
    """Another name, once case, accents, punctuation and typos are forgiven."""
    one, other = key(before), key(after)
    return one != other and fuzz.ratio(one, other) < SAME_NAME


def _number(count: int) -> str:
    return f"{count:,}".replace(",", "\u202f")


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\u00a0%"

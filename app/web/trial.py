"""What a dry run found, in words: counts, the first differences, the rows left out, and where the listings fall."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from app.models import ImportRun, Quarantine
from app.web import wording

REJECTED_SHOWN = 20
COMMUNES_SHOWN = NEEDS_SHOWN = 12
LONGEST = 160


@dataclass(frozen=True)
class Difference:
    """A listing that would change: its line in the file, and for each field what it says and would say."""

    nom: str
    line: int | None
    fields: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Rejected:
    line: int | None
    reasons: tuple[str, ...]
    values: str


@dataclass(frozen=True)
class Trial:
    """A dry run, finished."""

    run: ImportRun
    counts: tuple[tuple[str, int, str], ...]
    differences: tuple[Difference, ...]
    created: tuple[str, ...]
    rejected: tuple[Rejected, ...]
    reasons: tuple[tuple[str, int], ...]
    communes: tuple[tuple[str, int], ...]
    other_communes: int
    placed: int
    approximate: int
    services: int
    needs: tuple[tuple[str, int], ...]  # and how many of those services answer each
    other_needs: int
    needless: bool  # none of the new listings answers a need


def of(session: Session, run: ImportRun, told: dict[str, Any]) -> Trial:
    """`told`: what `importers.differences` foretold of this very run; nothing of another."""
    told = told if told.get("run") == run.id else {}
    communes = [(str(nom), int(count)) for nom, count in told.get("communes", ())]
    points, needs = told.get("points", ()), told.get("by_need", ())
    return Trial(
        run=run,
        counts=_counts(run),
        differences=tuple(_difference(one) for one in told.get("changed", ())),
        created=tuple(_created(one) for one in told.get("created", ())),
        rejected=_rejected(session, run),
        reasons=_reasons(session, run),
        communes=tuple(communes[:COMMUNES_SHOWN]),
        other_communes=max(0, len(communes) - COMMUNES_SHOWN),
        placed=len(points),
        approximate=sum(bool(point["approximatif"]) for point in points),
        services=int(told.get("services", 0)),
        needs=tuple((wording.label(need), int(count)) for need, count in needs[:NEEDS_SHOWN]),
        other_needs=max(0, len(needs) - NEEDS_SHOWN),
        needless=bool(run.created) and "by_need" in told and not needs,
    )


def points(told: dict[str, Any], base_map: str, tiles: dict[str, str] | None) -> dict[str, Any]:
    """GeoJSON of where the listings fall, for the map of the page."""
    found = told.get("points", ())
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [point["longitude"], point["latitude"]]},
            "properties": {
                "nom": point["nom"] or "Sans nom",
                "commune": point["commune"] or "",
                "approximatif": point["approximatif"],
                "href": f"#ligne-{rank}",
                "rang": rank,
            },
        }
        for rank, point in enumerate(found, 1)
    ]
    message = f"{wording.plural(len(found), 'fiche')} sur la carte."
    return {"type": "FeatureCollection", "features": features, "message": message, "lieu": None, "fond": base_map, "tuiles": tiles}


def _counts(run: ImportRun) -> tuple[tuple[str, int, str], ...]:
    """What would happen, how often, and the kind of tag that says it."""
    always = (
        ("à créer", run.created, "good" if run.created else ""),
        ("à modifier", run.changed, "good" if run.changed else ""),
        ("inchangées", run.unchanged, ""),
        ("à reprendre", run.rejected, "warn" if run.rejected else ""),
    )
    others = (("renumérotées", run.renumbered, ""), ("disparues du fichier", run.to_verify, "warn"), ("à archiver", run.departed, "warn"))
    return (*always, *(one for one in others if one[1]))


def _difference(found: dict[str, Any]) -> Difference:
    fields = tuple((wording.FIELDS.get(name, name.capitalize()), _say(name, old), _say(name, new)) for name, old, new in found["champs"])
    return Difference(str(found["nom"]), found["ligne"], fields)


def _created(found: dict[str, Any]) -> str:
    return f"{found['nom']}, {found['commune']}" if found["commune"] else str(found["nom"])


def _say(name: str, value: Any) -> str:
    if value is None or value in ("", []):
        return "vide"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return wording.labels(map(str, value))
    if name == "telephone":
        return wording.phone(str(value))
    text = wording.day_of(str(value)) if name.startswith("date_") else wording.label(str(value))
    return wording.excerpt(text, LONGEST)


def _rejected(session: Session, run: ImportRun) -> tuple[Rejected, ...]:
    rows = select(Quarantine).where(Quarantine.run_id == run.id).order_by(col(Quarantine.line), col(Quarantine.id))
    return tuple(Rejected(row.line, tuple(row.reasons), _values(row.content)) for row in session.exec(rows.limit(REJECTED_SHOWN)))


def _values(content: dict[str, Any]) -> str:
    return " · ".join(
        wording.excerpt(str(value), 60) for value in content.values() if not isinstance(value, list | dict) and value not in (None, "")
    )[:300]


def _reasons(session: Session, run: ImportRun) -> tuple[tuple[str, int], ...]:
    """Why rows were left out, the most frequent reason first."""
    if run.rejected <= REJECTED_SHOWN:
        return ()
    counted: dict[str, int] = {}
    for reasons in session.exec(select(Quarantine.reasons).where(Quarantine.run_id == run.id).limit(5000)):
        for reason in reasons:
            counted[reason] = counted.get(reason, 0) + 1
    return tuple(sorted(counted.items(), key=lambda one: -one[1])[:5])

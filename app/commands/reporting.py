"""What an import did, or what was taken back of it, in French."""

from collections import Counter
from typing import TYPE_CHECKING

from sqlmodel import Session, select

from app.models import ImportRun, Quarantine

if TYPE_CHECKING:
    from importers.undoing import Undone

REASONS_SHOWN = 5


def report_of(session: Session, run: ImportRun) -> str:
    """What an import did, in French: counts, then the reasons of rejection, the most frequent first."""
    etat = {"termine": "terminé", "echoue": "échec", "retenu": f"retenu, rien n’est écrit (import {run.id})"}.get(run.etat, run.etat)
    named = f"{run.source} ({run.departement})" if run.departement else run.source
    lines = [f"{named} : {etat}" + (" (essai : rien n’a été écrit)" if run.dry_run else "")]
    if run.etat == "retenu":
        lines += [f"  {reason}" for reason in run.retenue or ()]
        lines.append(f"  Pour l’appliquer après l’avoir relu : levier approve {run.id}")
    elif run.message:
        lines.append(f"  {run.message}")
    counts = {"lues": run.read, "créées": run.created, "modifiées": run.changed, "inchangées": run.unchanged, "rejetées": run.rejected}
    counts |= {
        label: count
        for label, count in {
            "renumérotées": run.renumbered,
            "à vérifier (disparues du fichier)": run.to_verify,
            "archivées": run.departed,
            "vides": run.blank,
        }.items()
        if count
    }
    lines.append("  " + ", ".join(f"{count} {label}" for label, count in counts.items()))
    reasons: Counter[str] = Counter()
    for found in session.exec(select(Quarantine.reasons).where(Quarantine.run_id == run.id)):
        reasons.update(found)
    lines += [f"  {count} × {reason}" for reason, count in reasons.most_common(REASONS_SHOWN)]
    if len(reasons) > REASONS_SHOWN:
        lines.append(f"  et {len(reasons) - REASONS_SHOWN} autres motifs, à lire dans la page Imports")
    return "\n".join(lines)


def undone(done: "Undone") -> str:
    """What an undo did, in French, and every listing that stays as people left it."""
    lines = [f"Import {done.run.id} annulé ({done.run.source}) : {done.listings} fiches remises comme avant."]
    if done.survivors:
        lines.append(f"  {len(done.survivors)} portent des modifications faites depuis, ou en dépendent ; elles les gardent :")
    for one in done.survivors:
        why = ", ".join(one.champs) or ("vérifiée ou utilisée depuis" if one.created else "modifiée depuis")
        lines.append(f"  {one.genre} {one.id} « {one.nom} » : {why}" + (" (créée par cet import, gardée)" if one.created else ""))
    return "\n".join(lines)

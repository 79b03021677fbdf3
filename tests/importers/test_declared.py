"""Sources described on screen: kept as data, imported like any other."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.config import Settings
from app.models import Quarantine, RawRecord, Service, Structure
from importers import declared, pipeline, registry
from importers.declaring import Declaration
from importers.problems import UnknownTarget
from tests.importers.conftest import counts, reasons

ROWS = """Lieu;Thème;Pour qui;Tarif;Permis;Adresse;CP;Ville;Tél;Matin lundi;Soir lundi;SIRET
Garage des Essais;Coup de pouce;Jeunes;Gratuit;oui;1 rue des Essais;04000;Digne-les-Bains;465710001;9h-12h;14h-17h;36750100000000
Épicerie des Essais;Coup de pouce;Tous publics, Seniors;;non;2 rue des Essais;4100;Manosque;;fermé;;
"""
CHAMPS: dict[str, tuple[str, ...]] = {
    "nom": ("Lieu",), "thematiques": ("Thème", "Permis"), "publics": ("Pour qui",), "frais": ("Tarif",), "adresse": ("Adresse",),
    "code_postal": ("CP",), "commune": ("Ville",), "telephone": ("Tél",), "siret": ("SIRET",),
    "horaires_lundi": ("Matin lundi", "Soir lundi"),
}  # fmt: skip
PERMIS = "mobilite--preparer-un-permis"


def described(**values: Any) -> Declaration:
    return Declaration(
        **{
            "nom": "Lieux d’essai",
            "collectivite": "04D",
            "departements": ("04",),
            "champs": CHAMPS,
            "valeurs": {"thematiques": {"permis": (PERMIS,)}},
        }
        | values
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "essais.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


@pytest.fixture
def kept(session: Session) -> str:
    source_id = declared.save(session, None, described(), "Camille Fictive")
    session.commit()
    return source_id


def test_it_imports_by_its_id_like_any_other_source(kept: str, file: Path, engine: Engine, session: Session, settings: Settings) -> None:
    assert kept == "04d-lieux-d-essai"
    run = pipeline.run(engine, kept, settings=settings, file=file)[0]
    assert counts(run) == {"read": 2, "created": 2}, reasons(session, run)
    garage = session.exec(select(Structure).where(Structure.nom == "Garage des Essais")).one()
    assert (garage.code_insee, garage.telephone, garage.siret) == ("04070", "+33465710001", None)
    assert garage.horaires_accueil == "Mo 09:00-12:00,14:00-17:00"
    notes = [note for row in session.exec(select(RawRecord)) for note in row.notes]
    assert "SIRET faux ou abîmé par un tableur : « 36750100000000 », non repris." in notes


def test_its_file_is_held_let_through_and_made_again_like_any_other(
    kept: str, file: Path, engine: Engine, session: Session, settings: Settings
) -> None:
    pipeline.run(engine, kept, settings=settings, file=file)
    file.write_text("".join(ROWS.splitlines(keepends=True)[:2]), encoding="utf-8")
    held = pipeline.run(engine, kept, settings=settings, file=file)[0]
    assert held.etat == "retenu"
    told: list[tuple[int, int | None]] = []
    done = pipeline.approve(engine, held.id or 0, settings=settings, author="Camille Fictive", progress=lambda *step: told.append(step))
    assert (done.etat, counts(done)) == ("termine", {"read": 1, "unchanged": 1, "to_verify": 1})
    assert told[-1] == (1, 1)
    again = pipeline.begin_again(session, done, "Camille Fictive")
    session.commit()
    assert counts(pipeline.again(engine, again.id or 0, settings=settings)) == {"read": 1, "unchanged": 1}


def test_a_commune_s_name_is_first_that_of_the_source_s_own_département(
    file: Path, engine: Engine, session: Session, settings: Settings
) -> None:
    source_id = declared.save(session, None, described(champs={"nom": ("Lieu",), "commune": ("Ville",)}, valeurs={}), "Camille Fictive")
    session.commit()
    file.write_text("Lieu;Ville\nMaison des Essais;Montclar\n", encoding="utf-8")  # there is one in Aude and one in Aveyron too
    pipeline.run(engine, source_id, settings=settings, file=file)
    assert session.exec(select(Structure.code_insee)).all() == ["04126"]


def test_values_become_codes_and_a_flag_says_its_column(
    kept: str, file: Path, engine: Engine, session: Session, settings: Settings
) -> None:
    pipeline.run(engine, kept, settings=settings, file=file)
    services = {row.nom: row for row in session.exec(select(Service))}
    assert list(services) == ["Permis"]
    assert (services["Permis"].thematiques, services["Permis"].publics, services["Permis"].frais) == ([PERMIS], ["jeunes"], "gratuit")


def test_a_file_about_one_need_gives_each_row_a_service(file: Path, engine: Engine, session: Session, settings: Settings) -> None:
    source_id = declared.save(session, None, described(thematiques=(PERMIS,)), "Camille Fictive")
    session.commit()
    pipeline.run(engine, source_id, settings=settings, file=file)
    assert [row.thematiques for row in session.exec(select(Service))] == [[PERMIS], [PERMIS]]
    assert {row.publics and tuple(row.publics) for row in session.exec(select(Service))} == {("jeunes",), ("tous-publics",)}


def test_what_is_said_anew_is_read_anew_and_the_same_is_not(
    kept: str, file: Path, engine: Engine, session: Session, settings: Settings
) -> None:
    pipeline.run(engine, kept, settings=settings, file=file)
    assert counts(pipeline.run(engine, kept, settings=settings, file=file)[0]) == {"read": 2, "unchanged": 2}
    fuller = described(valeurs={"thematiques": {"permis": (PERMIS,), "coup de pouce": ("mobilite--acceder-a-un-vehicule",)}})
    assert declared.save(session, kept, fuller, "Sacha Inventé") == kept
    session.commit()
    assert counts(pipeline.run(engine, kept, settings=settings, file=file)[0])["changed"] == 2
    assert {row.nom for row in session.exec(select(Service))} == {"Permis", "Coup de pouce"}


def test_a_held_run_of_it_is_approved(kept: str, file: Path, engine: Engine, session: Session, settings: Settings) -> None:
    pipeline.run(engine, kept, settings=settings, file=file)
    file.write_text(ROWS.replace("Garage des", "Remise aux").replace("Épicerie des", "Halle aux"), encoding="utf-8")
    held = pipeline.run(engine, kept, settings=settings, file=file)[0]
    assert held.etat == "retenu"
    assert pipeline.approve(engine, held.id or 0, settings=settings, author="Camille Fictive").etat == "termine"


def test_a_postal_code_of_many_towns_is_that_of_the_one_named_or_clearly_first(
    engine: Engine, session: Session, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "noms.csv"
    path.write_text("Nom;CP\nRelais de Roumoules;04500\nRelais des Essais;04500\nRelais perdu;04270\n", encoding="utf-8")
    source_id = declared.save(session, None, described(champs={"nom": ("Nom",), "code_postal": ("CP",)}, valeurs={}), "Camille Fictive")
    session.commit()
    run = pipeline.run(engine, source_id, settings=settings, file=path)[0]
    assert {row.nom: row.commune for row in session.exec(select(Structure))} == {
        "Relais de Roumoules": "Roumoules",
        "Relais des Essais": "Riez",
    }
    assert any("de loin la plus peuplée. À vérifier." in note for row in session.exec(select(RawRecord)) for note in row.notes)
    assert session.exec(select(Quarantine.line).where(Quarantine.run_id == run.id)).all() == [4]


def test_each_collectivite_has_its_own(session: Session) -> None:
    here = declared.save(session, None, described(), "Camille Fictive")
    there = declared.save(session, None, described(collectivite="05D", departements=("05",)), "Camille Fictive")
    twin = declared.save(session, None, described(), "Camille Fictive")
    assert [row.id for row in declared.of_collectivites(session, ["04D"])] == [here, twin] == ["04d-lieux-d-essai", "04d-lieux-d-essai-2"]
    assert {row.id for row in declared.of_collectivites(session, None)} == {here, there, twin}
    assert declared.load(session, here) == described()
    assert declared.load(session, "gironde") is None
    with pytest.raises(UnknownTarget):
        declared.save(session, "gironde", described(), "Camille Fictive")


def test_a_departement_is_imported_with_those_described_on_screen(kept: str, engine: Engine) -> None:
    found, code = registry.resolve("4", declared=declared.sources(engine))
    assert code == "04"
    assert kept in [source.id for source in found]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"champs": {"adresse": ("Adresse",)}}, "Dites quelle colonne est le nom de la structure."),
        ({"champs": {"nom": ("Lieu",), "taille": ("T",)}}, "« taille » n’est pas un champ connu."),
        ({"collectivite": "99X"}, "« 99X » n’est ni un département ni une collectivité : choisissez-en un dans la liste."),
        ({"thematiques": ("chanter",)}, "« chanter » n’est pas une valeur connue : choisissez-la dans la liste."),
        ({"valeurs": {"publics": {"jeunes": ("gratuit",)}}}, "« gratuit » n’est pas une valeur connue : choisissez-la dans la liste."),
        ({"valeurs": {"nom": {"x": ()}}}, "Les valeurs du champ « nom » ne se traduisent pas."),
        ({"url": "ftp://example.org"}, "L’adresse du fichier doit commencer par https:// ou http://."),
        ({"nom": " "}, "« nom » : valeur manquante ou refusée."),
    ],
)
def test_a_wrong_description_is_refused_in_french(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        described(**wrong)
    assert declared.faults(refused.value) == [said]

"""France services: two deliveries of one source, whose columns were renamed."""

from datetime import date

from sqlmodel import Session

from app import listings
from app.models import Service, Structure
from tests.importers.conftest import Approving, Importing, counts, reasons

FIRST = "france-services--1"


def test_a_row_is_a_place_and_its_service_that_the_charter_describes(importing: Importing, session: Session) -> None:
    run = importing("france-services", "france-services-2024-08.csv")
    assert counts(run) == {"read": 3, "created": 2, "rejected": 1}
    place = session.get_one(Structure, FIRST)
    assert (place.commune, place.departement, place.telephone, place.reseaux_porteurs) == (
        "Barcelonnette",
        "04",
        "+33465710002",
        ["france-service"],
    )
    assert place.horaires_accueil == "Mo,Tu 09:00-12:00,13:30-17:00; We 09:00-12:00; Th,Fr 09:00-12:00,13:30-17:00"
    assert place.description == "Fermé les jours de marché"
    service = session.get_one(Service, f"{FIRST}-france-services")
    assert (service.frais, service.publics, service.mobilisation_precisions) == (
        "gratuit",
        ["tous-publics"],
        "Prise de rendez-vous possible",
    )
    assert service.thematiques == [
        "difficultes-administratives-ou-juridiques--accompagnement-aux-demarches-administratives",
        "numerique--acceder-a-des-services-en-ligne",
    ]
    assert service.code_insee == "04019"


def test_the_date_of_the_file_is_in_its_name(importing: Importing, session: Session) -> None:
    run = importing("france-services", "france-services-2024-08.csv")
    place = session.get_one(Structure, FIRST)
    assert (run.file_date, place.date_maj, place.date_fichier) == (date(2024, 8, 1), None, date(2024, 8, 1))


def test_an_overseas_place_has_an_overseas_number(importing: Importing, session: Session) -> None:
    importing("france-services", "france-services-2024-08.csv")
    place = session.get_one(Structure, "france-services--2")
    assert (place.departement, place.telephone, place.courriel) == ("974", "+262262123456", "a@example.org")
    assert place.horaires_accueil is None
    assert place.description == "Bus itinérant.\nHoraires : lundi : 08:00 - 16:00 / 08:00 - 12:00"


def test_a_row_without_any_place_says_so(importing: Importing, session: Session) -> None:
    run = importing("france-services", "france-services-2024-08.csv")
    assert list(reasons(session, run).values()) == [["Ni commune, ni code postal, ni code commune : le lieu est inconnu."]]


def test_the_next_delivery_updates_the_same_ids_and_tells_what_changed(
    importing: Importing, approving: Approving, session: Session
) -> None:
    before = importing("france-services", "france-services-2022-12.csv")
    assert counts(before) == {"read": 2, "created": 2}
    assert session.get_one(Structure, "france-services--9").nom == "France services d’Évreux"
    held = importing("france-services", "france-services-2024-08.csv")
    assert held.etat == "retenu"  # one of two is gone
    after = approving(held)
    assert counts(after) == {"read": 3, "created": 1, "changed": 1, "rejected": 1, "to_verify": 1}
    newest = listings.history(session, "structure", FIRST)[0]
    assert newest.changes["telephone"] == ["+33465710009", "+33465710002"]
    assert newest.author == "import de France services"
    session.expire_all()
    assert session.get_one(Structure, "france-services--9").disparu_le is not None

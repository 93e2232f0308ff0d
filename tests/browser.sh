#!/bin/sh
# The web application in Chromium, against the demo.
# Usage: tests/browser.sh PATH_TO_PICKET
set -eu
picket=$1
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v chromium >/dev/null 2>&1 && [ -z "${CHROMIUM:-}" ]; then
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        apt-get update -qq && apt-get install -y -qq chromium >/dev/null
    else
        echo "SKIPPED: Chromium is not here and cannot be installed; install it or set CHROMIUM to its path" >&2
        exit 0
    fi
fi
work=$(mktemp -d)
port=${PICKET_TEST_PORT:-18080}
"$picket" demo --listen "127.0.0.1:$port" --gateway "127.0.0.1:$((port + 1))" >"$work/demo.log" 2>&1 &
demo=$!
trap 'kill $demo 2>/dev/null || true; wait $demo 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 1 600); do
    if grep -q "SAMPLE DATA" "$work/demo.log"; then break; fi
    if ! kill -0 $demo 2>/dev/null; then cat "$work/demo.log" >&2; exit 1; fi
    sleep 0.2
done
grep -q "SAMPLE DATA" "$work/demo.log" || { cat "$work/demo.log" >&2; echo "the demo did not come up" >&2; exit 1; }
cd "$here/../web"
PICKET_URL="http://127.0.0.1:$port" CHROMIUM="${CHROMIUM:-$(command -v chromium)}" npm run --silent e2e

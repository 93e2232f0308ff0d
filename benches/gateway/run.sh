#!/bin/sh
# The gateway beside the upstream it stands before: what it adds, by mode and prompt size, whole and streamed.
# Needs wrk (https://github.com/wg/wrk) on the PATH; builds the release example `gateway` with its echo upstream.
# Usage: benches/gateway/run.sh [SECONDS_PER_CELL]
#
# Two shared cores make absolute figures worthless: read the ratios between the rows of one run.
set -eu
seconds=${1:-6}
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
command -v wrk >/dev/null || { echo "wrk is missing; on Debian: apt-get install wrk" >&2; exit 2; }
cargo build --quiet --release -p picket-gateway --example gateway
binary=${CARGO_TARGET_DIR:-target}/release/examples/gateway

work=$(mktemp -d)
pids=
trap 'kill $pids 2>/dev/null || true; rm -rf "$work"' EXIT
port=8290
for mode in off detect block; do
    port=$((port + 1))
    "$binary" "127.0.0.1:$port" "$mode" >/dev/null 2>"$work/$mode" &
    pids="$pids $!"
    until grep -q '^gateway at' "$work/$mode" 2>/dev/null; do sleep 0.1; done
done
# Every gateway has an echo upstream of its own; the first one's serves as the row without a gateway.
direct=$(sed -n 's/.*upstream //p' "$work/off")

row() { # name, base URL
    for size in 200 4096 65536; do
        for stream in false true; do
            for connections in 1 16; do
                figures=$(SIZE=$size STREAM=$stream wrk -t1 -c"$connections" -d"${seconds}s" --latency \
                    -s "$here/post.lua" "$2/v1/chat/completions" |
                    awk '/50%/ {p50=$2} /99%/ {p99=$2} /Requests\/sec/ {rps=$2} /Non-2xx/ {bad=$NF} END {print rps, p50, p99, bad+0}')
                echo "$1 $size $stream $connections $figures"
            done
        done
    done
}

{
    echo "target prompt_bytes stream connections requests/s p50 p99 refused"
    row direct "$direct"
    row off http://127.0.0.1:8291/openai
    row detect http://127.0.0.1:8292/openai
    row block http://127.0.0.1:8293/openai
} | column -t

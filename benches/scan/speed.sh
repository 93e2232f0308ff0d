#!/bin/sh
# A scan beside `rg -c import` over the same tree with the same threads: speed.sh TREE PICKET [THREADS]
# Both run once unmeasured, so that the files are in memory. Prints wall and CPU seconds and peak memory of each.
set -eu
tree=$1 picket=$2 threads=${3:-$(nproc)}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
measure() {
    name=$1
    shift
    for round in warm 1 2 3; do
        rm -f "$scratch"/store.db*
        /usr/bin/time -f "%e %U %S %M" -o "$scratch/time" "$@" >"$scratch/out" 2>"$scratch/err" || true
        [ $round = warm ] || awk -v name="$name" '{ printf "%-8s wall %6.2f s  cpu %6.2f s  peak %5d MB\n", name, $1, $2 + $3, $4 / 1024 }' "$scratch/time"
    done
}
echo "$(find "$tree" -type f | wc -l) files, $(du -sm --apparent-size "$tree" | cut -f1) MB, $threads threads"
measure rg rg -c import --hidden --no-messages -j "$threads" "$tree"
RAYON_NUM_THREADS=$threads measure picket "$picket" --store "sqlite:$scratch/store.db" --quiet scan "$tree"

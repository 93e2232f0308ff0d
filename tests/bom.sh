#!/bin/sh
# Bills of materials under the official validators: of the sample estate, of the crate's own test estate (its snapshots),
# and of any further folders; and that a bill can be made again byte for byte.
# Usage: tests/bom.sh PATH_TO_PICKET [FOLDER…]
set -eu
picket=$(realpath "$1")
shift
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! command -v "$python" >/dev/null 2>&1; then
    echo "SKIPPED: $python is not here, so no bill of materials was validated" >&2
    exit 0
fi
venv=${PICKET_BOM_VENV:-$work/venv}
if [ ! -x "$venv/bin/python" ]; then
    "$python" -m venv "$venv"
    if ! "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/bom/requirements.txt"; then
        echo "SKIPPED: the official validators cannot be installed, so NO BILL OF MATERIALS WAS VALIDATED; network?" >&2
        exit 0
    fi
fi

for folder in "$here"/../examples/*/ "$@"; do
    name=$(basename "$folder")
    store="sqlite:$work/$name.db"
    code=0
    # A folder with files that cannot be read ends with 3 and has a bill all the same.
    "$picket" -q --store "$store" scan "$folder" >/dev/null || code=$?
    [ "$code" = 0 ] || [ "$code" = 3 ]
    for spec in cyclonedx-1.6 cyclonedx-1.7 spdx-3.0; do
        case $spec in spdx*) ending=spdx.json ;; *) ending=cdx.json ;; esac
        bom="$work/$name-$spec.$ending"
        "$picket" -q --store "$store" bom --spec "$spec" -o "$bom"
        SOURCE_DATE_EPOCH=1700000000 "$picket" -q --store "$store" bom --spec "$spec" -o "$work/one"
        SOURCE_DATE_EPOCH=1700000000 "$picket" -q --store "$store" bom --spec "$spec" -o "$work/two"
        cmp "$work/one" "$work/two"
        grep -q 2023-11-14T22:13:20Z "$work/one"
    done
    "$picket" bom diff "$work/$name-cyclonedx-1.6.cdx.json" "$work/$name-cyclonedx-1.6.cdx.json" --json >"$work/diff"
    if grep -q '"ref"' "$work/diff"; then echo "$name: a bill differs from itself" >&2; exit 1; fi
done
"$venv/bin/python" "$here/bom/validate.py" "$work"/*.cdx.json "$work"/*.spdx.json \
    "$here"/../crates/bom/src/tests/snapshots/*.snap

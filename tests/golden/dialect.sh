#!/usr/bin/env bash
# dialect.sh - a shipped dialect holds what its folder promises: the checks an adapter author runs, all of them.
# DCF_GOLDEN=write renews what `map test` expects: read the difference before it is committed.
set -euo pipefail
HOME_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
dcfctl=${DCF_BIN:-$HOME_DIR/build/bin}/dcfctl
folder=$HOME_DIR/adapters/$1 mapping=$HOME_DIR/adapters/$1/mapping.yaml
[ -n "$(ls "$folder"/samples/bad/*.*)" ] || { echo "no bad samples"; exit 1; }

failed=0
holds() { printf -- '-- %s\n' "$*"; "$dcfctl" "$@" || failed=1; }
if [ "${DCF_GOLDEN:-}" = write ]; then holds map test "$folder" --update; fi
holds map lint "$mapping"
holds map test "$folder"
holds map coverage --mapping "$mapping"
holds map roundtrip --mapping "$mapping" --generated 100
exit $failed

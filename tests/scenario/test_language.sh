#!/usr/bin/env bash
# test_language.sh - the language reference is true: every file in it is written out; each mapping is clean, each document
# means what stands beside it and comes back, each bad one is told what the page says.
#   NAME.EXT  NAME.canonical.json: what it holds at least  NAME.written.EXT: what comes back, when not itself
#   NAME.faults: what is told of it, one beginning of a line each
set -euo pipefail
HOME_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CTL=${DCF_BIN:-$HOME_DIR/build/bin}/dcfctl
W=$(mktemp -d)
trap 'rm -rf "$W"' EXIT
passed=0 failed=0

awk -v w="$W" '
  /^```[a-z]+ [a-z]+\/[a-z.]+$/ { file = w "/" $2; system("mkdir -p " w "/" substr($2, 1, index($2, "/") - 1)); next }
  /^```/ { file = "" }
  file { print >file }' "$HOME_DIR/adapters/dialect/README.md"

check() { # WHAT COMMAND...
  local what=$1
  shift
  if "$@" >"$W/log" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAIL: %s\n' "$what"
    cat "$W/log"
  fi
}

# Every object's members, and lists whole.
holds() { # CANONICAL WANTED
  jq -en --slurpfile got "$1" --slurpfile want "$2" '
    def holds($w): . as $x | if ($w | type) == "object" then all($w | keys[]; . as $k | $x[$k] | holds($w[$k]))
      elif ($w | type) == "array" then ($x | length) == ($w | length) and all(range($w | length); . as $i | $x[$i] | holds($w[$i]))
      else $x == $w end;
    $got[0] | holds($want[0])' || { jq . "$1"; return 1; }
}

# The same document: JSON by value, in order; XML read again (its prefixes and escapes are the writer's); tables by bytes.
same() { # WRITTEN WANTED
  case $1 in
  *.json) diff <(jq . "$1") <(jq . "$2") ;;
  *) diff "$1" "$2" ;;
  esac
}

refused() { # DOCUMENT FAULTS
  if "$CTL" map to-canonical --mapping "$mapping" "$1" >/dev/null 2>"$W/told"; then return 1; fi
  cat "$W/told"
  while IFS= read -r line; do
    grep -qF "$1:$line" "$W/told" || { echo "not told: $line"; return 1; }
  done <"$2"
  [ "$(grep -c ': error ' "$W/told")" = "$(wc -l <"$2")" ]
}

read_one() { # DOCUMENT NAME EXT
  local canonical=$W/canonical.json back=$W/back.$3
  "$CTL" map to-canonical --mapping "$mapping" "$1" >"$canonical" || return 1
  [ ! -e "$2.canonical.json" ] || holds "$canonical" "$2.canonical.json" || return 1
  "$CTL" map from-canonical --mapping "$mapping" "$canonical" >"$back" || return 1
  if [ -e "$2.written.$3" ]; then
    same "$back" "$2.written.$3" || return 1
  elif [ "$3" != xml ]; then
    same "$back" "$1" || return 1
  fi
  "$CTL" map to-canonical --mapping "$mapping" "$back" >"$W/again.json" || return 1
  [ -e "$2.written.$3" ] || diff <(jq 'del(.native)' "$canonical") <(jq 'del(.native)' "$W/again.json")
}

for mapping in "$W"/*/mapping.yaml; do
  folder=${mapping%/mapping.yaml}
  check "${folder##*/}: lint" "$CTL" map lint "$mapping"
  for document in "$folder"/*; do
    name=${document%.*} ext=${document##*.}
    case $document in
    *.yaml | *.faults | *.canonical.json | *.written.*) ;;
    *)
      if [ -e "$name.faults" ]; then
        check "${document#"$W"/}: what is told" refused "$document" "$name.faults"
      else
        check "${document#"$W"/}: both ways" read_one "$document" "$name" "$ext"
      fi
      ;;
    esac
  done
done
[ "$passed" -ge 15 ] || { echo "the page has only $passed examples: has its form changed?"; failed=$((failed + 1)); }
printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]

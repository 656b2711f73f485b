#!/usr/bin/env bash
# test_loop.sh - the loop of an adapter author goes round as adapters/dialect/README.md says, and breaks where the mapping is broken.
set -euo pipefail
HOME_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BIN=${DCF_BIN:-$HOME_DIR/build/bin}
W=$(mktemp -d)
trap 'rm -rf "$W"' EXIT
export PATH=$BIN:$PATH DCF_DIALECTS=$HOME_DIR/adapters/dialect
cd "$W"
passed=0 failed=0

check() { # WHAT EXPECTED-EXIT COMMAND
  local code=0
  timeout 60 bash -c "$3" >"$W/log" 2>&1 || code=$?
  if [ $code = "$2" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAIL (exit %s, not %s): %s\n' "$code" "$2" "$1"
    cat "$W/log"
  fi
}

# Every command of the section, in order.
while IFS= read -r line; do
  check "README: $line" 0 "${line%%#*}"
done < <(awk '/^## /{ in_it = /The loop of an adapter author/ } in_it && /^    [^ ]/ { sub(/^    /, ""); print }' \
  "$HOME_DIR/adapters/dialect/README.md")
[ $passed -ge 10 ] || { echo "the section has only $passed commands: has its form changed?"; exit 1; }

# A mapping broken on purpose: MUTATION(sed) COMMAND EXIT, on the template's dialect.
dcfctl adapter new mutant --into . >/dev/null
cp mutant/mapping.yaml sound.yaml
m="--mapping mutant/mapping.yaml"
mutate() { # WHAT SED EXIT COMMAND
  sed -e "$2" sound.yaml >mutant/mapping.yaml
  cmp -s sound.yaml mutant/mapping.yaml && { echo "FAIL: nothing mutated: $1"; failed=$((failed + 1)); return; }
  check "$1" "$3" "$4"
}
mutate "a wrong field name is told with the nearest" 's/given_name_1/givn_name_1/' 1 "dcfctl map lint mutant"
grep -q '24:.*the nearest is "given_name_1"' log || { cat log; failed=$((failed + 1)); }
mutate "a wrong key" 's/required: true}/requird: true}/' 1 "dcfctl map lint mutant"
grep -q 'the nearest is "required"' log || { cat log; failed=$((failed + 1)); }
mutate "two fields swapped" 's/family_name/X/; s/given_name_1/family_name/; s/X/given_name_1/' 1 "dcfctl map test mutant"
grep -q 'defendants\[0\].person.name.family_name: expected "Example", got "Robin"' log || { cat log; failed=$((failed + 1)); }
mutate "a dropped row" '/forename/d' 1 "dcfctl map test mutant"
mutate "a dropped row is not covered" '/forename/d' 1 "dcfctl map coverage $m"
mutate "a wrong code" 's/PC: SUBMISSION_KIND_PRE_CHARGE/PC: SUBMISSION_KIND_UPGRADE/' 1 "dcfctl map test mutant"
mutate "a drop where a row was" 's/{native: forename, .*/{native: forename, canonical: person.name.given_name_1, only: read}/' 1 \
  "dcfctl map roundtrip $m"
mutate "a row that is only read is doubtful" 's/{native: forename, .*/{native: forename, canonical: person.name.given_name_1, only: read}/' 1 \
  "dcfctl map lint --strict mutant"
mutate "another date pattern" 's/as: {date: DD.MM.YYYY}/as: date/' 1 "dcfctl map test mutant"
mutate "a check that is off" 's/as: urn, check: error/as: urn/' 1 "dcfctl map test mutant"
mutate "a change is seen by diff" 's/given_name_1/given_name_2/' 1 "dcfctl map diff sound.yaml mutant mutant/samples"
mutate "a gate" 's/^/#/;s/^#//;1s/$/ /' 1 "dcfctl map coverage $m --min-canonical 90"
check "no change, no difference" 0 "dcfctl map diff sound.yaml sound.yaml mutant/samples"
rm mutant/samples/new-case.json
check "an expected file without its sample" 1 "dcfctl map test --mapping mutant/mapping.yaml"

# The schema: what the compiler makes, and a real validator takes every mapping of the tree and refuses broken ones.
check "the schema in the tree is the compiler's" 0 "dcfctl map schema | cmp - $HOME_DIR/adapters/dialect/mapping.schema.json"
if python3 -c 'import jsonschema, yaml' 2>/dev/null; then
  check "mappings against the schema" 0 "python3 $HOME_DIR/tests/scenario/schema.py $HOME_DIR"
else
  echo "left out: python3-jsonschema and python3-yaml are not there"
fi
printf '%s passed, %s failed\n' $passed $failed
[ $failed = 0 ]

#!/usr/bin/env bash
# test_bundle.sh - a case is taken out whole by who may see bodies, and decided again from the file alone; also after a
# rule was changed, without a line of C, while the daemon ran.
[ "${1:-}" != --embedded ] || EMBEDDED=yes
. "$(dirname "$0")/lib.sh"
cd "$HOME_DIR"
site_begin bundle
mkdir -p "$W/config"
cp -r config/. "$W/config/"
sed -i "s|$HOME_DIR/config/|$W/config/|g" "$W/dcfd.yaml"
printf 'ann secret-of-ann bodies\nben secret-of-ben\n' >"$W/operators"
sed -i "/^ops:/a\\  operators_file: $W/operators" "$W/dcfd.yaml"
printf 'secret-of-ann\n' >"$W/ann"
printf 'secret-of-ben\n' >"$W/ben"
export DCF_TOKEN_FILE=$W/ann
start_cps
start_dcfd
await "dcfd to be healthy" healthy
CTL=$BIN/dcfctl
send() { sed -e "s/@URN@/45AA1234526/" -e "s/@ID@/$1/g" tests/scenario/case.xml.in >"$W/$1.xml"; drop_file "$W/$1.xml" "$1.xml"; }
hops() { "$CTL" case show 45AA1234526 --output json | jq "[.timeline[] | select(.hop == \"$1\")] | length"; }
at_least() { [ "$(hops "$1")" -ge "$2" ]; }
quiet() { local a b; a=$(hops applied) && sleep 1 && b=$(hops applied) && [ "$a" = "$b" ]; }
replay() { "$CTL" case replay "$1" --output json; }

send one
await "the first delivery" at_least delivered 1

# --- a rule is changed: every case file must name a gatekeeper --------------------------------
sed -i '/name: gatekeeper approval of a charged file/,/severity:/s/severity: warn/severity: hold/' "$W/config/policies.yaml"
sed -i 's/^version: "1"$/version: "1b"/' "$W/config/policies.yaml"
kill -HUP "$(pid_of dcfd)"
changed() { grep -q 'event=RELOADED.*policies 1b' "$W/dcfd.log"; }
await "the new rules" changed
send two
await "the second file to be held" at_least held 1
held_by() { "$CTL" held list --output json | jq -e --arg r "$1" 'any(.held[]; .reason == $r)'; }
await "it to be held by the changed rule" held_by DCF-4023

# --- only who may see bodies takes it out --------------------------------------------------------
code=0
DCF_TOKEN_FILE=$W/ben "$CTL" case export 45AA1234526 --out "$W/no" >/dev/null 2>"$W/no.err" || code=$?
[ $code = 1 ] && grep -q "that right" "$W/no.err" && [ ! -e "$W/no" ] || fail "ben took bodies out (exit $code)"
await "the case to be still" quiet
exported() { rm -f "$W/case.dcfbundle"; "$CTL" case export 45AA1234526 --out "$W/case.dcfbundle"; }
await "the bundle" exported
[ "$(stat -c %a "$W/case.dcfbundle")" = 600 ] || fail "others may read the bundle"
await "the export in the timeline" at_least exported 1

# --- and it is decided again, without the daemon ---------------------------------------------------
stop dcfd
unset DCF_URL
replay "$W/case.dcfbundle" >"$W/replay.json" || { cat "$W/replay.json"; fail "it came out otherwise"; }
jq -e '.same and .rule_versions == 2 and .messages >= 2 and .events >= 6' "$W/replay.json" >/dev/null || fail "$(cat "$W/replay.json")"

# --- whatever byte is changed, it is seen and told where -----------------------------------------------
openssl genpkey -algorithm ed25519 -out "$W/key.pem" 2>/dev/null
openssl pkeyutl -sign -rawin -inkey "$W/key.pem" -in "$W/case.dcfbundle" -out "$W/case.dcfbundle.sig"
"$CTL" case replay "$W/case.dcfbundle" --key "$W/key.pem" >/dev/null || fail "the signature does not hold"
size=$(stat -c %s "$W/case.dcfbundle")
for part in $(seq 0 40); do
  at=$((part * (size - 1) / 40))
  cp "$W/case.dcfbundle" "$W/spoilt"
  byte=$(od -An -tu1 -j $at -N 1 "$W/spoilt" | tr -d ' ')
  printf "\\$(printf %o $((byte ^ 1)))" | dd of="$W/spoilt" bs=1 seek=$at conv=notrunc 2>/dev/null
  code=0
  "$CTL" case replay "$W/spoilt" >"$W/spoilt.log" 2>&1 || code=$?
  [ $code = 1 ] && grep -qE 'DIFFERS: .+|no whole bundle' "$W/spoilt.log" || fail "byte $at was changed and not told (exit $code): $(cat "$W/spoilt.log")"
done
cp "$W/case.dcfbundle.sig" "$W/spoilt.sig"
code=0
"$CTL" case replay "$W/spoilt" --key "$W/key.pem" >/dev/null 2>"$W/spoilt.log" || code=$?
[ $code = 1 ] && grep -q "signature does not hold" "$W/spoilt.log" || fail "a changed bundle has a good signature (exit $code)"

sed -i 's/wait: 28d/wait: 29d/' "$W/case.dcfbundle" # as if somebody had changed a rule afterwards
code=0
replay "$W/case.dcfbundle" >"$W/replay2.json" || code=$?
[ $code = 1 ] && jq -e '.where | test("digest")' "$W/replay2.json" >/dev/null || fail "a changed rule was not found (exit $code)"
echo "ok   a case of $(jq .messages "$W/replay.json") messages under 2 rule versions came out the same"

#!/usr/bin/env bash
# test_road.sh - the whole road through the real programs: two forces, two formats, a CPS, and back; then all that can
# be wrong with a document; then reload and drain.   test_road.sh [--embedded]
if [ "${1:-}" = --embedded ]; then EMBEDDED=yes; fi
. "$(dirname "$0")/lib.sh"
site_begin "road-$EMBEDDED"
CTL=$BIN/dcfctl
spi() { sed -e "s/@URN@/$1/" -e "s/@ID@/$2/g" "$HOME_DIR/tests/scenario/case.xml.in"; }
put_spi() { spi "$1" "$2" >"$W/$3"; drop_file "$W/$3" "$3"; }

start_cps
start_dcfd
await_dcfd
[ "$EMBEDDED" = yes ] || check "dcfd --check finds everything in reach" "$BIN/dcfd" --check --config "$W/dcfd.yaml"

# --- there and back -------------------------------------------------------------------
out=$W/spool/surrey/out
has() { [ -n "$(find "$1" -name "*-$2-*" 2>/dev/null | sed -n 1p)" ]; }
put_spi 45AA0000126 road-1 one.xml
await "the file in done/" test -e "$W/spool/surrey/done/one.xml"
for kind in triage_outcome charging_decision action_plan; do
  await "$kind for Surrey" has "$out" $kind
done
decision=$(find "$out" -name '*-charging_decision-*' | sed -n 1p)
check "the decision came back in SPI" grep -q RouteData "$decision"
"$CTL" map to-canonical --dialects "$HOME_DIR/adapters/dialect" --dialect spi "$decision" >"$W/decision.json"
check "and says what the CPS decided" jq -e '.charging_decision.suspects[0].decision == "DECISION_CODE_A"' "$W/decision.json"
check "with the prosecutor's contact" jq -e '.charging_decision.prosecutor.contact.email_1 | length > 3' "$W/decision.json"

pole=$HOME_DIR/adapters/dialect/pole/samples/investigation-pre-charge.json
post_pole "$pole"
check "POLE JSON over HTTP is answered 202" test "$CODE" = 202
id=$(jq -r .messageId <<<"$REPLY")
delivered() { curl -fs "http://127.0.0.1:$GATEWAY$(jq -r .status <<<"$REPLY")" | jq -e '.status == "delivered"'; }
await "its status to be delivered" delivered
for kind in triage_outcome charging_decision; do
  await "$kind for Essex" has "$W/spool/essex/out" $kind
done
check "the CPS has both cases" test "$(cps_counter 'byType.caseSubmission')" = 2

# --- looking at it ---------------------------------------------------------------------
quiet() { curl -fs "$DCF_URL/v1/queues" | jq -e '[.queues[].depth] | add == 0'; }
await "empty queues" quiet
told() { "$CTL" case show 45AA0000126 --output json | jq -e '[.timeline[] | select(.hop == "delivered")] | length >= 4'; }
await "the timeline to tell of the deliveries" told
check "dcfctl case show, as a table" "$CTL" case show 45AA0000126
check "dcfctl status" "$CTL" status
check "dcfctl queue list" "$CTL" queue list
check "dcfctl message show" "$CTL" message show "$id"
check "nothing is held" jq -e '.held | length == 0' <("$CTL" held list --output json)
check "metrics are Prometheus text" bash -c "curl -fs $DCF_URL/metrics | promtool check metrics"
if [ "$EMBEDDED" = no ]; then
  kcat -b "$DCF_KAFKA" -C -e -q -X isolation.level=read_committed -t "$PREFIX.deliver.cps" -f '%k %h\n' >"$W/topic.txt"
  check "kcat reads the topic: key and CloudEvents headers" grep -q '^45AA0000126 .*ce_type=uk.dcf.v1.CaseSubmission' "$W/topic.txt"
fi

# --- twice, and the same id with other content ------------------------------------------
put_spi 45AA0000126 road-1 again.xml
await "the resend in done/" test -e "$W/spool/surrey/done/again.xml"
sed 's/Penhaligon/Trelawney/' "$W/one.xml" >"$W/conflict.xml"
drop_file "$W/conflict.xml" conflict.xml
held_for() { "$CTL" held list --output json | jq -e --arg r "$1" 'any(.held[]; .reason == $r)'; }
await "the conflict to be held" held_for DCF-4004
check "the CPS still has each once" test "$(cps_counter 'byType.caseSubmission')" = 2

# --- another force's case ------------------------------------------------------------------
put_spi 42AA0000226 road-2 foreign.xml
await "another force's URN to be held" held_for DCF-4001

# --- what cannot be read ------------------------------------------------------------------
refused() { # NAME CODE
  await "$1 to be refused" test -e "$W/spool/surrey/refused/$1.error.json"
  check "$1 is refused with $2" jq -e --arg c "$2" 'any(.faults[]; .code == $c)' "$W/spool/surrey/refused/$1.error.json"
  check "$1 is kept" test -e "$W/spool/surrey/refused/$1"
}
good=$W/one.xml
head -c 2000 "$good" >"$W/truncated.xml"
sed 's|www.dca.gov.uk/xmlschemas/libra|example.org/other|' "$good" >"$W/namespace.xml"
{ printf '<?xml version="1.0"?>'; for _ in $(seq 100); do printf '<RouteData xmlns="http://schemas.cjse.gov.uk/common/operations">'; done; } >"$W/deep.xml"
printf '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;">]><RouteData>&c;</RouteData>' >"$W/bomb.xml"
sed 's/Osric/Os\xc0\xafric/' "$good" >"$W/utf8.xml"
head -c 52428800 /dev/zero | tr '\0' ' ' >"$W/huge.xml"
for f in truncated namespace deep bomb utf8 huge; do drop_file "$W/$f.xml" $f.xml; done
refused truncated.xml DCF-1001
refused namespace.xml DCF-2002
refused deep.xml DCF-1004
refused bomb.xml DCF-1003
refused huge.xml DCF-1005
refused utf8.xml DCF-1002

sed '0,/"type"/s//"type": "x", "type"/' "$pole" >"$W/twice.json"
post_pole "$W/twice.json"
check "a key that stands twice is 422" test "$CODE" = 422
check "with its code" jq -e 'any(.faults[]; .code == "DCF-1008")' <<<"$REPLY"
post_pole "$W/huge.xml"
check "50 MB over HTTP is 413" test "$CODE" = 413
CODE=$(curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: text/csv' -d 'a,b' "http://127.0.0.1:$GATEWAY/v1/links/essex-pole/messages")
check "another media type is 415" test "$CODE" = 415
check "the daemon lives" healthy
check "no body is in the log" bash -c "! grep -qE 'Penhaligon|Trelawney|Larkspur' '$W/dcfd.log'"

# --- every message is accounted for ------------------------------------------------------------
balanced() { "$CTL" reconcile --output json | jq -e '.balanced and (.findings | length == 0)'; }
await "dcfctl reconcile to find nothing lost, doubled or made up" balanced
counts_agree() {
  jq -e --slurpfile h <("$CTL" held list --output json --limit 1000) \
    '([.links[].held] | add) == ([$h[0].held[] | select(.status == "held" or .status == "not_delivered") | select(.reason != "DCF-4004")] | length)' \
    <("$CTL" reconcile --output json)
}
await "held and refused to be what the balance says" counts_agree

# --- reload and drain -------------------------------------------------------------------------
cp "$W/dcfd.yaml" "$W/good.yaml"
echo "instanse: x" >>"$W/dcfd.yaml"
kill -HUP "$(pid_of dcfd)"
await "the bad configuration to be refused" grep -q RELOAD_REFUSED "$W/dcfd.log"
cp "$W/good.yaml" "$W/dcfd.yaml"
kill -HUP "$(pid_of dcfd)"
await "the good one to be loaded" grep -q 'event=RELOADED' "$W/dcfd.log"
await_dcfd
put_spi 45AA0000326 road-3 after.xml
three() { [ "$(cps_counter 'byType.caseSubmission')" = 3 ]; }
await "a case after the reload" three
stop dcfd TERM
check "SIGTERM drains and ends with 0" test "$STOPPED" = 0
check "--check names the line at fault" bash -c "echo 'instanse: x' >>'$W/dcfd.yaml'; ! '$BIN/dcfd' --check --offline --config '$W/dcfd.yaml' >'$W/c.log' && grep -q 'dcfd.yaml:[0-9]*:' '$W/c.log'"
printf '%s passed, 0 failed\n' "$passed"

#!/usr/bin/env bash
# test_bundle_kill.sh - a case that was corrected, split and merged while its daemon was killed in the middle is taken out and
# decided again: each message that Kafka holds of it once, each event the same.
. "$(dirname "$0")/lib.sh"
cd "$HOME_DIR"
site_begin bundle-kill
. tests/scenario/cases.sh
printf 'ann secret-of-ann bodies\n' >"$W/operators"
printf 'secret-of-ann\n' >"$W/ann"
sed -i "/^ops:/a\\  operators_file: $W/operators" "$W/dcfd.yaml"
export DCF_TOKEN_FILE=$W/ann
exchange_runs() { "$CTL" status --output json | jq -e '.roles[] | select(.role == "exchange") | .state == "running"'; } # with the token
start_dcfd
await_dcfd

# --- nobody at the CPS: the correction finds its first version undelivered ------------------------------
filed
case=$URN
police investigation-pre-charge '.data.attributes.outline[0].text = "The suspect punched a neighbour twice."'
for n in $(seq 12); do
  police material-notice ".included[0].id = \"M-$n\""
  [ $n != 6 ] || { stop dcfd KILL && start_dcfd && await_dcfd; }
done
police split
police merge '.data.attributes.mergedUrns = ["42CH0900126"]'
last=$ID
stop dcfd KILL
start_dcfd
await_dcfd
start mockcps "$BIN/dcf-mockcps" --listen "127.0.0.1:$CPS"
delivered() { "$CTL" case show "$case" --output json | jq -e --arg id "$last" 'any(.timeline[]; .message_id == $id and .hop == "delivered")'; }
await 120 "the last delivery" delivered
hops() { "$CTL" case show "$case" --output json | jq "[.timeline[] | select(.hop == \"$1\")] | length"; }
# The receipt of a delivery may be on its way: the number of events stands still for two seconds.
still() { local a b; a=$("$CTL" case show "$case" --output json | jq '.timeline | length') && sleep 2 && b=$("$CTL" case show "$case" --output json | jq '.timeline | length') && [ "$a" = "$b" ]; }
await 60 "the case to be still" still
[ "$(hops applied)" = 16 ] || fail "16 messages were sent, $(hops applied) taken"
"$CTL" reconcile >/dev/null || fail "the counts do not balance: $("$CTL" reconcile)"

# --- out, and decided again -----------------------------------------------------------------------------
exported() { rm -f "$W/case.dcfbundle"; "$CTL" case export "$case" --out "$W/case.dcfbundle"; }
await 60 "the bundle" exported
kept=$(kcat -b "$DCF_KAFKA" -t "$PREFIX.submitted" -C -e -q -o beginning -X isolation.level=read_committed -f '%k\n' | grep -c "^$case\$")
stop dcfd
unset DCF_URL
"$CTL" case replay "$W/case.dcfbundle" --output json >"$W/replay.json" || fail "it came out otherwise: $(cat "$W/replay.json")"
jq -e --argjson kept "$kept" '.same and .undecided == 0 and .messages == $kept' "$W/replay.json" >/dev/null ||
  fail "Kafka holds $kept messages of the case: $(cat "$W/replay.json")"
echo "ok   a case of $kept messages, killed twice under way, came out the same"
printf '1 passed, 0 failed\n'

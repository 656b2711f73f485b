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
await "the last delivery" delivered
hops() { "$CTL" case show "$case" --output json | jq "[.timeline[] | select(.hop == \"$1\")] | length"; }
all_taken() { [ "$(hops applied)" = 16 ]; }
await "the 16 messages that were sent to be taken" all_taken
await "the counts to balance" "$CTL" reconcile

# --- out, and decided again -----------------------------------------------------------------------------
replayed() { env -u DCF_URL "$CTL" case replay "$W/case.dcfbundle" --output json >"$W/replay.json"; }
kept() { kcat -b "$DCF_KAFKA" -t "$PREFIX.submitted" -C -e -q -o beginning -X isolation.level=read_committed -f '%k\n' | grep -c "^$case\$"; }
exported() { # with the last receipt that comes
  rm -f "$W/case.dcfbundle"
  "$CTL" case export "$case" --out "$W/case.dcfbundle" && { replayed || true; } && jq -e --argjson kept "$(kept)" '.messages == $kept and .undecided == 0' "$W/replay.json"
}
await "a bundle of all that Kafka holds of the case" exported
stop dcfd
replayed && jq -e .same "$W/replay.json" >/dev/null || fail "it came out otherwise: $(cat "$W/replay.json")"
kept=$(kept)
echo "ok   a case of $kept messages, killed twice under way, came out the same"
printf '1 passed, 0 failed\n'

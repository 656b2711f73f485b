#!/usr/bin/env bash
# test_rules.sh - the rules at work in a running daemon: a file that falls short comes back with all its findings, and a clock that
# nobody stops is warned of and missed by time alone. There is no CPS, so nothing stops it.
EMBEDDED=yes
. "$(dirname "$0")/lib.sh"
cd "$HOME_DIR"
site_begin rules
start_dcfd
await_dcfd
pole=$HOME_DIR/adapters/dialect/pole/samples
CTL=$BIN/dcfctl

# --- a file without what it needs -----------------------------------------------------
jq '.meta.messageId = "rules-1" | .data.attributes.urn = "42CH0990126" |
  .included |= map(select(any(.. | strings; . == "MG11" or . == "MG15" or . == "MG16") | not))' \
  "$pole/investigation-pre-charge.json" >"$W/short.json"
post_pole "$W/short.json"
[ "$CODE" = 202 ] || fail "the gateway answered $CODE: $REPLY"
refused() { "$CTL" held list --reason DCF-4100 --output json | jq -e '.held | length == 1'; }
await "the refusal" refused
told() { grep -l "DCF-4100" "$W"/spool/essex/out/* 2>/dev/null; }
await "the receipt to the force" told
for rule in T06 T09; do
  grep -q "$rule " "$(told)" || fail "the receipt does not tell $rule"
done
shows() { "$CTL" case show "$1" >"$W/shown" && grep -q "$2" "$W/shown"; }
await "the timeline to show the refusal" shows 42CH0990126 refused
echo "ok   a file that falls short comes back with all its findings"

# --- a clock that nobody stops -----------------------------------------------------------
figure() { curl -fs "$DCF_URL/metrics" | grep "dcf_deadlines_total{clock=\"pace_detention\",what=\"$1\"} 1" >/dev/null; }
in_detention() { # URN UNTIL
  ends=$(date -u -d "$2" +%Y-%m-%dT%H:%M:%SZ)
  jq --arg ends "$ends" --arg urn "$1" '.meta.messageId = $urn | .data.attributes.urn = $urn | (.. | .paceClockExpiresAt? // empty) |= $ends' \
    "$pole/investigation-custody-priority.json" >"$W/custody.json"
  post_pole "$W/custody.json"
  [ "$CODE" = 202 ] || fail "the gateway answered $CODE: $REPLY"
}
in_detention 42BA0990326 '+50 minutes'
await "the warning to be counted" figure warned
in_detention 42BA0990226 '+8 seconds'
clock() { "$CTL" clock explain 42BA0990226 --config-dir "$HOME_DIR/config" --output json | jq -e --arg s "$1" '.clocks[] | select(.clock == "pace_detention") | .state == $s'; }
await "the clock to be missed" clock missed
await "the missed deadline to be counted" figure missed
await "the alarm in the log" grep -q 'event=DEADLINE_MISSED.*pace_detention' "$W/dcfd.log"
"$CTL" clock explain 42BA0990226 --config-dir "$HOME_DIR/config" --if charging_decision=2035-01-01 >"$W/what-if"
grep -q 'stopped, too late' "$W/what-if" || fail "the what-if does not tell that a decision comes too late"
await "the timeline to name the clock and its end" shows 42BA0990226 "DCF-4121 pace_detention ended ${ends%Z}"
await "the case to show its clock" shows 42BA0990226 "^pace_detention .*missed"
echo "ok   a clock that nobody stops is warned of and missed"

# --- and the force is told so, in its own format ---------------------------------------------
alerts() { grep -l RCPT_DEADLINEMISSED "$W"/spool/essex/out/* 2>/dev/null; }
await "the word that the clock was missed" alerts
[ "$(alerts | wc -l)" = 1 ] || fail "the force was not told once"
jq -e --arg ends "$ends" '.data.attributes | .urn == "42BA0990226" and .deadline.clock == "pace_detention" and
  .deadline.title == "Detention clock (PACE)" and (.deadline.endsAt[:19] == $ends[:19])' "$(alerts)" >"$W/asked" ||
  fail "the force is not told which clock, or when: $(cat "$(alerts)")"
echo "ok   the force is told once of the clock that was missed"
printf '3 passed, 0 failed\n'

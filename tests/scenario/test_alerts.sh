#!/usr/bin/env bash
# test_alerts.sh - time limits end while dcfd is killed with SIGKILL, on a real Kafka: each party of each case is told once.
#   test_alerts.sh [CASES]
. "$(dirname "$0")/lib.sh"
CASES=${1:-40}
cd "$HOME_DIR"
site_begin alerts
start_cps
start_dcfd
await_dcfd
pole=$HOME_DIR/adapters/dialect/pole/samples
# The detention clock tells the CPS of its warnings and both sides when it was missed (config/clocks.yaml).
ends=$(date -u -d '+20 seconds' +%Y-%m-%dT%H:%M:%SZ)
for i in $(seq "$CASES"); do
  urn=$(printf '42BA%05d26' "$i")
  jq --arg ends "$ends" --arg urn "$urn" --arg id "alert-$i" '.meta.messageId = $id | .data.attributes.urn = $urn | (.. | .paceClockExpiresAt? // empty) |= $ends' \
    "$pole/investigation-custody-priority.json" >"$W/case.json"
  post_pole "$W/case.json"
  [ "$CODE" = 202 ] || fail "the gateway answered $CODE: $REPLY"
done
while [ "$(date +%s)" -lt "$(date -d "$ends" +%s)" ]; do sleep 0.2; done
for _ in 1 2 3; do # the ticks come in these seconds
  sleep "0.$((RANDOM % 9 + 1))"
  stop dcfd KILL
  start_dcfd
done
await_dcfd

missed() { grep -l RCPT_DEADLINEMISSED "$W"/spool/essex/out/* 2>/dev/null; }
all_told() { [ "$(missed | wc -l)" -ge "$CASES" ]; }
await "the force to be told of each case" all_told
at_cps() { curl -fs "http://127.0.0.1:$CPS/admin/deliveries" | jq '[.deliveries[] | select(.applied and .messageType == "receipt") | .urn] | group_by(.) | map(length)'; }
cps_told() { [ "$(at_cps | jq length)" = "$CASES" ]; }
await "the CPS to be told of each case" cps_told
sleep 3
twice=$(missed | xargs jq -r '.data.attributes.urn' | sort | uniq -d | wc -l)
topic() { # the alerts in both lanes to a party
  local lane
  for lane in "" .urgent; do
    kcat -b "$DCF_KAFKA" -C -e -q -X isolation.level=read_committed -t "$PREFIX.deliver.$1$lane" -f '%h\n'
  done | { grep -o 'ce_id=[^,]*/deadline/pace_detention/[^,]*' || true; } | sort
}
doubled=$( (topic essex; topic cps) | uniq -d | wc -l)
echo "alerts: cases=$CASES force=$(missed | wc -l) twice=$twice committed_twice=$doubled"
[ "$(missed | wc -l) $twice $doubled" = "$CASES 0 0" ] || fail "a party was not told once"
[ "$(topic essex | wc -l)" = "$CASES" ] || fail "the topic holds $(topic essex | wc -l) alerts for $CASES cases"
echo "1 passed, 0 failed"

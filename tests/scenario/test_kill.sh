#!/usr/bin/env bash
# test_kill.sh - dcfd is killed with SIGKILL at random points while cases flow, on a real Kafka. At the end every
# case was delivered, none applied twice, order kept: counted at the receivers and on the topics, exactly.
#   test_kill.sh [CASES [KILLS [SEED]]]
. "$(dirname "$0")/lib.sh"
CASES=${1:-${DCF_KILL_CASES:-2000}} KILLS=${2:-6}
RANDOM=${3:-$(date +%s)}
site_begin kill
start_cps
start_dcfd
await_dcfd

in=$W/spool/surrey/in out=$W/spool/surrey/out
mkdir -p "$W/ready" "$in"
for i in $(seq "$CASES"); do
  urn=$(printf '45AA%05d26' "$i")
  sed -e "s/@URN@/$urn/" -e "s/@ID@/kill-$i/g" "$HOME_DIR/tests/scenario/case.xml.in" >"$W/ready/$i.xml"
done
hand_over "$in"

applied() { [ "$(cps_counter 'byType.caseSubmission')" = "$CASES" ]; }
for kill in $(seq "$KILLS"); do
  sleep "$((RANDOM % 10 + 1)).$((RANDOM % 10))"
  stop dcfd KILL
  printf 'kill %s: %s of %s at the CPS\n' "$kill" "$(cps_counter 'byType.caseSubmission')" "$CASES"
  start_dcfd
done
await_dcfd
await "all cases at the CPS" applied

# Every case: receipts accepted and delivered, triage, decision, action plan: all of them in the force's folder.
all_back() {
  local kind
  for kind in triage_outcome charging_decision action_plan; do
    [ "$(find "$out" -name "*-$kind-*" | wc -l)" = "$CASES" ] || return 1
  done
}
await "all answers at the force" all_back
quiet() { # nothing waits any more
  [ "$(curl -fs "$DCF_URL/v1/queues" | jq '[.queues[].depth] | add')" = 0 ]
}
await "empty queues" quiet
sleep 2

lost=$((CASES - $(cps_counter 'byType.caseSubmission')))
twice=$(curl -fs "http://127.0.0.1:$CPS/admin/deliveries" |
  jq '[.deliveries[] | select(.applied and .messageType == "caseSubmission") | .urn] | group_by(.) | map(select(length > 1)) | length')
disorder=$(cps_counter outOfOrder)
# the force's side: per case the sequence is 1, 2, 3 … with no number missing and none twice
gaps=$(find "$out" -name '45AA*' -printf '%f\n' | awk -F- '
  { n[$1]++; if (seen[$1, $2]++) bad++; if ($2 + 0 > top[$1]) top[$1] = $2 + 0 }
  END { for (c in n) if (n[c] != top[c]) bad++; print bad + 0 }')
# and on the topic itself: what was committed for the CPS, by a client that is not ours
copies=$(kcat -b "$DCF_KAFKA" -C -e -q -X isolation.level=read_committed -t "$PREFIX.deliver.cps" -f '%k %h\n' |
  grep CaseSubmission | cut -d' ' -f1 | sort | uniq -c | awk '$1 > 1' | wc -l)
held=$(curl -fs "$DCF_URL/v1/held" | jq '.held | length')
echo "kill: sent=$CASES lost=$lost twice=$twice disorder=$disorder gaps=$gaps committed_twice=$copies held=$held offered_again=$(cps_counter duplicates)"
[ "$lost$twice$disorder$gaps$copies$held" = 000000 ] || fail "counts are not zero"
stop dcfd TERM
[ "$STOPPED" = 0 ] || fail "dcfd did not drain: exit $STOPPED"
echo "1 passed, 0 failed"

#!/usr/bin/env bash
# test_lanes.sh - one force's back-load lies before a slow CPS, and a case of another force in detention, sent after
# it, is there before the rest, twice: the second time after dcfd was killed with SIGKILL in the middle. At the end
# every case was delivered, none applied twice, order kept: counted at the CPS, exactly. A case with more messages waiting
# than the window keeps of it is not in the way either.   test_lanes.sh [CASES]
. "$(dirname "$0")/lib.sh"
CASES=${1:-${DCF_LANES_CASES:-600}} NOTICES=60
site_begin lanes
# A narrow window, so that the back-load is far more than it holds, and two at once.
sed -i -e 's/concurrency: 8}/concurrency: 2, window: 32}/' -e 's/partitions: 8/partitions: 2/' "$W/dcfd.yaml"
start_cps
answer_in() { # TIME [RULE]
  curl -fs --data "rules: [{messageType: caseSubmission, answerDelay: $1}, {messageType: materialNotice, answerDelay: $1}${2:+, $2}]" "http://127.0.0.1:$CPS/admin/scenario" >/dev/null
}
# One a second, so that most of the back-load is still there however long all else takes; one case cannot be delivered, so
# that its partition is done above it only.
stuck='{urn: 45AA0000126, fail: {status: 423, times: 1000000}}'
answer_in 2s "$stuck"
start_dcfd
await_dcfd

in=$W/spool/surrey/in
mkdir -p "$W/ready" "$in"
for i in $(seq "$CASES"); do
  sed -e "s/@URN@/$(printf '45AA%05d26' "$i")/" -e "s/@ID@/lanes-$i/g" "$HOME_DIR/tests/scenario/case.xml.in" >"$W/ready/$i.xml"
done
mv "$W/ready/1.xml" "$in/" # first, so that all others of its partition come after it
await "the first case on Kafka" test -e "$W/spool/surrey/done/1.xml"
hand_over "$in"
on_kafka() { [ "$(files_in "$W/spool/surrey/done")" = "$CASES" ]; }
await "the back-load on Kafka" on_kafka
topic_has() { [ "$(kcat -b "$DCF_KAFKA" -C -e -q -X isolation.level=read_committed -t "$PREFIX.deliver.cps$1" -f '%k\n' | sort -u | wc -l)" -ge "$2" ]; }
await "the exchange to have passed it on" topic_has "" "$CASES"

at_cps() { cps_counter 'byType.caseSubmission // 0'; }
has_case() { curl -fs "http://127.0.0.1:$CPS/v1/urns/$1/timeline"; }
in_detention() { # URN ID: posted now, it must be at the CPS soon, with most of the back-load behind it
  local before
  jq --arg urn "$1" --arg id "$2" --arg ends "$(date -u -d '+4 hours' +%Y-%m-%dT%H:%M:%SZ)" \
    '.meta.messageId = $id | .data.id = $id | .data.attributes += {urn: $urn, custodyState: "Custody", paceClockExpiresAt: $ends}' \
    "$HOME_DIR/adapters/dialect/pole/samples/investigation-pre-charge.json" >"$W/$2.json"
  before=$(at_cps)
  post_pole "$W/$2.json"
  [ "$CODE" = 202 ] || fail "$2: answered $CODE"
  await "$1 at the CPS" has_case "$1"
  overtaken=$((CASES - $(at_cps)))
  printf 'lanes: %s at the CPS; %s cases were there before, %s still wait\n' "$1" "$before" "$overtaken"
  [ "$overtaken" -ge $((CASES / 4)) ] || fail "$1 waited for the back-load"
}
in_detention 42CH0030126 custody-1
for i in $(seq "$NOTICES"); do # of one case, far more than the three of it that are kept whole
  jq --arg id "lanes-notice-$i" '.meta.messageId = $id | .data.id = $id | .data.attributes.urn = "42CH0030126"' \
    "$HOME_DIR/adapters/dialect/pole/samples/material-notice.json" >"$W/notice.json"
  post_pole "$W/notice.json"
  [ "$CODE" = 202 ] || fail "notice $i: answered $CODE"
done
deep() { curl -fs "$DCF_URL/v1/queues" | jq -e '.queues[] | select(.party == "cps") | .depth > 32'; }
await "the queue's depth to tell of what waits on Kafka" deep
# Started again, it goes on where it was, in both lanes.
goes_on() { [ "$(at_cps)" -ge $((there + 30)) ]; }
there=$(at_cps)
stop dcfd TERM
[ "$STOPPED" = 0 ] || fail "dcfd did not drain: exit $STOPPED"
start_dcfd
await_dcfd
answer_in 100ms "$stuck"
await "more cases at the CPS" goes_on
answer_in 2s "$stuck"
[ "$(cps_counter duplicates)" = 0 ] || fail "what was committed was offered again: $(cps_counter duplicates)"

stop dcfd KILL
start_dcfd
await_dcfd
in_detention 42CH0030226 custody-2
topic_has .urgent 2 || fail "the cases in detention did not go by the urgent lane"

answer_in 1ms
all_there() { [ "$(at_cps) $(cps_counter 'byType.materialNotice // 0')" = "$((CASES + 2)) $NOTICES" ]; }
await "all cases and notices at the CPS" all_there
quiet() { [ "$(curl -fs "$DCF_URL/v1/queues" | jq '[.queues[].depth] | add')" = 0 ]; }
await "empty queues" quiet
twice=$(curl -fs "http://127.0.0.1:$CPS/admin/deliveries" |
  jq '[.deliveries[] | select(.applied and .messageType == "caseSubmission") | .urn] | group_by(.) | map(select(length > 1)) | length')
held=$(curl -fs "$DCF_URL/v1/held" | jq '.held | length')
alarms=$(curl -fs "$DCF_URL/v1/faults" | jq '[.faults[] | select(.code == "DCF-6103" or .code == "DCF-6104") | .count] | add // 0')
echo "lanes: sent=$((CASES + 2 + NOTICES)) twice=$twice disorder=$(cps_counter outOfOrder) held=$held alarms=$alarms offered_again=$(cps_counter duplicates)"
[ "$twice$(cps_counter outOfOrder)$held$alarms" = 0000 ] || fail "counts are not zero"
stop dcfd TERM
[ "$STOPPED" = 0 ] || fail "dcfd did not drain: exit $STOPPED"
echo "1 passed, 0 failed"

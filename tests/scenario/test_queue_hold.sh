#!/usr/bin/env bash
# test_queue_hold.sh - a receiver answers 503 to one message for ever, on a real Kafka: its case alone waits. An operator
# takes it out of the queue and replays it when the receiver takes it: nothing is lost, nothing twice, the order is kept.
. "$(dirname "$0")/lib.sh"
site_begin queue-hold
CTL=$BIN/dcfctl
poisoned=45AA8000126 others=20
cat >"$W/scenario.yaml" <<END
rules:
  - {urn: "$poisoned", messageType: caseSubmission, fail: {status: 503, times: 1000000}}
  - {urn: "45AA*", silent: true}
END
start_cps --scenario "$W/scenario.yaml"
start_dcfd
await_dcfd
put() { # URN ID
  sed -e "s/@URN@/$1/" -e "s/@ID@/$2/g" "$HOME_DIR/tests/scenario/case.xml.in" >"$W/$2.xml"
  drop_file "$W/$2.xml" "$2.xml"
}
applied() { [ "$(cps_counter 'byType.caseSubmission // 0')" = "$1" ]; }
queue_has() { "$CTL" queue list cps -o json | jq -e --arg id "$1" 'any(.waiting[]; .message_id == $id and (.attempts > 0 or $id != "surrey-spi:p1"))'; }
held() { "$CTL" held list -o json | jq -e --argjson n "$1" '.held | length == $n'; }
hop() { "$CTL" case show "$poisoned" -o json | jq -e --arg h "$1" 'any(.timeline[]; .hop == $h)'; }

put "$poisoned" p1
await "it to fail" queue_has surrey-spi:p1
put "$poisoned" p2
for i in $(seq "$others"); do put "$(printf '45AA9%04d26' "$i")" "o$i"; done
await "all other cases to be delivered" applied "$others"
await "the next of its case to wait behind it" queue_has surrey-spi:p2

await "it to be told without --yes, whoever asks" "$CTL" queue hold cps surrey-spi:p1
check "and it waits on" queue_has surrey-spi:p1
check "who acts must say so" not "$CTL" queue hold cps surrey-spi:p1 --yes
check "what waits behind it is not held" not "$CTL" queue hold cps surrey-spi:p2 --as ann --yes
grep -q 'not the first of its case' "$W/check.log" || fail "the answer does not say why"
check "what does not wait is told" not "$CTL" queue hold cps surrey-spi:o1 --as ann --yes
check "with --yes it is held" "$CTL" queue hold cps surrey-spi:p1 --note 'the CPS fails on it' --as ann --yes
await "the held record" held 1
check "with a reason of its own" jq -e '.held[0] | .held_id == "surrey-spi:p1" and .reason == "DCF-5004"' <("$CTL" held list -o json)
job_tells() { "$CTL" held jobs -o json | jq -e '.jobs[0] | .verb == "hold" and .state == "done" and .by == "ann" and .note == "the CPS fails on it" and .done == 1 and .failed == 0'; }
await "the job to tell who and why" job_tells
await "the timeline to tell" hop not_delivered
check "it is not held twice" not "$CTL" queue hold cps surrey-spi:p1 --as ann --yes

curl -fs --data-binary 'rules: [{urn: "45AA*", silent: true}]' "http://127.0.0.1:$CPS/admin/scenario" >/dev/null
await "the next of its case to go on" applied "$((others + 1))"
check "a replay is told first" "$CTL" held replay surrey-spi:p1
check "and done" "$CTL" held replay surrey-spi:p1 --as ann --yes
await "what was held" applied "$((others + 2))"
await "nothing held" held 0
check "each was applied once, in the order of its case" jq -e '.duplicates == 0 and .conflicts == 0 and .outOfOrder == 0' <(curl -fs "http://127.0.0.1:$CPS/admin/counters")
await "the links to balance" "$CTL" reconcile
check "no number is missing and none doubled" jq -e 'all(.timeline[]; .hop | startswith("sequence") | not)' <("$CTL" case show "$poisoned" -o json)
stop dcfd TERM
check "and ends well" test "$STOPPED" = 0
printf '%s passed, 0 failed\n' "$passed"

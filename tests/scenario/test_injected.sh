#!/usr/bin/env bash
# test_injected.sh - records are doubled, forged and lost on the topics themselves, on a real Kafka, as a fault of the
# client library, a torn batch or another hand would: the case's numbers and the dedupe tell each, with its ids.
. "$(dirname "$0")/lib.sh"
site_begin injected
start_cps
start_dcfd
await_dcfd
CTL=$BIN/dcfctl
ok() { passed=$((passed + 1)); echo "ok   $*"; }
put() { sed -e "s/@URN@/$1/" -e "s/@ID@/$2/g" "$HOME_DIR/tests/scenario/case.xml.in" >"$W/$2.xml"; drop_file "$W/$2.xml" "$2.xml"; }
applied() { [ "$(cps_counter 'byType.caseSubmission // 0')" = "$1" ]; }
told() { "$CTL" case show "$1" --output json | jq -e "any(.timeline[]; $2)"; }
quiet() { curl -fs "$DCF_URL/v1/queues" | jq -e '[.queues[].depth] | add == 0'; }
# The first record of a topic for a case: partition and offset, and its value whole in a file.
place_of() { kcat -b "$DCF_KAFKA" -C -e -q -t "$1" -f '%k %p %o %h\n' | awk -v k="$2" '$1 == k && /CaseSubmission/ && !found++ { print $2, $3 }'; }
value_of() { # TOPIC PLACE FILE
  kcat -b "$DCF_KAFKA" -C -e -q -t "$1" -p "${2% *}" -o "${2#* }" -c 1 -D '' -f '%s' >"$3"
}
inject() { # TOPIC KEY PARTITION FILE ID
  kcat -b "$DCF_KAFKA" -P -t "$1" -p "$3" -k "$2" -H "ce_id=$5" -H ce_type=uk.dcf.v1.CaseSubmission "$4"
}

put 45AA0000126 i1
await "the case at the CPS" applied 1
await "empty queues" quiet

# --- the same submission twice -------------------------------------------------------------------
at=$(place_of "$PREFIX.submitted" 45AA0000126)
value_of "$PREFIX.submitted" "$at" "$W/submitted.bin"
inject "$PREFIX.submitted" 45AA0000126 "${at% *}" "$W/submitted.bin" surrey-spi:i1
await "the doubled submission to be told" told 45AA0000126 '.hop == "duplicate" and .message_id == "surrey-spi:i1"'
ok "a doubled submission is known by its id"

# --- the same delivery twice -----------------------------------------------------------------------
at=$(place_of "$PREFIX.deliver.cps" 45AA0000126)
value_of "$PREFIX.deliver.cps" "$at" "$W/deliver.bin"
inject "$PREFIX.deliver.cps" 45AA0000126 "${at% *}" "$W/deliver.bin" surrey-spi:i1
await "the doubled delivery to be told" told 45AA0000126 '.hop == "duplicate" and (.message_id | test("i1/receipt/delivered"))'
applied 1 || fail "the receiver applied a doubled delivery"
ok "a doubled delivery is known by its key, and told"

# --- another message under a number that was given (a batch torn between state and outputs) -------
{ cat "$W/deliver.bin"; printf '\x12\x08forged-1'; } >"$W/forged.bin" # the last message_id counts
inject "$PREFIX.deliver.cps" 45AA0000126 "${at% *}" "$W/forged.bin" forged-1
await "the clash to be told" told 45AA0000126 '.hop == "sequence_clash" and .reason == "DCF-6104" and .causation_id == "forged-1"'
ok "two deliveries under one number are a clash, and which"
await "empty queues" quiet

# --- a delivery that is lost ---------------------------------------------------------------------------
stop mockcps TERM
put 45AA0000226 l1
waits() { curl -fs "$DCF_URL/v1/queues/cps" | jq -e --argjson n "$1" '.waiting | length >= $n'; }
await "the case to wait for the CPS" waits 1
# of another defendant, else it would supersede the first
sed 's/2645AA0100000000123Q/2645AA0100000000124R/; s/l1/l2/g' "$W/l1.xml" >"$W/l2.xml"
drop_file "$W/l2.xml" l2.xml
await "its second submission to wait behind" waits 2
at=$(place_of "$PREFIX.deliver.cps" 45AA0000226)
stop dcfd KILL
"$HOME_DIR/tests/kafka/kafka.sh" delete-records "$PREFIX.deliver.cps" "${at% *}" $((${at#* } + 1))
start_cps
start_dcfd
await_dcfd
await "the loss to be told" told 45AA0000226 '.hop == "sequence_gap" and .reason == "DCF-6103" and .sequence == 1'
ok "a lost delivery is told by its number"
await "the timeline to name it" told 45AA0000226 '.hop == "routed" and .sequence == 1 and .message_id == "surrey-spi:l1"'
ok "and the timeline names it"
stop dcfd TERM
printf '%s passed, 0 failed\n' "$passed"

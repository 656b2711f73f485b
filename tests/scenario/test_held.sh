#!/usr/bin/env bash
# test_held.sh - what operators do with held messages, on a real Kafka: what a receiver refused goes again, a value is
# put right, a document is translated anew after its mapping was, a case is ended; a second person approves what is
# large; a job survives SIGKILL. Counted at the receivers, exactly.
. "$(dirname "$0")/lib.sh"
site_begin held
CTL=$BIN/dcfctl
mapping=$W/dialects
cp -r "$HOME_DIR/adapters/dialect" "$mapping"
sed -i -e "s|^dialects: .*|dialects: $mapping|" -e 's|approve_above: 20|approve_above: 3|' "$W/dcfd.yaml"
cat >"$W/scenario.yaml" <<END
rules:
  - {urn: "45AA9*", messageType: caseSubmission, fail: {status: 422, times: 1}}
  - {urn: "45AA*", silent: true}
END
start_cps --scenario "$W/scenario.yaml"
start_dcfd
await_dcfd
spi() { sed -e "s/@URN@/$1/" -e "s/@ID@/$2/g" "$HOME_DIR/tests/scenario/case.xml.in" >"$W/$2.xml"; }
put() { spi "$1" "$2"; drop_file "$W/$2.xml" "$2.xml"; }
held_of() { "$CTL" held list --reason "$1" --output json | jq -r '.held[].held_id'; }
held_count() { [ "$("$CTL" held list --reason "$1" --limit 1000 --output json | jq '.held | length')" = "$2" ]; }
applied() { [ "$(cps_counter 'byType.caseSubmission // 0')" = "$1" ]; }
job_state() { [ "$("$CTL" held jobs "$1" --output json | jq -r '.jobs[0].state')" = "$2" ]; }

# --- refused by its receiver, replayed ----------------------------------------------------------
put 45AA9000126 r1
await "the refusal to be held" held_count DCF-5001 1
id=$(held_of DCF-5001)
check "without --yes it only tells, whoever asks" "$CTL" held replay "$id"
check "how many" jq -e '.preview | .count == 1 and .needs_approval == false' <("$CTL" held replay "$id" --as ann -o json)
check "for whom" jq -e '.preview.destinations[0].party == "cps"' <("$CTL" held replay "$id" --as ann -o json)
check "and nothing went" applied 0
check "who acts must say so" not "$CTL" held replay "$id" --yes
check "with --yes it goes" "$CTL" held replay "$id" --as ann --note 'the CPS put it right' --yes
await "the case at the CPS" applied 1
await "nothing held" held_count DCF-5001 0
again() { curl -fs "http://127.0.0.1:$CPS/admin/deliveries" | jq -e 'any(.deliveries[]; .applied and (.idempotencyKey | endswith("r1/again/1")))'; }
check "its second delivery has a key of its own" again
told() { "$CTL" case show "$1" --output json | jq -e --arg h "$2" 'any(.timeline[]; .hop == $h)'; }
await "the timeline to tell of the delivery" told 45AA9000126 delivered
check "the timeline tells who did it" jq -e 'any(.timeline[]; .hop == "replayed" and .by == "ann" and (.note | test("put it right")))' <("$CTL" case show 45AA9000126 -o json)
check "a replay of what is not held is told" not "$CTL" held replay "$id" --as ann --yes
check "no number is missing and none doubled" jq -e 'all(.timeline[]; .hop | startswith("sequence") | not)' <("$CTL" case show 45AA9000126 -o json)

# --- a value put right ----------------------------------------------------------------------------
post_cps() { curl -s -o "$W/reply.json" -w '%{http_code}' -H 'Content-Type: application/json' --data-binary "@$1" "http://127.0.0.1:$GATEWAY/v1/links/cps-cms/messages"; }
put 45AA1000126 c1
await "the case at the CPS" applied 2
jq '.urn = "45AA1000126" | .header.test = true | .header.messageId = "dec-1" | del(.prosecutor.telephone, .prosecutor.email)' \
  "$HOME_DIR/adapters/dialect/cms/samples/charging-decision.json" >"$W/decision.json"
check "a decision without contact is taken by the gateway" test "$(post_cps "$W/decision.json")" = 202
await "and held" held_count DCF-4010 1
id=$(held_of DCF-4010)
check "held show names the field" grep -q prosecutor.contact <("$CTL" held show "$id" -o json)
check "a field that is not at fault cannot be set" not "$CTL" held correct "$id" --set suspects[0].reason=x --as ann --yes
check "nor one that does not exist" not "$CTL" held correct "$id" --set prosecutor.contact.nonsense=x --as ann --yes
check "the field at fault can" "$CTL" held correct "$id" --set prosecutor.contact.email_1=a.rowe@cps.example --as ann --yes
decided() { [ -n "$(find "$W/spool/surrey/out" -name '45AA1000126-*-charging_decision-*' | sed -n 1p)" ]; }
await "the decision at the force" decided
check "with the value" grep -q a.rowe@cps.example "$(find "$W/spool/surrey/out" -name '45AA1000126-*-charging_decision-*' | sed -n 1p)"
await "the timeline to tell of the correction" told 45AA1000126 corrected
check "the timeline names the field and two hashes, not the value" jq -e 'any(.timeline[]; .hop == "corrected" and .corrections[0].field == "prosecutor.contact.email_1" and (.corrections[0].after_sha256 | length) == 64)' <("$CTL" case show 45AA1000126 -o json)
check "the original lies in the held topic as it came" bash -c "! kcat -b $DCF_KAFKA -C -e -q -t $PREFIX.held -f '%s\n' | grep -aq a.rowe@cps.example"
check "no value is in the log" not grep -q a.rowe@cps.example "$W/dcfd.log"

# --- translated anew ----------------------------------------------------------------------------------
pole=$W/new-code.json
sed 's/ETHO_1/ETHO_77/' "$HOME_DIR/adapters/dialect/pole/samples/investigation-pre-charge.json" >"$pole"
grep -q ETHO_77 "$pole" || fail "the sample has no code to spoil"
post_pole "$pole"
check "a code that the table does not have is refused" test "$CODE" = 422
await "and held whole" held_count DCF-2007 1
id=$(held_of DCF-2007)
check "its replay tells that it still has errors" not "$CTL" held replay "$id" --as ann --yes
echo 'ETHO_77: "1"' >>"$mapping/pole/codes/observed-ethnicity.yaml"
echo "nonsense: 1" >>"$W/dcfd.yaml"
check "a bad configuration is refused, and the answer says where and what runs" not "$CTL" reload --as ann
grep -q 'nonsense' "$W/check.log" || fail "the answer does not say why"
sed -i '$d' "$W/dcfd.yaml"
check "a good one is taken, and the answer says what runs" jq -e '.reloaded and .rules != ""' <("$CTL" reload --as ann -o json)
await_dcfd
await "its replay to have no errors any more" "$CTL" held replay "$id" --as ann
check "after the mapping was put right it goes" "$CTL" held replay "$id" --as ann --yes
await "the case at the CPS" applied 3

# --- ended ---------------------------------------------------------------------------------------------
put 42AA0000226 d1
await "another force's case to be held" held_count DCF-4001 1
check "it is discarded" "$CTL" held discard "$(held_of DCF-4001)" --as ann --note 'not theirs' --yes
await "nothing held" held_count DCF-4001 0
check "and counts as discarded" jq -e '.status == "discarded"' <("$CTL" message show surrey-spi:d1 -o json)

# --- many: a second person, a rate, SIGKILL in the middle ---------------------------------------------
N=40
for i in $(seq "$N"); do put "$(printf '45AA90%03d26' "$((i + 100))")" "k$i"; done
await "all refused" held_count DCF-5001 "$N"
check "a list that was cut short says so" grep -q "The oldest 5 that fit, of $N held in all" <("$CTL" held list --reason DCF-5001 --limit 5)
check "a whole one does not" not grep -q "The oldest" <("$CTL" held list --limit "$((N + 1))")
before=$(cps_counter 'byType.caseSubmission // 0')
check "many wait for a second person" grep -q pending <("$CTL" held replay --reason DCF-5001 --party cps --rate 300 --as ann --yes)
job=$("$CTL" held jobs -o json | jq -r '.jobs[0].job')
check "who asked cannot approve" not "$CTL" held approve "$job" --as Ann
check "nothing went" test "$(cps_counter 'byType.caseSubmission // 0')" = "$before"
curl -fs -X POST -H 'Content-Type: application/json' -H 'DCF-Operator: ben' -d '{}' "$DCF_URL/v1/jobs/$job/approve" >/dev/null
some() { [ "$(cps_counter 'byType.caseSubmission // 0')" -ge "$((before + 5))" ]; }
await "some of them" some
stop dcfd KILL
start_dcfd
await_dcfd
await "the job to be done" job_state "$job" done
await "all of them" applied "$((before + N))"
check "who approved is kept" jq -e '.jobs[0] | .approved_by == "ben" and .done == 40' <("$CTL" held jobs "$job" -o json)
took() { # SECONDS: from the first to the last of the job at the CPS, at least so long
  curl -fs "http://127.0.0.1:$CPS/admin/deliveries" | jq -e --argjson least "$1" '[.deliveries[] | select(.applied and (.urn | startswith("45AA901"))) |
    .at[:19] + "Z" | fromdate] | (max - min) >= $least'
}
check "the rate is kept" took "$((N * 60 / 300 - 2))"
check "each took effect once" jq -e '[.deliveries[] | select(.applied and .messageType == "caseSubmission") | .urn] | group_by(.) | all(length == 1)' <(curl -fs "http://127.0.0.1:$CPS/admin/deliveries")
copies() { # committed for the CPS: refused once, replayed once
  kcat -b "$DCF_KAFKA" -C -e -q -X isolation.level=read_committed -t "$PREFIX.deliver.cps" -f '%k %h\n' |
    grep CaseSubmission | cut -d' ' -f1 | grep 45AA901 | sort | uniq -c | awk '$1 != 2' | wc -l
}
check "and was committed once" test "$(copies)" = 0

# --- stopped -----------------------------------------------------------------------------------------------
for i in $(seq 6); do put "$(printf '45AA92%03d26' "$i")" "s$i"; done
await "six refused" held_count DCF-5001 6
"$CTL" held replay --reason DCF-5001 --rate 20 --as ann --yes >/dev/null
job=$("$CTL" held jobs -o json | jq -r '.jobs[0].job')
curl -fs -X POST -H 'Content-Type: application/json' -H 'DCF-Operator: ben' -d '{}' "$DCF_URL/v1/jobs/$job/approve" >/dev/null
await "one of them" held_count DCF-5001 5
check "a job is stopped" "$CTL" held stop "$job" --as ann
left=$((6 - $("$CTL" held jobs "$job" -o json | jq '.jobs[0].done')))
await "the list to tell of all that went" held_count DCF-5001 "$left"
sleep 5
check "and does no more" held_count DCF-5001 "$left"
check "something was left" test "$left" -gt 0
check "who approved it stays approved: it goes on" "$CTL" held resume "$job" --as ann
await "the rest" held_count DCF-5001 0
balanced() { "$CTL" link list; }
await "the job to be done" job_state "$job" done
check "a job never tells of more than it was about" jq -e '.jobs[] | .total == 6 and .done == 6' <("$CTL" held jobs "$job" -o json)
await "the links to balance" balanced
stop dcfd TERM
check "and ends well" test "$STOPPED" = 0
printf '%s passed, 0 failed\n' "$passed"

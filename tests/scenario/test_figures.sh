#!/usr/bin/env bash
# test_figures.sh - what a site says of itself is what its audit topic holds: a few dozen cases of all kinds, and the figures
# computed a second time from dcf.audit as kcat reads it, by a program of its own (second.py).
[ "${1:-}" != --embedded ] || EMBEDDED=yes
. "$(dirname "$0")/lib.sh"
cd "$HOME_DIR"
site_begin figures
. tests/scenario/cases.sh
sed -i '/- name: essex /,$s/environment: test/environment: live/' "$W/dcfd.yaml" # Surrey stays in test: it is in no figure
start mockcps "$BIN/dcf-mockcps" --listen "127.0.0.1:$CPS"
start_dcfd
await_dcfd
RANDOM=${DCF_SEED:-20261121}
contact='.triagedBy.telephone = "01632 960900"'
ask='{category: "MedicalEvidence", actionType: "ActionPlan", text: "Statement.", documentType: "DREP", dG6Justification: "Needed.", dueDate: "2099-12-04"}'
for n in $(seq 36); do
  if [ $((n % 6)) = 0 ]; then filed "$(without MG11)"; else filed; fi
  case $((RANDOM % 6)) in
  0) cps triage-rejected "$contact" && police investigation-pre-charge ;;
  1) cps triage-accepted "$contact" && cps charging-decision ;;
  2) cps action-plan ".planId = \"AP-$n\" | .items = [$ask | .itemId = \"A1\"]" && police action-plan-answer ".data.attributes.planId = \"AP-$n\"" ;;
  3) cps charging-decision && police charge-notification ;;
  4) police victim-notice && cps triage-rejected 'del(.reasons)' ;;
  5) police witness-notice && police contact-request && cps contact-held ;;
  esac
done
for n in 1 2 3; do
  sed -e "s/@URN@/45AA100$((n))026/" -e "s/@ID@/test-$n/g" tests/scenario/case.xml.in >"$W/test-$n.xml"
  drop_file "$W/test-$n.xml" "test-$n.xml"
done
await "word on the last" decided "$ID" "$URN"
tests_came() { "$CTL" case show 45AA1003026 --output json | jq -e '.timeline | length > 1'; }
await "the tests" tests_came
figures() { "$CTL" metrics export --format json --by force,area,case_type; }
still() { figures >"$W/figures.json" && sleep 2 && figures >"$W/figures2.json" && diff <(jq .figures "$W/figures.json") <(jq .figures "$W/figures2.json"); }
await "the figures to be still" still

bootstrap=${DCF_KAFKA:-}
[ "$EMBEDDED" != yes ] || bootstrap=$(grep -o 'event=READY.*' "$W/dcfd.log" | grep -o 'kafka="[^"]*"' | cut -d'"' -f2)
agree() { # the ledger follows the topic, and what is on its way comes between two looks
  figures >"$W/figures.json"
  kcat -b "$bootstrap" -t "$PREFIX.audit" -C -e -q -o beginning -X isolation.level=read_committed -f '%R%s' >"$W/audit.records"
  python3 tests/scenario/second.py "$W/audit.records" "$W/figures.json" tests/unit/ledger/second.sql
}
await "both to agree, seed ${DCF_SEED:-20261121}" agree
jq '(.figures[] | select(.metric == "triage_rejection_rate") | .good) += 1' "$W/figures.json" >"$W/wrong.json"
! python3 tests/scenario/second.py "$W/audit.records" "$W/wrong.json" tests/unit/ledger/second.sql >/dev/null || fail "a wrong figure is not seen"
printf '2 passed, 0 failed\n'

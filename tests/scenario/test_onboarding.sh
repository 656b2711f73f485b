#!/usr/bin/env bash
# test_onboarding.sh - a link in shadow: real documents are translated, judged and compared with what came the old way,
# and nobody gets them; then the same link live. On the in-process cluster.
EMBEDDED=yes
. "$(dirname "$0")/lib.sh"
site_begin onboarding
CTL=$BIN/dcfctl
real() { # URN ID FILE: a document of the live system
  sed -e "s/@URN@/$1/" -e "s/@ID@/$2/g" -e 's|<TestOperation>true|<TestOperation>false|' \
    "$HOME_DIR/tests/scenario/case.xml.in" >"$W/$3"
  drop_file "$W/$3" "$3"
}
sed -i -e 's/environment: test /environment: live /; s/environment: test$/environment: live/' \
  -e 's/^\( *\)- name: surrey-spi/&\n\1  stage: shadow/' "$W/dcfd.yaml"
grep -q 'stage: shadow' "$W/dcfd.yaml" || fail "the configuration has changed its form"
start_cps
start_dcfd
await_dcfd

compare=$W/data/compare/cps-cms
progress() { "$CTL" onboarding show surrey-spi --output json | jq -e ".links[0].counts.$1 == $2"; }
real 45AA0000126 shadow-1 one.xml
await "the shadow of the first document" test -s "$compare/new/shadow-1.json"
await "it to be in the ledger" progress shadowed 1
check "the CPS got nothing" test "$(cps_counter 'byType.caseSubmission')" = null -o "$(cps_counter 'byType.caseSubmission')" = 0
check "and Surrey no receipt" test "$(files_in "$W/spool/surrey/out")" = 0
check "no figure counts it" jq -e 'all(.figures[]; .metric != "submissions")' <("$CTL" metrics export --format json)
check "the counts balance" "$CTL" reconcile

cp "$compare/new/shadow-1.json" "$compare/reference/.shadow-1.json"
mv "$compare/reference/.shadow-1.json" "$compare/reference/shadow-1.json"
await "the comparison" progress compared 1
check "the same document differs in nothing" progress differing 0
await "both to be put away" test -e "$compare/done/shadow-1.json" -a -e "$compare/done/shadow-1.json.reference"

real 45AA0000226 shadow-2 two.xml
await "the shadow of the second document" test -s "$compare/new/shadow-2.json"
sed 's/Osric/Oswin/' "$compare/new/shadow-2.json" >"$compare/reference/.two"
mv "$compare/reference/.two" "$compare/reference/shadow-2.json"
await "the second comparison" progress compared 2
check "the difference is seen" progress differing 1
check "and told by its path" grep -q 'given_name.*another value' "$compare/done/shadow-2.json.differences"
check "without its value" bash -c "! grep -qE 'Os(ric|win)' '$compare/done/shadow-2.json.differences' '$W/dcfd.log'"
check "shadow is not ready for live" bash -c "! '$CTL' onboarding check surrey-spi"
check "the list shows the stages" bash -c "'$CTL' onboarding list | grep -q 'surrey-spi.*shadow'"

sed -i 's/stage: shadow/stage: live/' "$W/dcfd.yaml"
kill -HUP "$(pid_of dcfd)"
await "the reload" grep -q 'event=RELOADED' "$W/dcfd.log"
await_dcfd
real 45AA0000126 live-1 live.xml
one() { [ "$(cps_counter 'byType.caseSubmission')" = 1 ]; }
await "the CPS to have the live case" one
counted() { "$CTL" metrics export --format json | jq -e 'any(.figures[]; .metric == "submissions" and .count == 1)'; }
await "the figure of the live case" counted
stop dcfd TERM
check "SIGTERM ends with 0" test "$STOPPED" = 0
printf '%s passed, 0 failed\n' "$passed"

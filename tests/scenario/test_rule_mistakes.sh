#!/usr/bin/env bash
# test_rule_mistakes.sh - whoever mistypes a rule is told where and what: every line of the table is one slip of the pen in a
# file of config/, and what dcfd --check must say of it.
set -euo pipefail
HOME_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BIN=${DCF_BIN:-$HOME_DIR/build/bin}
W=$(mktemp -d)
trap 'rm -rf "$W"' EXIT
sed -e "s|: config/\([a-z]\)|: $W/config/\1|" -e "s|adapters/dialect|$HOME_DIR/adapters/dialect|" -e "s|\.dcf/|$W/|g" \
  -e "s|127.0.0.1:9092|127.0.0.1:1|" "$HOME_DIR/config/dcfd.yaml" >"$W/dcfd.yaml"
passed=0 failed=0
while IFS='|' read -r file slip says; do
  rm -rf "$W/config"
  cp -r "$HOME_DIR/config" "$W/config"
  sed -i "$slip" "$W/config/$file"
  ! cmp -s "$HOME_DIR/config/$file" "$W/config/$file" || { echo "FAIL: $slip changes nothing in $file"; failed=$((failed + 1)); continue; }
  code=0
  "$BIN/dcfd" --check --config "$W/dcfd.yaml" >"$W/log" 2>&1 || code=$?
  if [ $code != 0 ] && grep -E "config/$file:[0-9]+:[0-9]+: " "$W/log" | grep -qF "$says"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAIL (exit %s): %s in %s\n' $code "$slip" "$file"
    tail -n 3 "$W/log"
  fi
done <<'END'
checklists/dg6.yaml|s/pcd_ngap: reject/pcd_ngap: rejct/|a severity is reject, hold, warn, notify or none
checklists/dg6.yaml|s/severity: {pcd_ngap:/severity: {pcd_ngpa:/|no case type pcd_ngpa
checklists/dg6.yaml|s/in: \[MG11\]/in: []/|in is a list of 1 to 64 values
checklists/dg6.yaml|s/documents.document_type, in: \[MG4/documents.documenttype, in: [MG4/|no field documenttype
checklists/dg6.yaml|s/code: T06/code: T05/|T05 stands twice
checklists/dg6.yaml|s/reason: T06/reason: T66/|no rule T66
checklists/dg6.yaml|s/{term: domestic_abuse}/{term: domestic}/|no term domestic
checklists/dg6.yaml|s/from: 2020-12-31/from: 2020-13-31/|a date is written 2026-12-25
checklists/dg6.yaml|s/rules: T02, verified/rules: T99, verified/|no rule T99
checklists/dg7.yaml|s/code: N09/code: N99/|the base has no rule of this code
clocks.yaml|s/add: 56 days/add: 56 dayz/|a period like
clocks.yaml|s/add: 56 days/add: -56 days/|a period like
clocks.yaml|s/who: cps/who: police/|who is force, cps or court
clocks.yaml|s/state: \[no_charge, resulted\]/state: [no_chrge]/|no state no_chrge
clocks.yaml|s/at: pace_clock_expires_at/at: pace_clock/|no field pace_clock
clocks.yaml|s/less: \[custody_limit_summary/less: [custody_limit_sumary/|clocks above
clocks.yaml|s/field: review_type, in: \[fiveDay\]/field: review_type, in: [fivDay]/|the nearest is fiveDay
clocks.yaml|s/at: pace_clock_expires_at/at: custody_state/|custody_state is no date or time
policies.yaml|s/field: lane, in: \[unredacted\]/field: lane, in: [unredactd]/|the nearest is unredacted
policies.yaml|s/field: gatekeeper.trained_until, before: now/field: gatekeeper.accreditation, before: now/|gatekeeper.accreditation is none
lifecycle.yaml|s/in: \[CHARGED\]/in: [CHARGD]/|the nearest is CHARGED
clocks.yaml|s/tell: {force: \[missed\]/tell: {police: [missed]/|unknown key "police"
clocks.yaml|s/cps: \[warning, missed\]/cps: [warn, missed]/|told of a warning
clocks.yaml|s/verified: true/verified: maybe/|verified
lifecycle.yaml|s/to: charge_authorised/to: charge_authorized/|no state charge_authorized
lifecycle.yaml|s/within: 2d/within: 2 days/|a time with its unit
lifecycle.yaml|s/from: \[force, cps\]/from: [police]/|unknown name in from
lifecycle.yaml|s/wait: 28d/wait: -1d/|a time with its unit
policies.yaml|s/severity: hold/severity: stop/|severity is hold or warn
policies.yaml|s/check: tool_is_registered/check: tool_registered/|no check tool_registered
policies.yaml|s/fault: DCF-4023/fault: DCF-9923/|names no fault code
policies.yaml|s/applies_to: \[case_submission\]/applies_to: [case_submision]/|no message case_submision
policies.yaml|s/is: present/is: presnt/|present, absent, true or false
policies.yaml|s/before: now/before: yesterday/|before: takes now, a date
policies.yaml|s/field: gatekeeper.accreditation, is/field: defendants.offences.victims.person.name.family_name, is/|at most 5 deep
metrics.yaml|s/within: 24h/within: 24 hours/|a time with its unit
metrics.yaml|s/type: triage_outcome/type: triage_outcom/|there is no message
metrics.yaml|s/by: review_type/by: revew_type/|revew_type is neither a fact
metrics.yaml|s/outcome: \[rejected\]/outcom: [rejected]/|outcom is neither a fact
metrics.yaml|s/remember: \[case_type/remember: [casetype/|casetype is neither a fact
metrics.yaml|s/per: submissions/per: submission/|there is no metric submission
onboarding.yaml|s/least: 50,/least: fifty,/|no number or percentage
onboarding.yaml|s/measure: refused/measure: refusd/|there is no measure
onboarding.yaml|s/next: shadow/next: shadows/|there is no stage
bank-holidays.yaml|s/2026-12-28: Box/2026-12-26: Box/|a weekend
bank-holidays.yaml|s/valid_until: 2028/valid_until: 2023/|outside valid_from and valid_until
redaction-tools.yaml|s/versions: \[\]/version: []/|the nearest known one is "versions"
contacts.yaml|s/role: charging, tel/role: charge, tel/|role is one of roles
contacts.yaml|s/{area: "3", unit: Triage/{area: "33", unit: Triage/|no such CPS Area
contacts.yaml|s/, until: 2027-03-31//;s/Case Reception/Triage Team/|another entry as triage
END
printf '%s passed, %s failed\n' $passed $failed
[ $failed = 0 ]

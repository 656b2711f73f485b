#!/usr/bin/env bash
# test_reload.sh - every file of rules is edited in a running site. First a slip of the pen: the reload is refused with file, line
# and column, and the old rules go on. Then the real edit: it is answered with the version that runs now, and its effect is seen.
EMBEDDED=yes
. "$(dirname "$0")/lib.sh"
cd "$HOME_DIR"
site_begin reload
. tests/scenario/cases.sh
cp -r config "$W/config"
cp -r adapters/dialect "$W/dialect"
printf 'overrides:\n  - {rule: N07, enabled: false, because: "agreed until DG7 is published"}\n' >"$W/config/checklists/local.yaml"
sed -i -e "s|$HOME_DIR/config/|$W/config/|" -e "s|$HOME_DIR/adapters/dialect|$W/dialect|" "$W/dcfd.yaml"
sed -i '/- name: essex /,$s/environment: test/environment: live/' "$W/dcfd.yaml" # tests are in no figure; Surrey stays in test
start_dcfd
await_dcfd

# --- probes: each sends what it needs, and holds only under the edited rule --------------------------------
judged() { await "word on $ID" decided "$ID" "$URN"; said "$ID" "$URN"; }
says() { [[ "$(judged)" == $1 ]]; }
deadline() { "$CTL" clock explain "$URN" --config-dir "$HOME_DIR/config" --output json | jq -r ".clocks[] | select(.clock == \"$1\") | .deadline"; }

no_statements_pass() { filed "$(without MG11)" && says 'applied*'; }
no_outline_passes() { filed "$(without MG3) | del(.data.attributes.outline)" && says 'applied*'; }
review_in_a_fortnight() { filed && says 'applied*' && [[ $(deadline review_28_day) < $(date -u -d '+16 days' +%F) ]]; }
sound() { filed "$gatekeeper.accreditation = \"ACC-42-7\""; } # what passes after that policy was made graver
accreditation_is_asked() { filed && says 'held *DCF-4024*'; }
early_answer_is_no_use() { begin && police action-plan-answer && says 'held *DCF-4003*'; }
tool_is_known() {
  sound && says 'applied*' && police material-notice '.included[0].attributes.redaction = {tool: "example-redactor-ai", toolVersion: "9.9",
    profile: "names", sha256Before: ("a" * 64), sha256After: ("b" * 64), redactions: [{type: "1", count: 3, method: "manual"}]}' && says 'applied*'
}
letter=$("$CTL" clock due victim_information --config-dir config --from "$(TZ=Europe/London date +%F)" --output json | jq -r .ends | cut -c 1-10)
letter_is_later() {
  sound && police victim-notice 'del(.data.attributes.sentDate, .data.attributes.dueDate) | .data.attributes.entitlement = "standard"' &&
    says 'applied*' && [[ $(deadline victim_information) > ${letter}T99 ]]
}
area_is_another() { sound && judged >/dev/null && "$CTL" metrics show --by area --metric submissions --output json | jq -e 'any(.figures[]; .area == "9")'; }
told_by_case_type() { "$CTL" metrics show --metric submissions --output json | jq -e 'any(.figures[]; .group == "magistrates" and .count >= 3)'; }
one_will_do() { "$CTL" onboarding show surrey-spi --output json | jq -e '.links[0].criteria[] | select(.measure == "messages") | .needed == 1'; }
link_is_registered() { sound && says 'refused *DCF-4300*'; }

# --- reloading ------------------------------------------------------------------------------------------
reload() { "$CTL" reload --as ann --output json; }
runs() { jq -r .rules "$W/answer.json"; }
quietly() { "$@" >/dev/null 2>&1; }
row() { # FILE EDIT PROBE WHAT
  local file=$1 edit=$2 probe=$3 what=$4 before path=$W/$1
  cp "$path" "$W/kept"
  ! quietly "$probe" || fail "$what: so it was before"
  before=$(runs)

  echo 'nonsense: 1' >>"$path"
  ! reload >"$W/refused" 2>&1 || fail "$file: a slip of the pen was taken"
  grep -qE "$file:[0-9]+:[0-9]+: " "$W/refused" || fail "$file: the slip is not told by file, line and column: $(cat "$W/refused")"
  cp "$W/kept" "$path"
  ! quietly "$probe" || fail "$what: by a refused edit"

  sed -i "$edit" "$path"
  ! cmp -s "$path" "$W/kept" || fail "$file: $edit changes nothing"
  reload >"$W/answer.json" || fail "$file: the edit was refused: $(cat "$W/answer.json")"
  [ "$(runs)" != "$before" ] || fail "$file: the answer tells the same version: $before"
  await_dcfd
  quietly "$probe" || fail "$what: not after the reload of $file"
  passed=$((passed + 1))
  printf 'ok   %-32s %s\n' "$file" "$what"
}
reload >"$W/answer.json" || fail "the first reload: $(cat "$W/answer.json")"
await_dcfd

row config/checklists/dg6.yaml '/code: T06/,/when:/s/pcd_ngap: reject/pcd_ngap: warn/' no_statements_pass 'a rule of the checklist is milder'
row config/checklists/local.yaml 's/N07/T03/' no_outline_passes 'a rule is switched off at this site'
row config/clocks.yaml '/^  review_28_day:/,/stop:/s/add: 28 days/add: 14 days/' review_in_a_fortnight 'a time limit is shorter'
row config/policies.yaml '/name: the approver is accredited/,/severity:/s/severity: warn/severity: hold/' accreditation_is_asked 'a policy holds what it warned of'
row config/lifecycle.yaml '/^  action_plan_answer:/,/route:/s/waits: true/waits: false/' early_answer_is_no_use 'a message waits for its case no more'
row config/redaction-tools.yaml 's/versions: \["1.0"\]/versions: ["1.0", "9.9"]/' tool_is_known 'a tool is on the register'
row config/bank-holidays.yaml "s/^holidays:/&\n  $letter: A day of thanks/" letter_is_later 'one more bank holiday moves a deadline'
row config/forces.yaml '/name: Essex/s/"3"/"9"/' area_is_another 'a force sends to another Area'
row config/metrics.yaml '/^  submissions:/,/^$/s/by: submission/by: case_type/' told_by_case_type 'a figure is told otherwise, of the past too'
row config/onboarding.yaml 's/least: 50,/least: 1,/' one_will_do 'a stage takes less'
row dcfd.yaml 's/^\( *\)- name: essex-pole/&\n\1  stage: registered/' link_is_registered 'a link goes back to its first stage'

# --- no message was decided by rules that no answer named ---------------------------------------------------
grep -o 'event=\(READY\|RELOADED\).*' "$W/dcfd.log" | grep -oE '[0-9a-f]{12}; metrics' | cut -c 1-12 | sort -u >"$W/named"
for n in $(seq 101 $number); do
  "$CTL" case show "$(printf '42CH%05d26' "$n")" --output json 2>/dev/null | jq -r '.timeline[].rules_version // empty' | grep -oE '[0-9a-f]{12}$'
done | sort -u >"$W/decided"
[ -s "$W/decided" ] && [ -z "$(comm -23 "$W/decided" "$W/named")" ] || fail "decided by $(comm -23 "$W/decided" "$W/named")"
stop dcfd
[ "$STOPPED" = 0 ] || fail "SIGTERM ended with $STOPPED"
printf '%s passed, 0 failed\n' $passed

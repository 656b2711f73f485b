#!/usr/bin/env bash
# test_recommendations.sh - walks what the recommendations of the joint inspection ask, row by row, through a running exchange:
# what keeps a row goes on, what breaks it is held, refused or warned of, with the code it is told by. Its output is the walk.
[ "${1:-}" != --embedded ] || EMBEDDED=yes
. "$(dirname "$0")/lib.sh"
cd "$HOME_DIR"
site_begin recommendations
sed -i '/- name: essex /,/links:/{/cleared:/d}' "$W/dcfd.yaml" # a force that may not have unredacted material
cp -r config "$W/config"
sed -i "s|$HOME_DIR/config/|$W/config/|" "$W/dcfd.yaml"
sed -i '/^  witness_notice:/,/^$/s/within: 2d/within: 30s/' "$W/config/lifecycle.yaml" # two days, for this walk
cat >>"$W/dcfd.yaml" <<END
        concurrency: 1
  - name: kent                # live, beside what is in test; its second link is registered and no more
    kind: force
    environment: live
    cleared: [unredacted]
    forces: ["46"]
    links:
      - {name: kent-pole, dialect: pole, in: {transport: http}, out: {transport: spool, folder: $W/spool/kent}}
      - {name: kent-pole-new, stage: registered, dialect: pole, in: {transport: http}}
  - name: cps-live
    kind: cps
    environment: live
    cleared: [unredacted]
    areas: []
    links:
      - {name: cps-live-cms, dialect: cms, in: {transport: http}, out: {transport: spool, folder: $W/spool/cps-live}}
END
sed -i 's/, concurrency: 8}/, concurrency: 1}/; /^        concurrency: 1$/d; s/timeout: 30s/timeout: 10m/' "$W/dcfd.yaml" # one at a time, and the CPS may stand still
start mockcps "$BIN/dcf-mockcps" --listen "127.0.0.1:$CPS"
start_dcfd
await_dcfd
. tests/scenario/cases.sh

# Each line of $W/walk: row, message id, URN, code, what is expected, what was sent.
walk() { # ROW CODE passes|warned|held|refused WHAT: about the message sent last
  printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$ID" "$URN" "$2" "$3" "$4" >>"$W/walk"
}
later() { # ROW CODE told|quiet WHAT: whether the case sent last is told of by this code, as time goes by
  printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" - "$URN" "$2" "$3" "$4" >>"$W/walk"
}
ask() { # ROW yes|no WHAT COMMAND...: whether a tool says so of it, by its exit code
  local row=$1 expected=$2 what=$3 code=0
  shift 3
  "$@" >"$W/tool.log" 2>&1 || code=$?
  printf '%s\t=\t%s\t-\t%s\t%s\n' "$row" $code "$expected" "$what" >>"$W/walk"
}

# --- seed 4: witness care; letters to victims -----------------------------------------------------------------------------------
filed
police witness-notice
later 'witness' DCF-4038 told 'a witness notice that the CPS does not acknowledge in time'
filed
police witness-notice
cps witness-update '.extensions = [{name: "acknowledges", value: "3"}]'
later 'witness' DCF-4038 quiet 'one that it does'
letter() { filed && police victim-notice ".data.attributes.dueDate = \"$(date -u -d "$1 days" +%F)\" | $2"; }
letter -1 'del(.data.attributes.sentDate)'
later 'letters' DCF-4121 told 'a letter that was due yesterday, and is not sent'
letter +9 'del(.data.attributes.sentDate)'
later 'letters' DCF-4121 quiet 'a letter that is due next week'
letter -1 ".data.attributes.sentDate = \"$(date -u -d '-2 days' +%F)\""
later 'letters' DCF-4121 quiet 'a letter that was sent before it was due'

# --- Rec 5 to 7: who approves, whom to ask --------------------------------------------------------------
filed
walk 'Rec 5a' DCF-4023 passes 'a file that its supervisor and gatekeeper approved'
filed "del($gatekeeper.approvedAt, $supervisor.approvedAt)"
walk 'Rec 5a' DCF-4023 held 'a file that nobody says was approved'
filed "del($gatekeeper.approver.rank, $gatekeeper.approver.role)"
walk 'Rec 5a' DCF-4023 warned 'an approval without rank or role'
filed
cps triage-rejected
walk 'Rec 5b' DCF-4026 warned 'a rejection that names nobody to ring'
cps triage-rejected '.triagedBy.telephone = "01632 960900"'
walk 'Rec 5b' DCF-4026 passes 'a rejection that says whom to ring'
filed
walk 'Rec 5c' DCF-4024 warned 'a gatekeeper without accreditation'
filed "$gatekeeper.accreditation = \"ACC-42-7\""
walk 'Rec 5c' DCF-4024 passes 'an accredited gatekeeper'
filed "$supervisor.trainedUntil = \"2020-01-31\""
walk 'Rec 7' DCF-4025 warned "a supervisor whose training ran out"
filed "$supervisor.trainedUntil = \"2099-01-31\""
walk 'Rec 7' DCF-4025 passes "a supervisor in training"

# --- Rec 8, 12: one checklist ------------------------------------------------------------------------------
filed
walk 'Rec 8' DCF-4100 passes 'a file that holds what the checklist asks'
filed "$(without MG11)"
walk 'Rec 8' DCF-4100 refused 'a file without statements (T06)'
filed "$(without MG3) | del(.data.attributes.outline)"
walk 'Rec 8' DCF-4100 refused 'a file without MG3 or outline (T03)'
filed '.included |= map(select(.attributes.documentType != "MG6C" or .attributes.rebuttable))'
walk 'Rec 8' DCF-4100 refused 'a file without disclosure schedule (T02)'
filed "(.included[] | select(.id == \"M-3001\") | .attributes.rebuttable) = \"Yes\""
walk 'Rec 12' DCF-4102 warned 'what is asked and may be decided without, travels to the lawyer'

# --- a file cannot go on while it is incomplete; who may send what --------------------------------------------
filed
cps triage-rejected
cps charging-decision
walk 'case state' DCF-4003 held 'a decision on a file that went back'
begin
police action-plan-answer
walk 'case state' DCF-4005 held 'an answer before its case: it waits there'
number=$((number + 1)) URN=$(printf '45AA%05d26' $number)
police investigation-pre-charge
walk 'sender' DCF-4001 refused "another force's case"

# --- operational triage ------------------------------------------------------------------------------------------
filed
cps triage-rejected '.triagedBy.telephone = "01632 960900" | del(.reasons)'
walk 'triage' DCF-4027 held 'a rejection without an enumerated reason'
cps triage-rejected '.triagedBy.telephone = "01632 960900"'
walk 'triage' DCF-4027 passes 'a rejection by T04 and T11'

# --- Rec 13: action plans -------------------------------------------------------------------------------------------
item='{itemId: "I-1", category: "MedicalEvidence", actionType: "ActionPlan", text: "Statement of the doctor.", documentType: "MG11",
  dG6Justification: "Chooses between two charges.", dueDate: "2099-12-04", stepCode: "KWD"}'
filed
cps action-plan ".items = [$item]"
walk 'Rec 13' DCF-4011 passes 'a request that says what, why, of which kind and by when'
cps action-plan ".planId = \"AP-2\" | .items = [$item | .itemId = \"I-2\" | .documentType = \"MG12\" | .text = \"List.\" | del(.dG6Justification)]"
walk 'Rec 13' DCF-4011 held 'a request without its rationale'
cps action-plan ".planId = \"AP-3\" | .items = [$item | .itemId = \"I-3\"]"
walk 'Rec 13' DCF-4028 held 'the same asked for again'
cps action-plan ".planId = \"AP-4\" | .items = [$item | .itemId = \"I-4\" | .category = \"OtherDocuments\" | .documentType = \"MG5\" | .text = \"Police report.\"]"
walk 'Rec 13' DCF-4029 held 'a form that the case holds already'
cps action-plan ".planId = \"AP-5\" | .items = [$item | .itemId = \"I-5\" | .stepCode = \"MAYBE\" | .text = \"Photographs.\" | .documentType = \"PHOTO\"]"
walk 'Rec 13' DCF-4041 warned 'a necessity of no agreed code'
cps action-plan '.planId = "AP-6" | .items = []'
walk 'Rec 13' DCF-2005 refused 'a plan that asks for nothing'
cps action-plan ".planId = \"AP-7\" | .items = [$item | .itemId = \"I-7\" | .text = \"CCTV.\" | .documentType = \"CCTV\"] | del(.prosecutor)"
walk 'Rec 5b' DCF-4026 warned 'a plan that names nobody to ask'

# --- Rec 14, 15: redaction ------------------------------------------------------------------------------------------
manifest='{tool: "example-redactor-ai", toolVersion: "1.0", profile: "names", sha256Before: ("a" * 64), sha256After: ("b" * 64),
  redactions: [{type: "1", count: 3, method: "ai", modelId: "names-2026", confidence: 0.97, humanConfirmed: true}]}'
first='.included[0].attributes'
filed
police material-notice "$first.redaction = $manifest"
walk 'Rec 14' DCF-4032 passes 'a manifest of a tool on the register'
police material-notice "$first.redaction = ($manifest | .tool = \"home-made\")"
walk 'Rec 14' DCF-4032 held 'a tool that nobody registered'
police material-notice "$first.redaction = ($manifest | .toolVersion = \"0.9\")"
walk 'Rec 14' DCF-4032 held 'a version that nobody registered'
police material-notice "$first.redaction = ($manifest | .redactions[0].modelId = \"another\")"
walk 'Rec 15' DCF-4032 held 'a model that nobody approved'
police material-notice "$first.redaction = ($manifest | .redactions[0].type = \"19\")"
walk 'Rec 14' DCF-4033 warned 'a redaction of a type that is not there'
police material-notice "$first.redaction = ($manifest | del(.redactions[0].confidence))"
walk 'Rec 15' DCF-4033 warned 'a redaction by AI without its confidence'
police material-notice "$first.redaction = ($manifest | .redactions[0].humanConfirmed = false) | $first.onward = [\"defence\"]"
walk 'Rec 15' DCF-4034 held 'AI redaction for the defence that nobody confirmed'
police material-notice "$first.redaction = $manifest | $first.onward = [\"defence\"]"
walk 'Rec 15' DCF-4034 passes 'the same, confirmed'
police material-notice "$first.redaction = ($manifest | .redactions[0].method = \"A.I.\" | .redactions[0].humanConfirmed = false) | $first.onward = [\"expert\"]"
walk 'Rec 15' DCF-4034 held 'the same under other names, for an expert'
police material-notice "$first.lane = \"grey\""
walk 'Rec 15' DCF-4040 held 'a lane that is neither'
police material-notice "$first.lane = \"unredacted\""
walk 'Rec 15' DCF-4031 passes 'unredacted to a CPS that is cleared'
cps material-notice '.materials |= [.[0] | .redacted = false]'
walk 'Rec 15' DCF-4031 held 'unredacted to a force that is not'
cps material-notice '.materials |= [.[0] | .redacted = true]'
walk 'Rec 15' DCF-4031 passes 'redacted to the same'

# --- Rec 16: who decided; and what was authorised ---------------------------------------------------------------------
filed
cps charging-decision '.prosecutor |= {name, role}'
walk 'Rec 16' DCF-4010 held 'a decision without telephone or e-mail of its prosecutor'
cps charging-decision 'del(.prosecutor)'
walk 'Rec 16' DCF-4010 held 'a decision of nobody'
cps charging-decision
walk 'Rec 16' DCF-4010 passes 'a decision with name, telephone and e-mail'
cps charging-decision '.consultationId = "PCD-2" | .suspects[2] |= del(.reasonCode)'
walk 'MG3' DCF-4039 warned 'no prosecution without a reason'
police charge-notification '.included[0].attributes.offences[0].cjsCode = "TH68010"'
walk 'MG4' DCF-4030 warned 'a charge that nobody authorised'
police charge-notification
walk 'MG4' DCF-4030 passes 'the charge that was authorised'

# --- Rec 17, 18: conversations and sessions ------------------------------------------------------------------------------
filed
police contact-request
walk 'Rec 17' DCF-4036 passes 'a request to speak: what about, who asks, by when'
police contact-request 'del(.data.attributes.replyBy)'
walk 'Rec 17' DCF-4036 warned 'a request to speak that says no time'
cps contact-held
walk 'Rec 17' DCF-4036 passes 'the outcome of a conversation, dated'
cps contact-held 'del(.heldAt)'
walk 'Rec 17' DCF-4036 warned 'an outcome without its date'
police early-advice-session
walk 'Rec 18' DCF-4037 passes 'an early advice session, recorded whole'
police early-advice-session 'del(.data.attributes.advice)'
walk 'Rec 18' DCF-4037 warned 'a session without the advice given'

# --- Rec 5d: limits and the queue ------------------------------------------------------------------------------------------
in_weeks() { date -u -d "+$1 weeks" +%F; }
filed ".data.attributes.statutoryTimeLimit = \"$(in_weeks 7)\""
later 'Rec 5d' DCF-4120 told 'seven weeks to the statutory time limit'
filed ".data.attributes.statutoryTimeLimit = \"$(in_weeks 20)\""
later 'Rec 5d' DCF-4120 quiet 'twenty weeks to it'
in_hand() { "$CTL" queue list cps --output json | jq -e "$1"; }
kill -STOP "$(pid_of mockcps)" # so that a queue forms before it
filed
await "one to be on its way" in_hand '.queue.in_flight == 1'
filed
plain=$ID plain_urn=$URN
begin
police investigation-custody-priority ".data.attributes.paceClockExpiresAt = \"$(date -u -d '+5 hours' +%FT%TZ)\""
custody=$ID custody_urn=$URN
await "both to wait" in_hand "[.waiting[].message_id] | any(. == \"$plain\") and any(. == \"$custody\")"
kill -CONT "$(pid_of mockcps)"

# --- Rec 4, and test against live ---------------------------------------------------------------------------------------------
real() { begin 46 && post "$1" investigation-pre-charge "${2:-.}"; }
real kent-pole-new
walk 'Rec 4' DCF-4300 refused 'a file by a link that is registered and no more'
real kent-pole
walk 'Rec 4' DCF-4300 passes 'the same by a link that is live'
walk 'test/live' DCF-4008 passes 'a real file between live parties'
real kent-pole '.meta.transactionMode = "test"'
walk 'test/live' DCF-4008 held 'a test file on a live link'
real kent-pole
cps triage-rejected
walk 'test/live' DCF-4008 held "a test system's word on a real case"

# --- Rec 15: what says nothing of redaction --------------------------------------------------------------------------------------
filed
police material-notice "del($first.lane)"
walk 'Rec 15' DCF-4040 warned 'material that does not say whether it is redacted'
police material-notice
walk 'Rec 15' DCF-4040 passes 'material that says so'
police material-notice ".included = [range(100) as \$i | .included[0] | .id = \"M-\\(\$i)\" | .attributes.redaction = ($manifest | del(.profile))]
  | .included[99].attributes.redaction.tool = \"home-made\""
walk 'Rec 15' DCF-4032 held 'one bad redaction behind a hundred warnings'

# --- Rec 1, 3, 10 to 12: by the tools ---------------------------------------------------------------------------------------------
month=$(date -u -d "$(date -u +%Y-%m-15) -1 month" +%Y-%m)
openssl genpkey -algorithm ed25519 -out "$W/key.pem" 2>/dev/null
snapshot() { "$CTL" metrics snapshot --month "$month" --key "$W/key.pem" --out "$W/month.json" && "$CTL" metrics verify "$W/month.json" --key "$W/key.pem"; }
ask 'Rec 1' yes 'a month of figures, fixed and signed' snapshot
tampered() { sed -i 's/"from"/"From"/' "$W/month.json" && "$CTL" metrics verify "$W/month.json" --key "$W/key.pem"; }
ask 'Rec 1' no 'the same, changed afterwards' tampered
cp -r adapters/dialect "$W/dialect"
ask 'Rec 3' yes 'a dialect that does what its samples say' "$CTL" map test "$W/dialect/pole"
sed -i 's/PLEA_NG: notGuilty/PLEA_NG: guilty/' "$W/dialect/pole/mapping.yaml"
ask 'Rec 3' no 'the same with one code changed' "$CTL" map test "$W/dialect/pole"
ask 'Rec 4' no 'a link in test that has shown too little' "$CTL" onboarding check essex-pole
dictionary() { "$CTL" metrics dictionary --output json | jq -e '.metrics | length > 15 and all(.counts != "" and .source != "" and .caveats != "")'; }
ask 'Rec 10' yes 'each figure says what it counts, its source and its caveats' dictionary
ask 'Rec 10' no 'a figure that nobody defined' "$CTL" metrics show --metric guesswork
ask 'Rec 11' yes 'rejections by reason, per force, Area and case type' "$CTL" metrics export --metric triage_rejections_by_reason --by force,area,case_type
ask 'Rec 11' no 'by what is not agreed' "$CTL" metrics export --by postcode
checked() { # PROFILE EDIT
  jq ".data.attributes.anticipatedPlea = \"PLEA_G\" | $2" "$POLE/investigation-pre-charge.json" >"$W/checked.json"
  "$CTL" checklist run --dialect pole --profile "$1" "$W/checked.json"
}
ask 'Rec 12' no 'a guilty plea without previous convictions: as it is (DG6)' checked dg6 "$(without MG16)"
ask 'Rec 12' yes 'the same with less front-loading (draft DG7)' checked dg7 "$(without MG16)"
ask 'Rec 12' no 'no supervisor in either' checked dg7 "del($supervisor)"

# --- split and merge ----------------------------------------------------------------------------------------------------
filed
police merge ".data.attributes.mergedUrns = [\"45AA0000126\"]"
walk 'CP10' DCF-4022 held "a merge with another force's case"
police merge ".data.attributes.mergedUrns = [\"$URN\"]"
walk 'CP10' DCF-4022 held 'a merge with itself'
police merge '.data.attributes.mergedUrns = ["42CH0900126"]'
walk 'CP10' DCF-4022 passes "a merge of the force's own cases"

# --- what the exchange said ------------------------------------------------------------------------------------------------
await "the last message to be decided" decided "$ID" "$URN"

of_case() { # URN: what the case is told of as time goes by
  "$CTL" case show "$1" --output json | jq -r '[.timeline[] | select(.hop | test("deadline|acknowledged")) | "\(.hop) \(.reason)"] | unique | join(", ")'
}
answer_to() { # ID URN
  case $1 in
  -) of_case "$2" ;;
  =) echo "exit $2" ;;
  *) said "$1" "$2" ;;
  esac
}
delivered() { "$CTL" case show "$2" --output json | jq -e --arg id "$1" 'any(.timeline[]; .message_id == $id and .hop == "delivered")'; }
both_delivered() { delivered "$plain" "$plain_urn" && delivered "$custody" "$custody_urn"; }
await "the queue before the CPS" both_delivered
overtook() {
  curl -fs "http://127.0.0.1:$CPS/admin/deliveries" | jq -e --arg custody "$custody_urn" --arg plain "$plain_urn" \
    '[.deliveries[] | select(.applied) | .urn] | index($custody) < index($plain)'
}
ask 'Rec 5d' yes 'a custody case passes those that came before it' overtook

told_of() { [[ $(of_case "$1") == *$2* ]]; }
while IFS=$'\t' read -r row id urn code expected what; do
  [ "$expected" != told ] || await "$what to be told" told_of "$urn" "$code"
done <"$W/walk"

verdict() { # EXPECTED CODE SAID: whether it fits
  case "$1 $3" in
  "passes applied"*) [[ $3 != *$2* ]] ;;
  "told "*"$2"* | "yes exit 0" | "no exit "[1-9]*) true ;;
  "quiet "*) [[ $3 != *$2* ]] ;;
  "warned applied"*"$2"* | "held held"*"$2"* | "refused refused"*"$2"*) true ;;
  *) false ;;
  esac
}
good=0 bad=0
printf '%-11s %-66s %-9s %s\n' ROW SENT EXPECTED 'THE EXCHANGE SAID'
while IFS=$'\t' read -r row id urn code expected what; do
  answer=$(answer_to "$id" "$urn")
  mark=''
  if verdict "$expected" "$code" "$answer"; then good=$((good + 1)); else bad=$((bad + 1)) mark="   <-- $id: not $expected by $code"; fi
  printf '%-11s %-66s %-9s %s%s\n' "$row" "$what" "$expected" "$answer" "$mark"
done <"$W/walk"

# Rec 9: whatever was told can be explained, with what to do.
"$CTL" held list --output json | jq -r '.held[].reason' | sort -u | while read -r code; do
  "$CTL" explain "$code" | grep -qi 'remedy\|correct' || fail "$code is not explained"
done
printf '%s passed, %s failed\n' $good $bad
[ $bad = 0 ]

#!/usr/bin/env bash
# test_recommendations.sh - walks what the recommendations of the joint inspection ask, row by row, through a running exchange:
# what keeps a row goes on, what breaks it is held, refused or warned of, with the code it is told by. Its output is the walk.
[ "${1:-}" != --embedded ] || EMBEDDED=yes
. "$(dirname "$0")/lib.sh"
cd "$HOME_DIR"
site_begin recommendations
sed -i '/- name: essex /,/links:/{/cleared:/d}' "$W/dcfd.yaml" # a force that may not have unredacted material
start_dcfd
await_dcfd
. tests/scenario/cases.sh

# Each line of $W/walk: row, message id, URN, code, what is expected, what was sent.
walk() { # ROW CODE passes|warned|held|refused WHAT: about the message sent last
  printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$ID" "$URN" "$2" "$3" "$4" >>"$W/walk"
}

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

# --- split and merge ----------------------------------------------------------------------------------------------------
filed
police merge ".data.attributes.mergedUrns = [\"45AA0000126\"]"
walk 'CP10' DCF-4022 held "a merge with another force's case"
police merge ".data.attributes.mergedUrns = [\"$URN\"]"
walk 'CP10' DCF-4022 held 'a merge with itself'
police merge '.data.attributes.mergedUrns = ["42CH0900126"]'
walk 'CP10' DCF-4022 passes "a merge of the force's own cases"

# --- what the exchange said ------------------------------------------------------------------------------------------------
await 90 "the last message to be decided" decided "$ID" "$URN"

verdict() { # EXPECTED CODE SAID: whether it fits
  case "$1 $3" in
  "passes applied"*) [[ $3 != *$2* ]] ;;
  "warned applied"*"$2"* | "held held"*"$2"* | "refused refused"*"$2"*) true ;;
  *) false ;;
  esac
}
good=0 bad=0
printf '%-11s %-66s %-9s %s\n' ROW SENT EXPECTED 'THE EXCHANGE SAID'
while IFS=$'\t' read -r row id urn code expected what; do
  answer=$(said "$id" "$urn")
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

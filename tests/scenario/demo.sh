#!/usr/bin/env bash
# demo.sh - shows the main job to someone who knows nothing of it: case files of two forces, in two formats, travel to a
# CPS and the answers come back. ./run demo calls it.   demo.sh [--embedded] [--keep]
KEEP=no
for option in "$@"; do
  case $option in
  --embedded) EMBEDDED=yes ;;
  --keep) KEEP=yes ;;
  *) echo "demo: unknown option $option (--embedded, --keep)" >&2; exit 2 ;;
  esac
done
. "$(dirname "$0")/lib.sh"
cd "$HOME_DIR"
bold=$(printf '\033[1m') dim=$(printf '\033[2m') off=$(printf '\033[0m')
[ -t 1 ] || { bold='' dim='' off=''; }
step() { printf '\n%s%s%s\n' "$bold" "$*" "$off"; }
tell() { printf '  %s\n' "$@"; }
show() { sed 's/^/  | /' | cut -c1-150; }
CTL=$BIN/dcfctl

# --- Kafka ------------------------------------------------------------------------------
if [ "$EMBEDDED" = no ]; then
  step "Starting Apache Kafka (the real one, on this machine's loopback)"
  mkdir -p "$HOME_DIR/.dcf"
  export DCF_KAFKA_DIR=$HOME_DIR/.dcf/kafka-demo
  for port in 19292 19592 19892; do # another may be taken by somebody's Kafka
    code=0
    ./run kafka start --port $port >"$HOME_DIR/.dcf/kafka-demo.log" 2>&1 || code=$?
    [ $code = 0 ] || [ $code = 3 ] && break # 3: it cannot be fetched
  done
  if [ $code = 0 ]; then
    DCF_KAFKA=$(tail -n 1 "$HOME_DIR/.dcf/kafka-demo.log" | cut -d= -f2)
    export DCF_KAFKA
    tell "Kafka answers at $DCF_KAFKA"
  else
    EMBEDDED=yes
    tell "Apache Kafka cannot be fetched or started here (log: .dcf/kafka-demo.log)." "Going on with the embedded one."
  fi
fi
[ "$EMBEDDED" = no ] || tell "Embedded Kafka: inside the daemon, keeps nothing, its transactions have no effect." \
  "This cannot show what happens when something dies: run ./run demo for that."

# --- the programs -------------------------------------------------------------------------
step "Starting the broker (dcfd) and a mock CPS (dcf-mockcps)"
PREFIX=demo-$$ site_begin demo
[ "$KEEP" = no ] || trap - EXIT
[ "$EMBEDDED" = yes ] || [ "$KEEP" = yes ] || trap 'stop_all; tests/kafka/kafka.sh stop >/dev/null 2>&1 || true' EXIT
start_cps
start_dcfd
await_dcfd
tell "Surrey Police drops SPI XML files into a folder; Essex Police posts JSON over HTTP; the CPS speaks JSON over HTTP."

# --- sending ---------------------------------------------------------------------------------
surrey=$W/spool/surrey essex=$W/spool/essex
spi=$HOME_DIR/adapters/dialect/spi/samples pole=$HOME_DIR/adapters/dialect/pole/samples
SPI_CASES="single-charge two-defendants corporate sjp youth-guardian drink-drive"
POLE_CASES="investigation-pre-charge investigation-charged-mixed"
sent=0
canonical() { "$CTL" map to-canonical --dialects "$HOME_DIR/adapters/dialect" --dialect "$1" "$2" 2>/dev/null; }
urn_of() { canonical "$1" "$2" | jq -r .case_submission.urn; }

first=$spi/single-charge.xml
case1=$(urn_of spi "$first")
step "1. What Surrey's system writes: a case file inside an envelope inside an envelope, escaped"
grep -m 1 -A 4 'lt;PTIURN' "$first" | show; echo '  | …'
grep -m 1 -A 4 'OffenceCode' "$first" | show
tell "${dim}$first${off}"

step "2. The same case in the canonical model (protobuf; shown as JSON)"
canonical spi "$first" | jq '{urn: .case_submission.urn, initiation: .case_submission.initiation,
  defendants: [.case_submission.defendants[] | {asn, name: .person.name, offences: [.offences[] | {code, start_date, location}]}]}' | sed -n 1,30p | show

for name in $SPI_CASES; do
  drop_file "$spi/$name.xml" "$name.xml"
  sent=$((sent + 1))
done
for name in $POLE_CASES; do
  post_pole "$pole/$name.json"
  [ "$CODE" = 202 ] || { echo "$REPLY"; fail "POST of $name: $CODE"; }
  sent=$((sent + 1))
done
drop_file "$spi/bad/unknown-code.xml" bad-code.xml # one that nobody should have to telephone about
sent=$((sent + 1))

# --- waiting -----------------------------------------------------------------------------------
urns=()
for name in $SPI_CASES; do urns+=("$(urn_of spi "$spi/$name.xml")"); done
for name in $POLE_CASES; do urns+=("$(urn_of pole "$pole/$name.json")"); done
back() { # URN KIND: the file that came back to the force
  find "$surrey/out" "$essex/out" -name "$1-*-$2-*" 2>/dev/null | sort | sed -n 1p
}
all_answered() {
  local u
  for u in "${urns[@]}"; do [ -n "$(back "$u" charging_decision)" ] || return 1; done
  [ -e "$surrey/refused/bad-code.xml.error.json" ]
}
step "3. Sent: $sent documents. Waiting for the CPS to triage and decide"
await "the charging decisions" all_answered
quiet() { curl -fs "$DCF_URL/v1/queues" | jq -e '[.queues[].depth] | add == 0'; }
await "empty queues" quiet

step "4. What the CPS received for $case1, in its own form"
curl -fs "http://127.0.0.1:$CPS/v1/urns/$case1" | jq '.submission // .case // .' |
  jq '{urn, caseType, initiation, defendants: [.defendants[]? | {asn, person: .person.name, offences: [.offences[]? | .offenceCode]}]}' 2>/dev/null | sed -n 1,24p | show

step "5. What came back to Surrey, in Surrey's own format"
TELLING='<(PTIURN|Outcome|FileStandard|Form|EvidentialTest|GeneralDecision|CJSCode|FamilyName|GivenName1|TelephoneWork|Email|ActionPoint|Justification|ActionDate|FileOption)[ >]'
for kind in triage_outcome charging_decision action_plan; do
  file=$(back "$case1" $kind)
  [ -n "$file" ] || continue
  tell "${bold}$kind${off}  ${dim}${file#"$HOME_DIR"/}${off}"
  sed -e 's/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&amp;/\&/g' "$file" | grep -o '<DataStreamContent.*\|<be:DataStreamContent.*' |
    sed -e 's/></>\n</g' | grep -E "$TELLING" | sed -n 1,9p | show
done
curl -fs "$DCF_URL/v1/cases/$case1" >"$W/case.json"

step "6. The whole way of that case, hop by hop (dcfctl case show $case1)"
"$CTL" case show "$case1" | sed -n 1,24p | show

step "7. The one with a mistake was refused, with what to do about it; nothing of it is lost"
jq -r '.faults[] | "\(.code) line \(.line) \(.path)\n    \(.text): \(.detail)\n    \(.remedy)"' "$surrey/refused/bad-code.xml.error.json" | show

step "8. What the checklist says of a file before it is sent, and the time limits of a case that runs"
"$CTL" checklist run --dialects "$HOME_DIR/adapters/dialect" --config-dir "$HOME_DIR/config" --dialect pole \
  "$pole/investigation-custody-priority.json" | show || true
"$CTL" clock explain "$(urn_of pole "$pole/investigation-pre-charge.json")" --config-dir "$HOME_DIR/config" | sed -n 1,7p | show

# --- counting --------------------------------------------------------------------------------------
step "9. All of them"
delivered=0 answered=0
printf '  %-13s %-9s %-10s %-8s %s\n' CASE DELIVERED TRIAGED DECIDED "ACTION PLAN"
for u in "${urns[@]}"; do
  at_cps=$(curl -fs -o /dev/null -w '%{http_code}' "http://127.0.0.1:$CPS/v1/urns/$u" || true)
  [ "$at_cps" = 200 ] && delivered=$((delivered + 1))
  decided=$(back "$u" charging_decision)
  [ -n "$decided" ] && answered=$((answered + 1))
  printf '  %-13s %-9s %-10s %-8s %s\n' "$u" "$([ "$at_cps" = 200 ] && echo yes || echo no)" \
    "$([ -n "$(back "$u" triage_outcome)" ] && echo back || echo -)" "$([ -n "$decided" ] && echo back || echo -)" \
    "$([ -n "$(back "$u" action_plan)" ] && echo back || echo -)"
done
held=$("$CTL" held list --output json | jq '.held | length')
lost=$((sent - delivered - held))
if [ "$KEEP" = yes ]; then
  also=''
  [ "$EMBEDDED" = yes ] || also="; DCF_KAFKA_DIR=$DCF_KAFKA_DIR ./run kafka stop"
  step "Left up (stop with: kill $(pid_of dcfd) $(pid_of mockcps)$also)"
  tell "operations  $DCF_URL   (export DCF_URL=$DCF_URL; $BIN/dcfctl status)" "gateway     http://127.0.0.1:$GATEWAY" \
    "mock CPS    http://127.0.0.1:$CPS" "Kafka       ${DCF_KAFKA:-inside dcfd}" "files       $W"
fi
kafka=kafka
[ "$EMBEDDED" = no ] || kafka=embedded
printf '\ndemo: sent=%s delivered=%s answered=%s held=%s lost=%s broker=%s\n' $sent $delivered $answered "$held" $lost $kafka
[ $lost = 0 ] && [ $answered = ${#urns[@]} ]

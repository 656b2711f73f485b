#!/usr/bin/env bash
# test_daemons.sh - several dcfd on one Kafka share the work: under load each is upgraded in turn to other rules and
# mappings, one is killed with SIGKILL, one more joins. At the end every case was delivered, none taken twice, order
# kept: counted at the receivers and on the topics, exactly.   test_daemons.sh [CASES]
. "$(dirname "$0")/lib.sh"
CASES=${1:-${DCF_DAEMONS_CASES:-900}}
site_begin daemons
start_cps

# Version 2: rules and the SPI mapping under another version.
cp -r "$HOME_DIR/adapters/dialect" "$W/dialects-2"
sed -i 's/^version: .*/version: 99/' "$W/dialects-2/spi/mapping.yaml"
sed 's/^version: .*/version: "2"/' "$HOME_DIR/config/lifecycle.yaml" >"$W/lifecycle-2.yaml"
declare -A OPS_OF
config_of() { # N VERSION: a daemon with a folder and ports of its own, on the same Kafka and spool folders
  local ops gateway
  free_port ops gateway
  ops=${OPS_OF[$1]:=$ops}
  [ "$1" = 1 ] && gateway=$GATEWAY # the mock CPS posts there
  sed -e "s|^instance: .*|instance: dcfd-$1|" -e "s|$W/data|$W/data-$1|" -e "s|127.0.0.1:$OPS|127.0.0.1:$ops|" \
    -e "s|127.0.0.1:$GATEWAY|127.0.0.1:$gateway|" "$W/dcfd.yaml" >"$W/dcfd-$1.yaml"
  [ "$2" = 1 ] || sed -i -e "s|^dialects: .*|dialects: $W/dialects-2|" -e "s|lifecycle: .*|lifecycle: $W/lifecycle-2.yaml|" "$W/dcfd-$1.yaml"
}
start_d() { # N VERSION
  config_of "$1" "$2"
  start "dcfd-$1" "$BIN/dcfd" --config "$W/dcfd-$1.yaml"
}
exchange_of() { curl -fs "http://127.0.0.1:${OPS_OF[$1]}/v1/status" | jq -r '.roles[] | select(.role == "exchange") | .state'; }
works() { [ "$(exchange_of "$1")" = running ]; }
await_d() { await "dcfd-$1 to have partitions" works "$1"; }

in=$W/spool/surrey/in out=$W/spool/surrey/out
mkdir -p "$W/ready" "$in"
sent=0
more() { # N: so many more cases, from now
  local i
  for i in $(seq $((sent + 1)) $((sent + $1))); do
    sed -e "s/@URN@/$(printf '45AA%05d26' "$i")/" -e "s/@ID@/daemons-$i/g" "$HOME_DIR/tests/scenario/case.xml.in" >"$W/ready/$i.xml"
  done
  hand_over "$in"
  sent=$((sent + $1))
}
at_cps() { cps_counter 'byType.caseSubmission // 0'; }
all_there() { [ "$(at_cps)" = "$sent" ]; }
seconds_until_all() { # prints how long it took
  local from=$EPOCHREALTIME
  await "all $sent cases at the CPS" all_there
  awk -v a="$from" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'
}

for n in 1 2 3; do start_d $n 1; done
for n in 1 2 3; do await_d $n; done
for n in 1 2 3; do # the rolling upgrade, while cases flow
  more $((CASES / 6))
  sleep 1
  stop "dcfd-$n" TERM
  [ "$STOPPED" = 0 ] || fail "dcfd-$n did not drain: exit $STOPPED"
  start_d $n 2
  await_d $n
  printf 'upgraded %s: %s of %s at the CPS\n' "$n" "$(at_cps)" "$sent"
done
more $((CASES / 3))
sleep 1
stop dcfd-2 KILL
printf 'killed 2: %s of %s at the CPS; all after %s s\n' "$(at_cps)" "$sent" "$(seconds_until_all)"
start_d 4 2
more $((CASES - sent))
await_d 4
printf 'joined 4: all after %s s\n' "$(seconds_until_all)"

all_back() {
  local kind
  for kind in triage_outcome charging_decision action_plan; do
    [ "$(find "$out" -name "*-$kind-*" | wc -l)" = "$sent" ] || return 1
  done
}
await "all answers at the force" all_back
depth() { curl -fs "http://127.0.0.1:${OPS_OF[$1]}/v1/queues" | jq '[.queues[].depth] | add'; }
quiet() { [ "$(depth 1)$(depth 3)$(depth 4)" = 000 ]; }
await "empty queues" quiet
sleep 2

export DCF_URL=http://127.0.0.1:${OPS_OF[1]}
lost=$((sent - $(at_cps)))
twice=$(curl -fs "http://127.0.0.1:$CPS/admin/deliveries" |
  jq '[.deliveries[] | select(.applied and .messageType == "caseSubmission") | .urn] | group_by(.) | map(select(length > 1)) | length')
disorder=$(cps_counter outOfOrder)
gaps=$(find "$out" -name '45AA*' -printf '%f\n' | awk -F- '
  { n[$1]++; if (seen[$1, $2]++) bad++; if ($2 + 0 > top[$1]) top[$1] = $2 + 0 }
  END { for (c in n) if (n[c] != top[c]) bad++; print bad + 0 }')
copies=$(kcat -b "$DCF_KAFKA" -C -e -q -X isolation.level=read_committed -t "$PREFIX.deliver.cps" -f '%k %h\n' |
  grep CaseSubmission | cut -d' ' -f1 | sort | uniq -c | awk '$1 > 1' | wc -l)
held=$(curl -fs "$DCF_URL/v1/held" | jq '.held | length')
alarms=$(curl -fs "$DCF_URL/v1/faults" | jq '[.faults[] | select(.code == "DCF-6103" or .code == "DCF-6104") | .count] | add')
# both versions decided, and no message was translated by two
versions() { for i in 1 "$sent"; do curl -fs "$DCF_URL/v1/cases/$(printf '45AA%05d26' "$i")" | jq -r '.timeline[] | select(.hop == "applied" and .type == "case_submission") | .rules_version + "/" + .mapping_version'; done | sort -u | wc -l; }
both() { [ "$(versions)" = 2 ]; }
await "word on the first and the last" both
echo "daemons: sent=$sent lost=$lost twice=$twice disorder=$disorder gaps=$gaps committed_twice=$copies held=$held alarms=$alarms offered_again=$(cps_counter duplicates)"
[ "$lost$twice$disorder$gaps$copies$held$alarms" = 0000000 ] || fail "counts are not zero"
unsaid=$(curl -fs "$DCF_URL/v1/cases/$(printf '45AA%05d26' "$sent")" | jq '[.timeline[] | select(.hop == "delivered" and .mapping_version == "")] | length')
[ "$unsaid" = 0 ] || fail "a delivery does not say which mapping wrote it"
for n in 1 3 4; do
  stop dcfd-$n TERM
  [ "$STOPPED" = 0 ] || fail "dcfd-$n did not drain: exit $STOPPED"
done
echo "1 passed, 0 failed"

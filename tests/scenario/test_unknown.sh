#!/usr/bin/env bash
# test_unknown.sh - Kafka stops answering in the middle of transactions: the broker is frozen for longer than a
# transaction may last, its disk runs full (as root, on a small file system), it is killed. dcfd is never touched: it
# makes new clients by itself, and at the end every case was delivered, none taken twice. On a broker of its own.
#   test_unknown.sh [CASES [FREEZE SECONDS]]
. "$(dirname "$0")/lib.sh"
CASES=${1:-${DCF_UNKNOWN_CASES:-600}} FREEZE=${2:-45}
broker() { "$HOME_DIR/tests/kafka/kafka.sh" "$@"; }
DCF_KAFKA_LIBS=${DCF_KAFKA_LIBS:-$HOME_DIR/.dcf/kafka/libs}
export DCF_KAFKA_LIBS DCF_KAFKA_DIR=$HOME_DIR/.dcf/scenario/unknown-kafka
broker stop >/dev/null 2>&1 || true
umount "$DCF_KAFKA_DIR" 2>/dev/null || true
rm -rf "$DCF_KAFKA_DIR"
mkdir -p "$DCF_KAFKA_DIR"
small=no
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=400m tmpfs "$DCF_KAFKA_DIR" 2>/dev/null; then small=yes; fi
free_port port
export DCF_KAFKA=127.0.0.1:$port
broker start --port "$port" >/dev/null
site_begin unknown
end_all() {
  stop_all
  broker thaw-broker 1 2>/dev/null || true
  broker stop >/dev/null 2>&1 || true
  [ "$small" = no ] || umount -l "$DCF_KAFKA_DIR" || true
}
trap end_all EXIT
start_cps
start_dcfd
await_dcfd

in=$W/spool/surrey/in out=$W/spool/surrey/out
mkdir -p "$W/ready" "$in"
sent=0
more() {
  local i
  for i in $(seq $((sent + 1)) $((sent + $1))); do
    sed -e "s/@URN@/$(printf '45AA%05d26' "$i")/" -e "s/@ID@/unknown-$i/g" "$HOME_DIR/tests/scenario/case.xml.in" >"$W/ready/$i.xml"
  done
  hand_over "$in"
  sent=$((sent + $1))
}
at_cps() { cps_counter 'byType.caseSubmission // 0'; }
all_there() { [ "$(at_cps)" = "$sent" ]; }
await_all() { # WHAT
  local from=$EPOCHREALTIME
  await "all $sent cases at the CPS after $1" all_there
  printf '%s: all there %s s later\n' "$1" "$(awk -v a="$from" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')"
}

more $((CASES / 3))
sleep 0.7
broker freeze-broker 1
sleep "$FREEZE"
broker thaw-broker 1
await_all "frozen $FREEZE s"

more $((CASES / 3))
sleep 0.7
broker kill-broker 1
sleep 3
broker start-broker 1
await_all "killed"

if [ "$small" = yes ]; then
  more $((CASES - sent))
  fallocate -l 1G "$DCF_KAFKA_DIR/ballast" 2>/dev/null || dd if=/dev/zero of="$DCF_KAFKA_DIR/ballast" bs=1M 2>/dev/null || true
  sleep 8
  rm -f "$DCF_KAFKA_DIR/ballast"
  broker kill-broker 1 2>/dev/null || true # one that lost its disk ends by and by, or stays and serves nothing
  broker start-broker 1
  await_all "disk full"
else
  echo "not root, or no tmpfs: the full disk was not tried"
fi
alive() { running dcfd; }
alive || fail "dcfd ended"

all_back() {
  local kind
  for kind in triage_outcome charging_decision action_plan; do
    [ "$(find "$out" -name "*-$kind-*" | wc -l)" = "$sent" ] || return 1
  done
}
await "all answers at the force" all_back
quiet() { [ "$(curl -fs "$DCF_URL/v1/queues" | jq '[.queues[].depth] | add')" = 0 ]; }
await "empty queues" quiet
sleep 2
lost=$((sent - $(at_cps)))
twice=$(curl -fs "http://127.0.0.1:$CPS/admin/deliveries" |
  jq '[.deliveries[] | select(.applied and .messageType == "caseSubmission") | .urn] | group_by(.) | map(select(length > 1)) | length')
disorder=$(cps_counter outOfOrder)
gaps=$(find "$out" -name '45AA*' -printf '%f\n' | awk -F- '
  { n[$1]++; if (seen[$1, $2]++) bad++; if ($2 + 0 > top[$1]) top[$1] = $2 + 0 }
  END { for (c in n) if (n[c] != top[c]) bad++; print bad + 0 }')
alarms=$(curl -fs "$DCF_URL/v1/faults" | jq '[.faults[] | select(.code == "DCF-6103" or .code == "DCF-6104") | .count] | add')
held=$(curl -fs "$DCF_URL/v1/held" | jq '.held | length')
anew=$(grep -c 'event=KAFKA_TXN_REOPENED' "$W/dcfd.log" || true)
echo "unknown: sent=$sent lost=$lost twice=$twice disorder=$disorder gaps=$gaps held=$held alarms=$alarms clients_made_anew=$anew offered_again=$(cps_counter duplicates)"
[ "$lost$twice$disorder$gaps$held$alarms" = 000000 ] || fail "counts are not zero"
stop dcfd TERM
[ "$STOPPED" = 0 ] || fail "dcfd did not drain: exit $STOPPED"
echo "1 passed, 0 failed"

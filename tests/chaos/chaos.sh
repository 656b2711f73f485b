#!/usr/bin/env bash
# chaos.sh - the fault campaign: messages of thousands of cases flow both ways through three daemons and a Kafka of
# three brokers while both are killed, frozen, cut off, slowed, filled up and given wrong clocks, and the CPS fails and
# lies. At the end every message is counted at its receiver against what was sent.
#   chaos.sh [--messages N] [--seed S] [--minutes M] [--faults LIST] [--calm S] [--receipts LIST] [--patience S] [--plain]
#   chaos.sh --failover [ROUNDS] [--seed S] [--plain]
# --messages  of the force, ten a case [20000]; the answers and receipts come on top
# --minutes   spread them over this long; without it they go as fast as they can
# --seed      of the schedule and of the CPS's moods; printed, so that a run can be repeated
# --faults    of these only: daemon-kill broker-kill daemon-pause broker-pause storm cut delay broker-disk store-disk clock
# --calm      seconds from the end of a fault to the next, at most [4]
# --receipts  what a sender is told of its messages: some of accepted,rejected,held,delivered,not_delivered [all]; with
#             all, two of three deliveries are receipts
# --patience  seconds that all may take to be through after the last is accepted [600]; what is not, counts as lost
# --failover  no campaign: how long each kind of failure keeps messages back, at a steady rate, as a table [3]
# --plain     everything on the loopback, no network namespaces: without cut, delay and full disks (needs no root)
# Last line: chaos: sent=… delivered=… lost=0 twice=0 disorder=0 held=… recovery_p99_s=…   Exit 1 when a count is not 0.
TOKEN=of-the-campaign MESSAGES=20000 SEED=$((RANDOM * 32768 + RANDOM)) MINUTES=0 PLAIN=no PATIENCE=600 ROUNDS=0 CALM=4 RECEIPTS=
ALL="daemon-kill broker-kill daemon-pause broker-pause storm cut delay broker-disk store-disk clock"
FAULTS=$ALL
while [ $# -gt 0 ]; do
  case $1 in
  --messages) MESSAGES=${2:?}; shift 2 ;;
  --seed) SEED=${2:?}; shift 2 ;;
  --minutes) MINUTES=${2:?}; shift 2 ;;
  --faults) FAULTS=${2//,/ }; shift 2 ;;
  --calm) CALM=${2:?}; shift 2 ;;
  --receipts) RECEIPTS=${2//,/, }; shift 2 ;;
  --patience) PATIENCE=${2:?}; shift 2 ;;
  --failover) ROUNDS=3; shift; case ${1:-} in [1-9]*) ROUNDS=$1; shift ;; esac ;;
  --plain) PLAIN=yes; shift ;;
  *) sed -n '2,18s/^# \{0,1\}//p' "$0"; [ "$1" = --help ] && exit 0; exit 2 ;;
  esac
done
DCF_KAFKA=none
. "$(dirname "$0")/../scenario/lib.sh"
TOOLS=${DCF_BIN:+$DCF_BIN/../tests}
TOOLS=${TOOLS:-$HOME_DIR/build/tests}
W=${DCF_CHAOS_DIR:-$HOME_DIR/.dcf/chaos}
PER_CASE=10 CASES=$(((MESSAGES + 9) / 10))
MESSAGES=$((CASES * PER_CASE))
RANDOM=$((SEED % 32768))
[ "$PLAIN" = yes ] || { [ "$(id -u)" = 0 ] && [ -c /dev/net/tun ] && command -v ip >/dev/null; } || {
  echo "chaos: no root, no TAP device or no ip command: going on without network namespaces" >&2
  PLAIN=yes
}
[ "$PLAIN" = no ] || FAULTS=$(printf '%s\n' $FAULTS | grep -vE '^(cut|delay|broker-disk|store-disk)$' | tr '\n' ' ')

# --- hosts -------------------------------------------------------------------------------
HOSTS=(k1 k2 k3 d1 d2 d3 d4 ends ops)
DAEMONS=(d1 d2 d3)
port_of() { local i; for i in "${!HOSTS[@]}"; do [ "${HOSTS[i]}" = "$1" ] && echo $((i + 1)); done; }
net() { [ "$PLAIN" = yes ] || echo "$*" >&7; }
if [ "$PLAIN" = yes ]; then
  addr() { echo 127.0.0.1; }
  inside() { INSIDE=(); }
else
  addr() { echo "10.77.0.$(port_of "$1")"; }
  space() { echo "dcf$$$1"; }
  inside() { INSIDE=(ip netns exec "$(space "$1")"); }
fi
on() { inside "$1"; "${INSIDE[@]}" "${@:2}"; }                     # HOST COMMAND...
start_on() { inside "$2"; start "$1" "${INSIDE[@]}" "${@:3}"; } # NAME HOST PROGRAM...: its pid is the program's own
gateway_of() { echo "http://$(addr "$1"):$((18000 + $(port_of "$1")))"; }
ops_of() { echo "http://$(addr "$1"):$((18100 + $(port_of "$1")))"; }
ask() { on ops curl -fsS -m 10 -H "Authorization: Bearer $TOKEN" "$@"; }
counts() { ask "$CONTROL/counts"; }
count_of() { counts | jq -r ".$1"; }

network_up() {
  [ "$PLAIN" = no ] || return 0
  local h spaces=()
  for h in "${HOSTS[@]}"; do
    ip netns add "$(space "$h")"
    spaces+=("$(space "$h")")
  done
  mkfifo "$W/net"
  exec 7<>"$W/net" # both ways: opening it waits for nobody
  "$TOOLS/chaos_net" "${spaces[@]}" <"$W/net" >"$W/net.log" 2>&1 & # not by start: that takes its input away
  echo $! >"$W/net.pid"
  await "the network" grep -q ready "$W/net.log"
}

disk() { # FOLDER MIB: a disk of its own, so that it can be full
  mkdir -p "$1"
  [ "$PLAIN" = no ] || return 0
  local img
  img=$W/$(basename "$1")-$RANDOM.img
  truncate -s "$2M" "$img"
  mkfs.ext4 -q -m 0 "$img"
  mount -o loop "$img" "$1"
  echo "$1" >>"$W/mounts"
}

away() { # leaves nothing behind
  local h m
  exec 7>&-
  stop_all
  on ops true 2>/dev/null && on ops "$HOME_DIR/tests/kafka/kafka.sh" stop >/dev/null 2>&1
  if [ "$PLAIN" = no ]; then
    for h in "${HOSTS[@]}"; do ip netns del "$(space "$h")" 2>/dev/null; done
    [ ! -e "$W/mounts" ] || while read -r m; do umount "$m" 2>/dev/null || umount -l "$m"; done <"$W/mounts"
    rm -f "$W"/*.img
  fi
  return 0
}

# --- the site ------------------------------------------------------------------------------
kafka_up() {
  export DCF_KAFKA_DIR=$W/kafka DCF_KAFKA_LIBS=${DCF_KAFKA_LIBS:-$HOME_DIR/.dcf/kafka/libs} DCF_KAFKA_HEAP=${DCF_KAFKA_HEAP:-640m}
  if [ "$PLAIN" = no ]; then
    export DCF_KAFKA_HOSTS="$(addr k1) $(addr k2) $(addr k3)"
    export DCF_KAFKA_NETNS="$(space k1) $(space k2) $(space k3)"
    mkdir -p "$W/kafka/3"
    disk "$W/kafka/3/data" $((1000 + MESSAGES / 100))
    rmdir "$W/kafka/3/data/lost+found" # a broker takes every folder there for a partition
  fi
  BOOTSTRAP=$(on ops "$HOME_DIR/tests/kafka/kafka.sh" start --brokers 3 --port 29092 | sed -n 's/^bootstrap=//p')
  [ -n "$BOOTSTRAP" ] || fail "Apache Kafka could not be started"
}

daemon_config() { # HOST
  sed -e "s|^instance: .*|instance: $1|" -e "s|127.0.0.1:9092|$BOOTSTRAP|" -e "s|^  prefix: dcf .*|  prefix: chaos|" \
    -e "s|127.0.0.1:8070|$(addr "$1"):$((18100 + $(port_of "$1")))\n  token_file: $W/token|" -e "s|127.0.0.1:8071|$(addr "$1"):$((18000 + $(port_of "$1")))|" \
    -e "s|\.dcf/dcfd|$W/data/$1|" -e "s|\.dcf/spool|$W/spool|g" \
    -e "s|in: {transport: http}|in: {transport: http, token_file: $W/token}|" -e "s|http://127.0.0.1:8080|http://$(addr ends):18201|" -e "s|timeout: 30s, concurrency: 8|timeout: 2s, concurrency: 32|" \
    -e "s|out: {transport: spool, folder: .*/essex}|out: {transport: http, url: \"http://$(addr ends):18202\", timeout: 2s, concurrency: 32}|" \
    -e "s|: adapters/dialect|: $HOME_DIR/adapters/dialect|" -e "s|: config/lifecycle|: $W/lifecycle|" -e "s|: config/|: $HOME_DIR/config/|" -e "s|retry_cap: 5m|retry_cap: 2s|" \
    "$HOME_DIR/config/dcfd.yaml" >"$W/$1.yaml"
}
declare -A DOWN STARTS
daemon_start() { # HOST
  start_on "$1" "$1" "$BIN/dcfd" --config "$W/$1.yaml" --clock-offset-file "$W/clock.$1"
  STARTS[$1]=$((${STARTS[$1]:-0} + 1))
  DOWN[$1]=no
}
daemon_kill() { # HOST
  DOWN[$1]=yes
  stop "$1" KILL
}
ENDED=0
revive() { # daemons that ended by themselves
  local d
  for d in "${DAEMONS[@]}"; do
    if [ "${DOWN[$d]}" = no ] && ! running "$d"; then
      ENDED=$((ENDED + 1))
      echo "  $d had ended by itself"
      daemon_start "$d"
    fi
  done
}
warm() { ask "$(ops_of "$1")/v1/status" | jq -e 'all(.roles[]; .ok and (.state | . == "running" or . == "answering"))'; }

# --- faults: each begins, lasts and ends -----------------------------------------------------
between() { echo $(($1 + RANDOM % ($2 - $1 + 1))); }
pick() { local a=("$@"); echo "${a[RANDOM % $#]}"; }
kafka() { on ops "$HOME_DIR/tests/kafka/kafka.sh" "$@" >>"$W/kafka.log" 2>&1; }
broker_pid() { cat "$W/kafka/$1/pid"; }

fault_daemon-kill() { local d; d=$(pick "${DAEMONS[@]}"); say "$d is killed"; daemon_kill "$d"; sleep "$(between 0 4)"; daemon_start "$d"; }
fault_broker-kill() { local n; n=$(between 1 3); say "broker $n is killed"; kafka kill-broker "$n"; sleep "$(between 1 8)"; kafka start-broker "$n"; }
fault_daemon-pause() { local d; d=$(pick "${DAEMONS[@]}"); say "$d stands still"; kill -STOP "$(pid_of "$d")"; sleep "$(between 2 14)"; kill -CONT "$(pid_of "$d")"; }
fault_broker-pause() { local n; n=$(between 1 3); say "broker $n stands still"; kill -STOP "$(broker_pid "$n")"; sleep "$(between 2 12)"; kill -CONT "$(broker_pid "$n")"; }
fault_storm() {
  say "a fourth daemon comes and goes"
  local i
  for i in 1 2 3; do daemon_start d4; sleep "$(between 2 4)"; stop d4 "$(pick KILL TERM)"; done
}
fault_cut() { local h; h=$(pick k1 k2 k3 d1 d2 d3); say "$h is cut off"; net cut "$(port_of "$h")"; sleep "$(between 2 10)"; net heal "$(port_of "$h")"; }
fault_delay() { local h; h=$(pick k1 k2 k3 d1 d2 d3); say "$h is far away and loses frames"; net delay "$(port_of "$h")" "$(between 20 200)"; net loss "$(port_of "$h")" "$(between 0 3)"; sleep "$(between 4 10)"; net heal "$(port_of "$h")"; }
fill() { # at once what it says is free, then to the last byte
  fallocate -l "$(($(df --output=avail -B1 "$1" | tail -n 1)))" "$1/filler" 2>/dev/null || true
  dd if=/dev/zero of="$1/filler.rest" bs=1M >/dev/null 2>&1 || true
}
empty() { rm -f "$1/filler" "$1/filler.rest"; }
fault_broker-disk() {
  say "the disk of broker 3 is full"
  fill "$W/kafka/3/data"
  sleep "$(between 3 8)"
  empty "$W/kafka/3/data"
  kafka kill-broker 3 || true # a broker that lost its disk ends, or stays and serves nothing
  kafka start-broker 3
}
fault_store-disk() { local d; d=$(pick "${DAEMONS[@]}"); say "the disk of $d is full"; fill "$W/data/$d"; sleep "$(between 3 8)"; empty "$W/data/$d"; }
fault_clock() { local d; d=$(pick "${DAEMONS[@]}"); say "the clock of $d jumps"; pick -3600000 -5000 5000 86400000 >"$W/clock.$d"; sleep "$(between 3 8)"; echo 0 >"$W/clock.$d"; }

declare -A TIMES
say() { printf '%5ss  %s\n' "$SECONDS" "$*"; }
new_mood() {
  case $(between 1 5) in
  1) ask -X POST "$CONTROL/mood?fail=$(between 10 100)&drop=$(between 0 20)" ;;
  2) ask -X POST "$CONTROL/mood?take_drop=$(between 5 30)&late=$(between 1 8)" ;;
  3) ask -X POST "$CONTROL/mood?slow=$(between 50 300)" ;;
  4) ask -X POST "$CONTROL/mood?fail=1000" && sleep "$(between 1 4)" && ask -X POST "$CONTROL/mood" ;;
  5) ask -X POST "$CONTROL/mood" ;;
  esac >/dev/null || true
}
all_accepted() { [ "$(count_of accepted)" = "$MESSAGES" ]; }
campaign() {
  local f names
  read -ra names <<<"$FAULTS"
  until all_accepted; do
    sleep "$(between 1 "$CALM")"
    revive
    new_mood
    f=$(pick "${names[@]}")
    "fault_$f" || true
    revive
    TIMES[$f]=$((${TIMES[$f]:-0} + 1))
    ask -X POST "$CONTROL/mark" >/dev/null || true
    counts | jq -r '"       \(.accepted) accepted, \(.applied) at the CPS, \(.answers) answers at the force"' || true
  done
}

within() { # SECONDS COMMAND...: whether it succeeds in time
  local until=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $until ] || return 1
    sleep 0.2
  done
}
settled() {
  revive
  counts | jq -e '.applied == .accepted and .answers == .answersSent and .unrecovered == 0 and .answersSent == (.planned / '$PER_CASE')'
}
quiet() { # nothing waits anywhere
  local d n
  for d in "${DAEMONS[@]}"; do
    n=$(ask "$(ops_of "$d")/v1/queues" | jq '[.queues[].depth] | add') || return 1
    [ "${n:-1}" = 0 ] || return 1
  done
}

! kill -0 "$(cat "$W/campaign" 2>/dev/null)" 2>/dev/null || fail "a campaign is running in $W"
awk -v w="$W/" 'index($2, w) == 1 { print $2 }' /proc/mounts | while read -r m; do umount "$m"; done # of one that was killed
rm -rf "$W"
mkdir -p "$W/data" "$W/spool"
echo $$ >"$W/campaign"
echo $TOKEN >"$W/token"
trap away EXIT
[ "$ROUNDS" != 0 ] || echo "chaos: $MESSAGES messages of $CASES cases, seed $SEED, faults: $FAULTS"
network_up
kafka_up
CONTROL=http://$(addr ends):18203
sed -E "s/^(    receipts: ).*/\1[${RECEIPTS:-accepted, rejected, held, delivered, not_delivered}]/" "$HOME_DIR/config/lifecycle.yaml" >"$W/lifecycle.yaml"
for d in d1 d2 d3 d4; do
  disk "$W/data/$d" $((400 + MESSAGES / 200))
  echo 0 >"$W/clock.$d"
  daemon_config "$d"
done
rate=0
[ "$ROUNDS" = 0 ] || rate=20 CASES=20000 MESSAGES=20000 # far below what it can carry: waiting, not work, is measured
[ "$MINUTES" = 0 ] || rate=$((MESSAGES / (MINUTES * 60) + 1))
for d in "${DAEMONS[@]}"; do daemon_start "$d"; done
for d in "${DAEMONS[@]}"; do await "$d to be at work" warm "$d"; done
gateways=()
for d in "${DAEMONS[@]}"; do gateways+=(--gateway "$(gateway_of "$d")"); done
start_on ends ends "$TOOLS/chaos_ends" --cps "$(addr ends):18201" --force "$(addr ends):18202" --control "$(addr ends):18203" \
  "${gateways[@]}" --token "$TOKEN" --cases "$CASES" --per-case "$PER_CASE" --rate "$rate" --seed "$SEED"
await "both ends" counts

# --- how long a failure keeps messages back --------------------------------------------------
now_ms() { date +%s%3N; }
recovered() { counts | jq -e '.unrecovered == 0' >/dev/null; }
all_warm() { local d; for d in "${DAEMONS[@]}"; do running "$d" && warm "$d" >/dev/null 2>&1 || return 1; done; }
down_killed() { daemon_kill "${DAEMONS[$1 - 1]}"; }
down_ended() { DOWN[${DAEMONS[$1 - 1]}]=yes; stop "${DAEMONS[$1 - 1]}" TERM; }
down_frozen() { kill -STOP "$(pid_of "${DAEMONS[$1 - 1]}")"; }
down_restarted() { daemon_kill "${DAEMONS[$1 - 1]}"; daemon_start "${DAEMONS[$1 - 1]}"; }
down_broker-killed() { kafka kill-broker "$1"; }
down_broker-frozen() { kafka freeze-broker "$1"; }
up_killed() { daemon_start "${DAEMONS[$1 - 1]}"; }
up_ended() { daemon_start "${DAEMONS[$1 - 1]}"; }
up_frozen() { kill -CONT "$(pid_of "${DAEMONS[$1 - 1]}")"; }
up_restarted() { :; }
up_broker-killed() { kafka start-broker "$1"; }
up_broker-frozen() { kafka thaw-broker "$1"; }
fail_over() { # KIND WHAT: until what was accepted up to a second after it has been taken, the failure lasting
  local n began took=() unhurt=no
  for n in $(seq "$ROUNDS"); do
    within 120 all_warm && within 120 recovered && sleep 5
    began=$(now_ms)
    "down_$1" $(((n - 1) % 3 + 1))
    sleep 1
    ask -X POST "$CONTROL/mark" >/dev/null
    within 120 recovered || unhurt=never
    took+=($((($(now_ms) - began) / 100)))
    "up_$1" $(((n - 1) % 3 + 1))
  done
  printf '%s\n' "${took[@]}" | sort -n | awk -v what="$2" '{ t[NR] = $1 / 10 } END { printf "| %s | %.1f | %.1f | %.1f |\n", what, t[1], t[int((NR + 1) / 2)], t[NR] }'
  [ "$unhurt" = no ] || fail "$2: not recovered in 120 s"
}
fail_overs() {
  echo "| what fails, and stays away | shortest, s | median | longest |"
  echo "|---|---|---|---|"
  fail_over restarted "a daemon is killed and started again at once"
  fail_over ended "a daemon is ended (SIGTERM)"
  fail_over killed "a daemon is killed"
  fail_over frozen "a daemon stands still (SIGSTOP)"
  fail_over broker-killed "a broker is killed"
  fail_over broker-frozen "a broker stands still (SIGSTOP)"
  counts | jq -e '.twice + .disorder + .damaged == 0' >/dev/null
}

SECONDS=0
if [ "$ROUNDS" != 0 ]; then
  fail_overs
  exit
fi
campaign
net heal
ask -X POST "$CONTROL/mood" >/dev/null
say "all $MESSAGES are accepted; waiting until they are through"
within "$PATIENCE" settled || echo "not everything came through in $PATIENCE s" >&2
within 120 quiet || echo "the queues are not empty" >&2
sleep 3
counts >"$W/counts.json"
held=$(ask "$(ops_of d1)/v1/held" | jq '[.reasons[].count] | add // 0')
for f in "${!TIMES[@]}"; do printf '%s x %s, ' "${TIMES[$f]}" "$f"; done
jq -r '"\(.faults) faults, offered again \(.offeredAgain), damaged \(.damaged), refused \(.refused), answers of \(.answersSent): \(.answers), twice \(.answersTwice); recovery p50 \(.recoveryP50) s, max \(.recoveryMax) s"' "$W/counts.json"
echo "daemons that ended by themselves: $ENDED; took $SECONDS s"
bad=$(jq ".lost + .twice + .disorder + .damaged + .answersSent - .answers + .answersTwice + .refused + .unrecovered + $held + $ENDED" "$W/counts.json")
[ "$bad" = 0 ] || ask "$CONTROL/missing" | head -n 20 >&2
jq -r --arg held "$held" '"chaos: sent=\(.accepted) delivered=\(.applied) lost=\(.lost) twice=\(.twice) disorder=\(.disorder) held=\($held) recovery_p99_s=\(.recoveryP99)"' "$W/counts.json"
[ "$bad" = 0 ]

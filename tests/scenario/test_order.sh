#!/usr/bin/env bash
# test_order.sh - Kafka is frozen, for longer than a message may wait for it, while files of the same cases come one
# after another. On dcf.submitted each case's messages first appear in the order of their files, and all are there.
# On a broker of its own.
#   test_order.sh [CASES [FILES OF EACH [FREEZES]]]
. "$(dirname "$0")/lib.sh"
CASES=${1:-10} EACH=${2:-60} FREEZES=${3:-3}
broker() { "$HOME_DIR/tests/kafka/kafka.sh" "$@"; }
DCF_KAFKA_LIBS=${DCF_KAFKA_LIBS:-$HOME_DIR/.dcf/kafka/libs}
export DCF_KAFKA_LIBS DCF_KAFKA_DIR=$HOME_DIR/.dcf/scenario/order-kafka
broker stop >/dev/null 2>&1 || true
rm -rf "$DCF_KAFKA_DIR"
free_port port
export DCF_KAFKA=127.0.0.1:$port
broker start --port "$port" >/dev/null
site_begin order
end_all() {
  stop_all
  broker thaw-broker 1 2>/dev/null || true
  broker stop >/dev/null 2>&1 || true
}
trap end_all EXIT
# messages give up after 3 s, so that they fail while Kafka is away; and one a request, so that some pass and some fail
sed -i 's|^  # properties:.*|  properties: {message.timeout.ms: "3000", socket.timeout.ms: "2000", batch.num.messages: "1"}|' "$W/dcfd.yaml"
start_cps
start_dcfd
await_dcfd

in=$W/spool/surrey/in
mkdir -p "$W/ready" "$in"
fed=0
feed() { # N: so many files of each case; the order of their times is the order of their numbers
  local n c
  for n in $(seq $((fed + 1)) $((fed + $1))); do
    for c in $(seq "$CASES"); do
      sed -e "s/@URN@/$(printf '45AA%05d26' "$c")/" -e "s/@ID@/order-$c-$n/g" "$HOME_DIR/tests/scenario/case.xml.in" >"$W/ready/$c-$n.xml"
      mv "$W/ready/$c-$n.xml" "$in/"
    done
    sleep 0.3
  done
  fed=$((fed + $1))
}
failures() { grep -c 'event=KAFKA_NOT_CONFIRMED' "$W/dcfd.log" || true; }
more_failed() { [ "$(failures)" -gt "$before" ]; }
part=$((EACH / (2 * FREEZES)))
for _ in $(seq "$FREEZES"); do
  feed "$part"
  before=$(failures)
  broker freeze-broker 1
  feed "$part"
  await "a message that Kafka does not confirm" more_failed
  broker thaw-broker 1
done
feed $((EACH - fed))
all_taken() { [ "$(files_in "$W/spool/surrey/done")" = $((CASES * EACH)) ]; }
await "all files to be taken" all_taken

counts=$(kcat -b "$DCF_KAFKA" -C -e -q -t "$PREFIX.submitted" -f '%h\n' | grep -o 'ce_id=surrey-spi:order-[0-9-]*' | awk -F- '
  seen[$0]++ { copies++; next }
  { n++; if ($NF + 0 != ++last[$(NF - 1)]) disorder++; last[$(NF - 1)] = $NF + 0 }
  END { printf "messages=%d disorder=%d copies=%d", n, disorder, copies }')
echo "order: sent=$((CASES * EACH)) $counts not_confirmed=$(failures)"
[[ $counts == "messages=$((CASES * EACH)) disorder=0 "* ]] || fail "out of order, or not all there"
stop dcfd TERM
echo "1 passed, 0 failed"

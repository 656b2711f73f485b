#!/usr/bin/env bash
# test_poison.sh - one poisoned case among a thousand, on a real Kafka: its receiver fails for it and always, a record that
# is no message at all lies in its topic, the daemon is killed. Only that case waits, and says so; healed, it goes in order.
. "$(dirname "$0")/lib.sh"
site_begin poison
free_port port
CTL=$BIN/dcfctl TOOLS=$BIN/../tests CONTROL=http://127.0.0.1:$port
CASES=1000 PER_CASE=5 POISONED=613
ALL=$((CASES * PER_CASE))
counts() { curl -fs "$CONTROL/counts"; }
counted() { counts | jq -e "$1"; }
waiting() { "$CTL" queue list cps -o json >"$W/queue.json" && jq -e "$1" "$W/queue.json"; }
# A delivery is told of once it is committed. Each case but the poisoned one has an answer of the CPS.
only_it_is_on_its_way() {
  "$CTL" reconcile --output json | jq -e "[.links[] | {(.link): .}] | add |
    .\"essex-pole\".in_flight == $PER_CASE and .\"cps-cms\".received == $CASES - 1 and .\"cps-cms\".in_flight == 0"
}
held() { "$CTL" held list -o json | jq -e "$1"; }

# No receipts on top of the messages: what is done is done.
sed -E 's/^(    receipts: ).*/\1[held]/' "$HOME_DIR/config/lifecycle.yaml" >"$W/lifecycle.yaml"
sed -i "s|$HOME_DIR/config/lifecycle.yaml|$W/lifecycle.yaml|" "$W/dcfd.yaml"
start_dcfd
await_dcfd
start ends "$TOOLS/chaos_ends" --cps "127.0.0.1:$CPS" --force 127.0.0.1:0 --control "${CONTROL#http://}" \
  --gateway "http://127.0.0.1:$GATEWAY" --cases $CASES --per-case $PER_CASE
await "both ends" counts
curl -fsS -X POST "$CONTROL/mood?poison=$POISONED" >/dev/null
await "traffic" counted '.applied > 100'
echo "this is no message" | kcat -b "$DCF_KAFKA" -P -t "$PREFIX.submitted" -k poison -p 0

await "all others to be through" counted ".accepted == $ALL and .applied == $((ALL - PER_CASE))"
curl -fsS "$CONTROL/missing" | sed '/^$/d' >"$W/missing"
check "what is missing is the poisoned case, whole" diff <(for i in $(seq 0 $((PER_CASE - 1))); do echo "$POISONED-$i"; done) "$W/missing"
await "what was no message to be held" held '.held | length > 0'
check "and nothing else is" held '.held | length == 1'
check "with the place where it lies, and how it came" held ".held[0] | .held_id == \"$PREFIX.submitted/0/\(.held_id | split(\"/\")[2])\" and .link == \"$PREFIX.submitted\" and .reason == \"DCF-6105\""
torn_balances() { "$CTL" reconcile --output json | jq -e ".links[] | select(.link == \"$PREFIX.submitted\") | .received == 1 and .held == 1"; }
await "it to be accounted for by its topic" torn_balances
await "all others to be done" only_it_is_on_its_way
await "the queue to say how many wait, not how far they lie apart" waiting ".queue.depth == $PER_CASE"
check "only the messages of that case wait" waiting "(.waiting | length) == $PER_CASE and (.waiting | map(.case) | unique | length) == 1"
await "the first to wait for its next try, the others behind it" waiting \
  '[.waiting[].reason] | (map(select(test("again"))) | length) == 1 and (map(select(. == "behind an earlier message of its case")) | length) == '$((PER_CASE - 1))

again=$(counts | jq .offeredAgain)
stop dcfd KILL
start_dcfd
await_dcfd
await "the case to wait again" waiting "(.waiting | length) == $PER_CASE"
check "a daemon that was killed offers nothing of thousands anew" counted ".offeredAgain == $again and .applied == $((ALL - PER_CASE))"

curl -fsS -X POST "$CONTROL/mood" >/dev/null
await "the poisoned case" counted ".applied == $ALL"
check "healed, nothing is lost, doubled or out of order" counted '.lost + .twice + .disorder + .damaged + .refused == 0'
await "every message to be accounted for" "$CTL" reconcile
echo "$passed passed, 0 failed"

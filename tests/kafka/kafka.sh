#!/usr/bin/env bash
# kafka.sh - a real Apache Kafka (KRaft, loopback only) for the tests and the demo.
#
#   kafka.sh start [--brokers 1|3] [--port 9092]   last line printed: bootstrap=127.0.0.1:9092[,...]
#   kafka.sh stop | status
#   kafka.sh kill-broker N | start-broker N        kill -9 one broker, start it again (chaos tests)
#   kafka.sh freeze-broker N | thaw-broker N       SIGSTOP, SIGCONT: it neither answers nor closes
#   kafka.sh delete-records TOPIC PARTITION BEFORE of the cluster DCF_KAFKA names: a loss
#
# Broker N listens on port+N-1, its controller on port+N+99. Data survive a stop; delete the folder to begin anew.
#   DCF_KAFKA_DIR          data, logs, pids       (default .dcf/kafka/cluster; another folder = another cluster)
#   DCF_KAFKA_LIBS         Kafka's jars           (default .dcf/kafka/libs; fetched by Maven when missing)
#   DCF_KAFKA_MAX_SECONDS  every broker ends itself after this long (default 14400)
#   DCF_KAFKA_HOSTS        address of each broker, in order   (default: all 127.0.0.1)
#   DCF_KAFKA_PROPERTIES   file of more properties for every broker; they win   (default: none)
#   DCF_KAFKA_NETNS        network namespace of each broker   (default: none)
# Exit: 0 done; 1 failed or (status) not all up; 2 usage; 3 Kafka cannot be fetched or Java is missing.
# Only processes started here are ever signalled: a pid counts only while it is still that broker's java.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
libs=${DCF_KAFKA_LIBS:-$root/.dcf/kafka/libs}
dir=$(realpath -m "${DCF_KAFKA_DIR:-$root/.dcf/kafka/cluster}") # absolute, as it stands in the brokers' command lines
max_seconds=${DCF_KAFKA_MAX_SECONDS:-14400}
read -ra hosts <<<"${DCF_KAFKA_HOSTS:-127.0.0.1 127.0.0.1 127.0.0.1}"
read -ra netns <<<"${DCF_KAFKA_NETNS:-}"
brokers=1
port=9092

say() { printf '%s\n' "$*" >&2; }
die() { local code=$1; shift; say "kafka.sh: $*"; exit "$code"; }
usage() { sed -n '4,8s/^# *//p' "$0" >&2; exit 2; }

fetch() {
    [ -e "$libs/.complete" ] && return
    command -v mvn >/dev/null || die 3 "Kafka is not in $libs and mvn is missing (install Maven, or set DCF_KAFKA_LIBS)"
    say "fetching Apache Kafka with Maven (54 MB, once) ..."
    local part="$libs.part.$$" log="$libs.fetch.log"
    mkdir -p "$part"
    if ! mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$part" >"$log" 2>&1; then
        rm -rf "$part"
        tail -n 15 "$log" >&2
        die 3 "Kafka cannot be fetched: Maven failed (whole log: $log)"
    fi
    touch "$part/.complete"
    rm -rf "$libs"
    mv "$part" "$libs"
}

load_cluster() { # the shape the cluster was formatted with
    [ -r "$dir/cluster" ] && read -r brokers port cluster_id <"$dir/cluster"
}

bootstrap() {
    local list="" n
    for ((n = 0; n < brokers; n++)); do list+="${list:+,}${hosts[n]}:$((port + n))"; done
    printf '%s' "$list"
}

pid_of() { # prints the pid of broker $1 when it lives and is still that java
    local pid
    read -r pid 2>/dev/null <"$dir/$1/pid" || return 1
    tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "kafka.Kafka $dir/$1/server.properties" || return 1
    printf '%s' "$pid"
}

in_use() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }

configure() { # writes the properties of broker $1
    local n=$1 host=${hosts[$1 - 1]} rf=1 isr=1 voters="" i
    [ "$brokers" = 3 ] && rf=3 isr=2
    for ((i = 1; i <= brokers; i++)); do voters+="${voters:+,}$i@${hosts[i - 1]}:$((port + i + 99))"; done
    mkdir -p "$dir/$n"
    cat >"$dir/$n/server.properties" <<EOF
process.roles=broker,controller
node.id=$n
controller.quorum.voters=$voters
listeners=PLAINTEXT://$host:$((port + n - 1)),CONTROLLER://$host:$((port + n + 99))
advertised.listeners=PLAINTEXT://$host:$((port + n - 1))
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$dir/$n/data
auto.create.topics.enable=false
default.replication.factor=$rf
min.insync.replicas=$isr
offsets.topic.replication.factor=$rf
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=$rf
transaction.state.log.min.isr=$isr
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=$rf
share.coordinator.state.topic.min.isr=$isr
share.coordinator.state.topic.num.partitions=1
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
group.initial.rebalance.delay.ms=0
message.max.bytes=16777216
replica.fetch.max.bytes=16777216
replica.fetch.response.max.bytes=33554432
log.segment.bytes=67108864
broker.session.timeout.ms=6000
num.network.threads=2
num.io.threads=4
EOF
    [ -z "${DCF_KAFKA_PROPERTIES:-}" ] || cat "$DCF_KAFKA_PROPERTIES" >>"$dir/$n/server.properties"
    [ -e "$dir/$n/data/meta.properties" ] || java -Xmx256m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
        -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$libs/*" \
        kafka.tools.StorageTool format -t "$cluster_id" -c "$dir/$n/server.properties" >"$dir/$n/format.log" 2>&1 ||
        { tail -n 15 "$dir/$n/format.log" >&2; die 1 "broker $n: storage cannot be formatted"; }
}

launch() { # broker $1 in a session of its own, ended by timeout(1) in any case
    local n=$1 heap=${DCF_KAFKA_HEAP:-512m} inside=()
    [ ${#netns[@]} -eq 0 ] || inside=(ip netns exec "${netns[n - 1]}")
    pid_of "$n" >/dev/null && return
    in_use "${hosts[n - 1]}" $((port + n - 1)) && die 1 "port $((port + n - 1)) is taken by something else: choose another with --port"
    rm -f "$dir/$n/pid"
    # shellcheck disable=SC2016
    setsid timeout -k 30 "$max_seconds" bash -c 'echo $$ >"$1/pid"; shift; exec "$@"' launch "$dir/$n" \
        "${inside[@]}" java "-Xmx$heap" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
        -cp "$libs/*" kafka.Kafka "$dir/$n/server.properties" >>"$dir/$n/log" 2>&1 </dev/null 9>&- &
    disown
}

give_up() { # $1 broker, rest: why
    local n=$1
    shift
    say "--- $dir/$n/log"
    tail -n 25 "$dir/$n/log" >&2 || true
    die 1 "broker $n $*"
}

progress() { [ -t 2 ] && printf '.' >&2 || true; }

# Calls "$@" until it succeeds, at most $1 seconds, while every broker named in $2 lives.
wait_until() {
    local end=$((SECONDS + $1)) must_live=$2 what=$3 n
    shift 3
    say "waiting until $what ..."
    sleep 0.3
    until "$@"; do
        for n in $must_live; do
            pid_of "$n" >/dev/null || { sleep 1; pid_of "$n" >/dev/null || give_up "$n" "ended while starting"; }
        done
        [ $SECONDS -lt $end ] || give_up "${must_live%% *}" "is not ready: timed out waiting until $what"
        progress
        sleep 0.2
    done
}

answers() { # the metadata list all brokers of $1
    local n list
    list=$(kcat -b "$(bootstrap)" -L -m 5 2>/dev/null) || return 1
    for n in $1; do grep -q "broker $n at" <<<"$list" || return 1; done
}

# An empty transaction makes __transaction_state and needs its coordinator; a
# group that joins makes __consumer_offsets and needs that one. Four ids and
# four groups reach (nearly) every partition of either topic.
kcat_quiet() { timeout 10 kcat -b "$(bootstrap)" -X socket.nagle.disable=true -X log_level=0 "$@" >/dev/null 2>&1; }
txn_warm() {
    local i
    for i in 1 2 3 4; do kcat_quiet -P -t dcf.warm -X "transactional.id=dcf.warm.$i" -X transaction.timeout.ms=5000 </dev/null || return 1; done
}
group_warm() {
    local i
    for i in 1 2 3 4; do kcat_quiet -G "dcf.warm.$i" -e -X auto.offset.reset=earliest dcf.warm || return 1; done
}

cmd_start() {
    command -v java >/dev/null || die 3 "java is missing (17 or newer is needed)"
    command -v kcat >/dev/null || die 3 "kcat is missing (it asks the brokers whether they are ready)"
    mkdir -p "$dir" "$(dirname "$libs")"
    exec 9>"$dir/lock"
    flock 9
    local want_brokers=$brokers want_port=$port n all="" fresh=""
    if load_cluster && { [ -n "$given_brokers" ] && [ "$want_brokers" != "$brokers" ] || [ -n "$given_port" ] && [ "$want_port" != "$port" ]; }; then
        for ((n = 1; n <= brokers; n++)); do
            pid_of "$n" >/dev/null && die 1 "already up with $brokers broker(s) on port $port: stop it first"
        done
        rm -rf "$dir"/[123] "$dir/cluster"
        brokers=$want_brokers port=$want_port
    fi
    exec 8>"$libs.lock"
    flock 8
    fetch
    exec 8>&-
    if [ ! -e "$dir/cluster" ]; then
        brokers=$want_brokers port=$want_port
        cluster_id=$(java -Xmx64m -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp "$libs/*" kafka.tools.StorageTool random-uuid)
        echo "$brokers $port $cluster_id" >"$dir/cluster"
    fi
    for ((n = 1; n <= brokers; n++)); do
        all+="${all:+ }$n"
        pid_of "$n" >/dev/null || { fresh=yes; configure "$n"; launch "$n"; }
    done
    if [ -n "$fresh" ]; then
        wait_until 300 "$all" "the metadata answer" answers "$all"
        warm_topic
        wait_until 300 "$all" "the transaction coordinator is warm" txn_warm
        wait_until 300 "$all" "the group coordinator is warm" group_warm
    fi
    echo "bootstrap=$(bootstrap)"
}

warm_topic() {
    java -Xmx128m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp "$libs/*" \
        org.apache.kafka.tools.TopicCommand --bootstrap-server "$(bootstrap)" --create --if-not-exists --topic dcf.warm --partitions 1 >"$dir/warm.log" 2>&1 ||
        { tail -n 5 "$dir/warm.log" >&2; die 1 "no topic can be created"; }
}

cmd_stop() {
    load_cluster || { say "never started: $dir"; return 0; }
    local n pid end pids=""
    for ((n = 1; n <= brokers; n++)); do pid=$(pid_of "$n") && { pids+=" $n"; kill -TERM "$pid" 2>/dev/null || true; }; done
    end=$((SECONDS + 20))
    for n in $pids; do
        while pid=$(pid_of "$n"); do
            [ $SECONDS -lt $end ] || kill -KILL "$pid" 2>/dev/null || true
            sleep 0.1
        done
        rm -f "$dir/$n/pid"
    done
    say "stopped${pids:+ broker(s)$pids}"
}

cmd_status() {
    load_cluster || { echo "never started: $dir"; return 1; }
    local n pid code=0
    for ((n = 1; n <= brokers; n++)); do
        if pid=$(pid_of "$n"); then echo "broker $n: up, pid $pid, ${hosts[n - 1]}:$((port + n - 1))"; else echo "broker $n: down"; code=1; fi
    done
    echo "bootstrap=$(bootstrap)"
    return $code
}

known_broker() {
    load_cluster || die 1 "never started: $dir"
    [[ ${1:-} =~ ^[1-9]$ ]] && [ "$1" -le "$brokers" ] || die 2 "which broker? 1 to $brokers"
}

cmd_kill_broker() {
    known_broker "${1:-}"
    local pid
    pid=$(pid_of "$1") || die 1 "broker $1 is not running"
    kill -KILL "$pid"
    while [ -e "/proc/$pid" ]; do sleep 0.05; done # its port is free only when it is reaped
    rm -f "$dir/$1/pid"
    say "broker $1 killed"
}

cmd_start_broker() {
    known_broker "${1:-}"
    launch "$1"
    wait_until 300 "$1" "broker $1 answers" answers "$1"
    say "broker $1 is up"
}

cmd_signal_broker() { # SIGNAL N
    known_broker "${2:-}"
    local pid
    pid=$(pid_of "$2") || die 1 "broker $2 is not running"
    kill "-$1" "$pid"
}

cmd_delete_records() {
    [ $# = 3 ] && [ -n "${DCF_KAFKA:-}" ] || usage
    local file
    file=$(mktemp)
    printf '{"partitions":[{"topic":"%s","partition":%d,"offset":%d}],"version":1}' "$1" "$2" "$3" >"$file"
    java -Xmx128m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp "$libs/*" \
        org.apache.kafka.tools.DeleteRecordsCommand --bootstrap-server "$DCF_KAFKA" --offset-json-file "$file" >&2
    rm -f "$file"
}

command=${1:-}
[ $# -gt 0 ] && shift
given_brokers="" given_port=""
if [ "$command" = start ]; then
    while [ $# -gt 0 ]; do
        case $1 in
        --brokers) brokers=${2:-}; given_brokers=yes ;;
        --port) port=${2:-}; given_port=yes ;;
        *) usage ;;
        esac
        [ $# -ge 2 ] || usage
        shift 2
    done
    [[ $brokers =~ ^[13]$ && $port =~ ^[0-9]{4,5}$ ]] || usage
fi
case $command in
start) cmd_start ;;
stop) cmd_stop ;;
status) cmd_status ;;
kill-broker) cmd_kill_broker "${1:-}" ;;
start-broker) cmd_start_broker "${1:-}" ;;
freeze-broker) cmd_signal_broker STOP "${1:-}" ;;
thaw-broker) cmd_signal_broker CONT "${1:-}" ;;
delete-records) cmd_delete_records "$@" ;;
*) usage ;;
esac

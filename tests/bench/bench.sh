#!/usr/bin/env bash
# bench.sh - runs a benchmark: `./run bench translate`, beside peers built where there are tools for them;
# `./run bench pipeline`, its parts one after the other or the one named, on the Kafka that DCF_KAFKA names, or one of its
# own for the while; `./run bench scheduler`, a custody case behind another force's back-load, in simulated time.
# Work goes to $DCF_BENCH_DIR (.dcf/bench); peers are left out, and said so, when they cannot be built.
set -euo pipefail
HERE=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
DIR=${DCF_BENCH_DIR:-$ROOT/.dcf/bench}
BUILD=$ROOT/build
say() { printf '==> %s\n' "$*" >&2; }

build_rust() {
  command -v cargo >/dev/null || { say "no cargo: without the Rust peer"; return 1; }
  say "building the Rust peer (log: $DIR/rust.log)"
  cargo build --release --manifest-path "$HERE/peers/rust/Cargo.toml" --target-dir "$DIR/rust" >"$DIR/rust.log" 2>&1 ||
    { say "the Rust peer could not be built: without it"; return 1; }
}

build_jvm() {
  command -v mvn >/dev/null && command -v javac >/dev/null || { say "no Maven or JDK: without the JVM peer"; return 1; }
  say "building the JVM peer (log: $DIR/jvm.log)"
  rm -rf "$DIR/jvm" && mkdir -p "$DIR/jvm/proto" "$DIR/jvm/model"
  cp -r "$ROOT/proto/dcf" "$DIR/jvm/model/"
  # protobuf-java has a getDescriptor() of its own; the bytes do not know the name
  sed -i 's/string descriptor =/string route_descriptor =/' "$DIR/jvm/model/dcf/v1/envelope.proto"
  { protoc -I "$DIR/jvm/model" --java_out="$DIR/jvm/proto" "$DIR"/jvm/model/dcf/v1/*.proto &&
    mvn -B -f "$HERE/peers/jvm/pom.xml" package -Dpeer.build="$DIR/jvm"; } >"$DIR/jvm.log" 2>&1 ||
    { say "the JVM peer could not be built: without it"; return 1; }
}

java_run() { echo "java -XX:+UseSerialGC -Xmx512m -cp $DIR/jvm/classes:$DIR/jvm/lib/*"; }

own_kafka() { # unless there is one
  [ -z "${DCF_KAFKA:-}" ] || return 0
  export DCF_KAFKA_DIR=$DIR/kafka
  trap '"$ROOT/tests/kafka/kafka.sh" stop' EXIT
  DCF_KAFKA=$("$ROOT/tests/kafka/kafka.sh" start --port "${DCF_BENCH_PORT:-19092}" | sed -n 's/^bootstrap=//p')
  export DCF_KAFKA
}

run_exchange() { "$BUILD/tests/bench_pipeline" --dir "$DIR/pipeline" "$@"; }
run_carriers() {
  local peers=()
  [ "${1:-}" != --help ] || { "$BUILD/tests/bench_carriers" --help; return; }
  if build_rust; then peers+=(--carrier "rust=$DIR/rust/release/carrier"); fi
  if build_jvm; then peers+=(--carrier "streams=$(java_run) -Dstate.dir=$DIR/pipeline/streams peer.Carrier"); fi
  "$BUILD/tests/bench_carriers" --dir "$DIR/pipeline" --carrier "dcf=$BUILD/tests/bench_carrier" "${peers[@]}" "$@"
}

run_road() { "$BUILD/tests/bench_road" --dcfd "$BUILD/bin/dcfd" --dir "$DIR/pipeline" "$@"; }

PARTS=(exchange carriers road)
pipeline_usage() {
  cat <<EOF
usage: bench pipeline [--rounds N]         all parts, one after the other; the last line has the ratios of all
       bench pipeline PART [options]       one: ${PARTS[*]}; bench pipeline PART --help has its options
example: bench pipeline carriers --rounds 1 --kills 20
EOF
}

run_pipeline() {
  local part parts=("${PARTS[@]}") more ratios=
  mkdir -p "$DIR/pipeline"
  case " ${1:-} " in
  "  " | " --rounds ") ;;
  " -h " | " --help ") pipeline_usage; return ;;
  *) [[ " ${PARTS[*]} " = *" $1 "* ]] || { pipeline_usage >&2; return 2; }
    parts=("$1"); shift ;;
  esac
  [ "${1:-}" = --help ] || own_kafka
  for part in "${parts[@]}"; do
    say "$part"
    more=()
    [ "$part" != exchange ] || [ ${#parts[@]} -eq 1 ] || more=(--latency --kept 10000000)
    "run_$part" "$@" "${more[@]}" | tee "$DIR/pipeline/$part.txt"
    ratios+=" $(tail -n 1 "$DIR/pipeline/$part.txt")"
  done
  [ ${#parts[@]} -eq 1 ] || echo "bench pipeline:$ratios"
}

what=${1:-translate}
shift || true
export DCF_HOME=$ROOT
mkdir -p "$DIR"
case $what in
translate) ;;
pipeline) run_pipeline "$@"; exit ;;
scheduler) exec "$BUILD/tests/bench_scheduler" ;;
*) say "usage: bench [translate|pipeline|scheduler] [options; --help]"; exit 2 ;;
esac
peers=()
if build_rust; then peers+=(--peer "rust=$DIR/rust/release/peer"); fi
if build_jvm; then peers+=(--peer "jvm=$(java_run) peer.Main"); fi
"$BUILD/tests/bench_translate" --dir "$DIR" "${peers[@]}" "$@"

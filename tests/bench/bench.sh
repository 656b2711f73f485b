#!/usr/bin/env bash
# bench.sh - builds the peers there are tools for, and runs the benchmark beside them: `./run bench translate`.
# Work goes to $DCF_BENCH_DIR (.dcf/bench); peers are left out, and said so, when they cannot be built.
set -euo pipefail
HERE=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
DIR=${DCF_BENCH_DIR:-$ROOT/.dcf/bench}
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

[ "${1:-translate}" = translate ] || { say "usage: bench.sh [translate] [options of bench_translate]"; exit 2; }
shift || true
mkdir -p "$DIR"
peers=()
if build_rust; then peers+=(--peer "rust=$DIR/rust/release/peer"); fi
if build_jvm; then peers+=(--peer "jvm=java -XX:+UseSerialGC -Xmx512m -cp $DIR/jvm/classes:$DIR/jvm/lib/* peer.Main"); fi
export DCF_HOME=$ROOT
"$ROOT/build/tests/bench_translate" --dir "$DIR" "${peers[@]}" "$@"

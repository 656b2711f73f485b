# lib.sh - for scenarios and the demo: starts whole programs in a folder of their own, waits with bounds, ends what it started.
# Sourced by bash scripts. Needs DCF_BIN (folder of the programs); DCF_KAFKA names a running Kafka, or EMBEDDED=yes.
set -euo pipefail
HOME_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BIN=${DCF_BIN:-$HOME_DIR/build/bin}
EMBEDDED=${EMBEDDED:-no}

fail() { printf 'FAIL: %s\n' "$*" >&2; exit 1; }

# --- what is seen -------------------------------------------------------------------
passed=0
check() { # WHAT COMMAND...: counts in $passed, or ends the scenario
  local what=$1
  shift
  if "$@" >"$W/check.log" 2>&1; then passed=$((passed + 1)); echo "ok   $what"; else
    tail -n 20 "$W/check.log" "$W"/dcfd*.log >&2 || true
    fail "$what"
  fi
}
not() { ! "$@"; }

last_port=$((20000 + RANDOM % 9000))
free_port() { # NAME...: in each a port nobody listens on, from 20000 on, and none of them twice
  local name
  for name in "$@"; do
    last_port=$((last_port + 1))
    while (exec 3<>"/dev/tcp/127.0.0.1/$last_port") 2>/dev/null; do last_port=$((last_port + 1)); done
    printf -v "$name" '%s' "$last_port"
  done
}

# --- programs ---------------------------------------------------------------------
start() { # NAME COMMAND...
  local name=$1
  shift
  "$@" >>"$W/$name.log" 2>&1 &
  echo $! >"$W/$name.pid"
}
pid_of() { cat "$W/$1.pid" 2>/dev/null || true; }
running() { local p; p=$(pid_of "$1"); [ -n "$p" ] && kill -0 "$p" 2>/dev/null; }
stop() { # NAME [SIGNAL]: ends it and waits; its exit code in STOPPED
  local p; p=$(pid_of "$1")
  STOPPED=0
  [ -n "$p" ] || return 0
  kill "-${2:-TERM}" "$p" 2>/dev/null || true
  wait "$p" 2>/dev/null || STOPPED=$?
  rm -f "$W/$1.pid"
}
stop_all() {
  local f
  for f in "$W"/*.pid; do
    [ -e "$f" ] || continue
    kill -TERM "$(cat "$f")" 2>/dev/null || true
  done
  for f in "$W"/*.pid; do
    [ -e "$f" ] || continue
    for _ in $(seq 100); do kill -0 "$(cat "$f")" 2>/dev/null || break; sleep 0.1; done
    kill -KILL "$(cat "$f")" 2>/dev/null || true
    rm -f "$f"
  done
}

AT_MOST=300 # seconds; nothing is said of how fast a machine is
await() { # WHAT COMMAND...: tries until it succeeds
  local until=$((SECONDS + AT_MOST)) what=$1
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $until ] || { tail -n 15 "$W"/*.log >&2 || true; fail "waited too long for $what"; }
    sleep 0.2
  done
}

# Each appears whole in the spool, by one rename a file: mv of several looks at each again, which is taken by then.
hand_over() { # FOLDER: what lies in $W/ready
  local file
  for file in "$W"/ready/*.xml; do mv "$file" "$1/"; done
}

# --- a site: dcfd between two forces and a mock CPS ----------------------------------
site_begin() { # NAME: a fresh folder W, ports, configuration
  W=$HOME_DIR/.dcf/scenario/$1
  rm -rf "$W"
  mkdir -p "$W"
  trap stop_all EXIT
  free_port OPS GATEWAY CPS
  PREFIX=${PREFIX:-$1-$$-$RANDOM}
  [ "$EMBEDDED" = yes ] || [ -n "${DCF_KAFKA:-}" ] || fail "DCF_KAFKA names no Kafka: start one with ./run kafka start"
  export DCF_URL=http://127.0.0.1:$OPS
  sed -e "s|127.0.0.1:9092|${DCF_KAFKA:-127.0.0.1:9092}|" -e "s|^  prefix: dcf .*|  prefix: $PREFIX|" \
    -e "s|127.0.0.1:8070|127.0.0.1:$OPS|" -e "s|127.0.0.1:8071|127.0.0.1:$GATEWAY|" \
    -e "s|127.0.0.1:8080|127.0.0.1:$CPS|" -e "s|\.dcf/dcfd|$W/data|" -e "s|\.dcf/spool|$W/spool|g" \
    -e "s|adapters/dialect|$HOME_DIR/adapters/dialect|" -e "s|: config/\([a-z]\)|: $HOME_DIR/config/\1|" \
    -e "s|settle: 500ms|settle: 100ms|" -e "s|poll: 250ms|poll: 50ms|" -e "s|retry_cap: 5m|retry_cap: 2s|" \
    "$HOME_DIR/config/dcfd.yaml" >"$W/dcfd.yaml"
  mkdir -p "$W/spool"
}
start_cps() { # [options of dcf-mockcps]
  start mockcps "$BIN/dcf-mockcps" --listen "127.0.0.1:$CPS" \
    --broker-url "http://127.0.0.1:$GATEWAY/v1/links/cps-cms/messages" --journal "$W/cps.journal" "$@"
  await "the mock CPS" curl -fs "http://127.0.0.1:$CPS/v1/healthz"
}
start_dcfd() {
  local embedded=()
  [ "$EMBEDDED" = yes ] && embedded=(--embedded)
  start dcfd "$BIN/dcfd" --config "$W/dcfd.yaml" "${embedded[@]}"
}
healthy() { curl -fs "http://127.0.0.1:$OPS/healthz"; }
exchange_runs() { curl -fs "http://127.0.0.1:$OPS/v1/status" | jq -e '.roles[] | select(.role == "exchange") | .state == "running"'; }
await_dcfd() {
  await "dcfd to be healthy" healthy
  await "the exchange to have its partitions" exchange_runs
}

cps_counter() { curl -fs "http://127.0.0.1:$CPS/admin/counters" | jq -r ".$1"; }
drop_file() { # FILE NAME: into Surrey's spool, the safe way
  mkdir -p "$W/spool/surrey/in"
  cp "$1" "$W/spool/surrey/in/.$2.tmp"
  mv "$W/spool/surrey/in/.$2.tmp" "$W/spool/surrey/in/$2"
}
post_pole() { # FILE: answers in REPLY and CODE
  CODE=$(curl -s -o "$W/reply.json" -w '%{http_code}' -H 'Content-Type: application/vnd.api+json' \
    --data-binary "@$1" "http://127.0.0.1:$GATEWAY/v1/links/essex-pole/messages") || CODE=000
  REPLY=$(cat "$W/reply.json")
}
files_in() { find "$1" -maxdepth 1 -type f ! -name '.*' 2>/dev/null | wc -l; }

# --- certificates: one authority for all of them, and a stranger that nobody knows --------
new_key() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1/$2.key" -subj "/CN=$2" "${@:3}" 2>/dev/null; }
new_cert() { # FOLDER NAME
  new_key "$1" "$2" -out "$1/$2.csr"
  openssl x509 -req -in "$1/$2.csr" -CA "$1/ca.pem" -CAkey "$1/ca.key" -CAcreateserial -days 2 \
    -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1') -out "$1/$2.pem" 2>/dev/null
}
make_certs() { # FOLDER NAME...
  local name
  mkdir -p "$1"
  new_key "$1" ca -x509 -days 2 -out "$1/ca.pem"
  new_key "$1" stranger -x509 -days 2 -out "$1/stranger.pem"
  for name in "${@:2}"; do new_cert "$1" "$name"; done
}

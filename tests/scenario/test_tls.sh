#!/usr/bin/env bash
# test_tls.sh - everything over TLS: documents come in over HTTPS with a token, go out to a receiver that wants a client
# certificate, answers come back, operations look in; and whoever has not the right certificate or token does not.
EMBEDDED=yes
. "$(dirname "$0")/lib.sh"
site_begin tls
refused() { # WHAT COMMAND...: must fail
  local what=$1
  shift
  if "$@" >"$W/check.log" 2>&1; then fail "$what"; else passed=$((passed + 1)); echo "ok   $what"; fi
}

C=$W/certs
make_certs "$C" dcfd cps
printf 'essex-token\n' >"$C/essex.token"
printf 'cps-token\n' >"$C/cps.token"
printf 'ops-token\n' >"$C/ops.token"

# --- the site ----------------------------------------------------------------------------------
served="cert_file: $C/dcfd.pem, key_file: $C/dcfd.key"
awk -v ops="ops: {listen: \"127.0.0.1:$OPS\", $served, token_file: $C/ops.token}" \
  -v gateway="gateway: {listen: \"127.0.0.1:$GATEWAY\", $served}" '
  /^ops:/ { print ops; skip = 1; next } /^gateway:/ { print gateway; skip = 1; next }
  /^[^ #]/ { skip = 0 } !skip' "$W/dcfd.yaml" |
  awk -v essex="$C/essex.token" -v cps="$C/cps.token" -v certs="$C" '
  /- name: essex-pole/ { token = essex } /- name: cps-cms/ { token = cps }
  /in: {transport: http}/ { sub(/in: {transport: http}/, "in: {transport: http, token_file: " token "}") }
  { sub(/url: "http:/, "ca_file: " certs "/ca.pem, cert_file: " certs "/dcfd.pem, key_file: " certs "/dcfd.key, url: \"https:") }
  1' >"$W/tls.yaml"
mv "$W/tls.yaml" "$W/dcfd.yaml"

start_secure_cps() { # CERTIFICATE
  start mockcps "$BIN/dcf-mockcps" --listen "127.0.0.1:$CPS" --journal "$W/cps.journal" \
    --tls-cert "$C/$1.pem" --tls-key "$C/$1.key" --tls-ca "$C/ca.pem" --tls-require-client \
    --broker-url "https://127.0.0.1:$GATEWAY/v1/links/cps-cms/messages" --broker-token cps-token
}
ours() { curl -fsS --cacert "$C/ca.pem" --cert "$C/dcfd.pem" --key "$C/dcfd.key" "$@"; }
look() { ours -H 'Authorization: Bearer ops-token' "https://127.0.0.1:$OPS$1"; }
post() { # TOKEN FILE: the status code
  curl -s --cacert "$C/ca.pem" -o "$W/reply.json" -w '%{http_code}' -H 'Content-Type: application/vnd.api+json' \
    -H "Authorization: Bearer $1" --data-binary "@$2" "https://127.0.0.1:$GATEWAY/v1/links/essex-pole/messages"
}
runs() { look /v1/status | jq -e '.roles | length > 3 and all(.ok) and any(.state == "running")'; }

start_secure_cps cps
start_dcfd
await "the daemon to run" runs
check "dcfd --check reads every certificate" "$BIN/dcfd" --check --offline --config "$W/dcfd.yaml"

# --- there and back -------------------------------------------------------------------------------
pole=$HOME_DIR/adapters/dialect/pole/samples/investigation-pre-charge.json
check "a document over HTTPS with its token is taken" test "$(post essex-token "$pole")" = 202
status=$(jq -r .status "$W/reply.json")
delivered() { ours -H 'Authorization: Bearer essex-token' "https://127.0.0.1:$GATEWAY$status" | jq -e '.status == "delivered"'; }
await "its delivery to a receiver that wants our certificate" delivered
passed=$((passed + 1))
answered() { [ -n "$(find "$W/spool/essex/out" -name '*-triage_outcome-*' -print -quit)" ]; }
await "the CPS's answer over HTTPS" answered
passed=$((passed + 1))

# --- who is not let in -----------------------------------------------------------------------------
check "another token is 401" test "$(post wrong-token "$pole")" = 401
refused "plain HTTP is not spoken at the gateway" curl -fs "http://127.0.0.1:$GATEWAY/v1/messages/x"
refused "plain HTTP is not spoken at operations" curl -fs "http://127.0.0.1:$OPS/healthz"
refused "a client that knows another authority does not trust us" curl -fs --cacert "$C/stranger.pem" "https://127.0.0.1:$OPS/healthz"
refused "TLS 1.1 is not spoken" curl -fs --tls-max 1.1 --cacert "$C/ca.pem" "https://127.0.0.1:$OPS/healthz"
check "health needs no token" ours "https://127.0.0.1:$OPS/healthz"
refused "operations need one" ours "https://127.0.0.1:$OPS/v1/status"
check "and with it they are let in" look /v1/queues

# --- a receiver that is not who it should be gets nothing, and loses nothing ---------------------------
stop mockcps TERM
start_secure_cps stranger
sed 's/42CH0030126/42CH0030226/; s/e55e0001/e55e9999/' "$pole" >"$W/second.json"
post essex-token "$W/second.json" >/dev/null
status=$(jq -r .status "$W/reply.json")
distrusted() { grep -q 'DELIVERY_RETRY.*TLS with receiver failed' "$W/dcfd.log"; }
await "the stranger to be distrusted" distrusted
passed=$((passed + 1))
stop mockcps TERM
start_secure_cps cps
await "its delivery once the receiver is itself again" delivered
passed=$((passed + 1))
# --- new certificates, without a restart ------------------------------------------------------------------
serial() { openssl s_client -connect "127.0.0.1:$1" -CAfile "$C/ca.pem" </dev/null 2>/dev/null | openssl x509 -noout -serial; }
before=$(serial "$OPS")
new_cert "$C" dcfd
kill -HUP "$(pid_of dcfd)"
renewed() { [ "$(serial "$OPS")" != "$before" ] && [ "$(serial "$GATEWAY")" = "$(serial "$OPS")" ]; }
await "the new certificate at both doors" renewed
passed=$((passed + 1))
await "the daemon to run on" runs
check "no token is in the log" bash -c "! grep -qE 'essex-token|cps-token|ops-token' '$W/dcfd.log'"
stop dcfd TERM
check "SIGTERM drains and ends with 0" test "$STOPPED" = 0
printf '%s passed, 0 failed\n' "$passed"

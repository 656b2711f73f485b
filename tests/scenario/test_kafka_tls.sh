#!/usr/bin/env bash
# test_kafka_tls.sh - dcfd and a Kafka that wants TLS: with a password, and with a client certificate. A
# case file travels by either; what is wrong with authority, password or certificate is said by dcfd --check.
# On a broker of its own.
. "$(dirname "$0")/lib.sh"
broker() { "$HOME_DIR/tests/kafka/kafka.sh" "$@"; }
DCF_KAFKA_LIBS=${DCF_KAFKA_LIBS:-$HOME_DIR/.dcf/kafka/libs}
export DCF_KAFKA_LIBS DCF_KAFKA_DIR=$HOME_DIR/.dcf/scenario/kafka-tls-kafka
broker stop >/dev/null 2>&1 || true
rm -rf "$DCF_KAFKA_DIR"
free_port plain tls sasl
export DCF_KAFKA=127.0.0.1:$plain
site_begin kafka-tls
end_all() {
  stop_all
  broker stop >/dev/null 2>&1 || true
}
trap end_all EXIT
ok() { passed=$((passed + 1)); echo "ok   $1"; }

C=$W/certs
make_certs "$C" broker dcfd
cat "$C/broker.key" "$C/broker.pem" "$C/ca.pem" >"$C/broker-store.pem"
cat >"$W/broker.properties" <<EOF
listeners=PLAINTEXT://127.0.0.1:$plain,CONTROLLER://127.0.0.1:$((plain + 100)),SSL://127.0.0.1:$tls,SASL_SSL://127.0.0.1:$sasl
advertised.listeners=PLAINTEXT://127.0.0.1:$plain,SSL://127.0.0.1:$tls,SASL_SSL://127.0.0.1:$sasl
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location=$C/broker-store.pem
ssl.truststore.type=PEM
ssl.truststore.location=$C/ca.pem
listener.name.ssl.ssl.client.auth=required
listener.name.sasl_ssl.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_dcfd="wren-77";
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
EOF
DCF_KAFKA_PROPERTIES=$W/broker.properties broker start --port "$plain" >/dev/null

with() { # PORT AUTHORITY [PROPERTY ...]: the configuration, with these properties of Kafka's client
  local list="ssl.ca.location: $2" p
  for p in "${@:3}"; do list+=", $p"; done
  sed -e "s|bootstrap: .*|bootstrap: 127.0.0.1:$1|" -e "s|^  # properties:.*|  properties: {$list}|" "$W/dcfd.yaml"
}
by_password=("security.protocol: SASL_SSL" "sasl.mechanism: PLAIN" "sasl.username: dcfd")
by_certificate=("security.protocol: SSL" "ssl.certificate.location: $C/dcfd.pem" "ssl.key.location: $C/dcfd.key")
says() { # EXIT PATTERN: it asks Kafka, which may be slow to answer
  local code=0
  "$BIN/dcfd" --check --config "$W/try.yaml" >"$W/check.log" 2>/dev/null || code=$?
  [ "$code" = "$1" ] && grep -qE "$2" "$W/check.log"
}
said() { # WHAT EXIT PATTERN: of dcfd --check with $W/try.yaml
  await "$1: exit $2 and $3" says "$2" "$3"
  ok "$1: $(grep -m 1 -E "$3" "$W/check.log" | cut -c1-150)"
}
start_cps
with "$sasl" "$C/ca.pem" "${by_password[@]}" "sasl.password: wren-77" >"$W/password.yaml"
with "$tls" "$C/ca.pem" "${by_certificate[@]}" >"$W/certificate.yaml"

cp "$W/password.yaml" "$W/try.yaml"
said "a password" 0 '^ok   Kafka 127.0.0.1:[0-9]+: 1 brokers'
cp "$W/certificate.yaml" "$W/try.yaml"
said "a certificate" 0 '^ok   Kafka 127.0.0.1:[0-9]+: 1 brokers'
with "$sasl" "$C/ca.pem" "${by_password[@]}" "sasl.password: wrong-1" >"$W/try.yaml"
said "another password" 3 '^BAD  Kafka .*[Aa]uthentication failed'
with "$sasl" "$C/ca.pem" "security.protocol: SASL_SSL" "sasl.mechanism: SCRAM-SHA-512" "sasl.username: wren" "sasl.password: wren-77" >"$W/try.yaml"
said "a user that SCRAM does not know" 3 '^BAD  Kafka .*(use PLAIN|[Aa]uthentication failed)'
with "$sasl" "$C/stranger.pem" "${by_password[@]}" "sasl.password: wren-77" >"$W/try.yaml"
said "another authority" 3 '^BAD  Kafka .*certificate verify failed'
with "$tls" "$C/ca.pem" "security.protocol: SSL" >"$W/try.yaml"
said "no certificate" 3 '^BAD  Kafka .*certificate required|^BAD  Kafka .*bad certificate'
with "$tls" "$C/none.pem" "${by_certificate[@]}" >"$W/try.yaml"
said "an authority that is not there" 3 '^BAD  Kafka .*ssl.ca.location'
with "$tls" "$C/ca.pem" >"$W/try.yaml"
said "no TLS where it is wanted" 3 '^BAD  Kafka .*security.protocol'

travels() { [ "$(cps_counter 'byType.caseSubmission // 0')" = "$1" ] && [ "$(find "$W/spool/surrey/out" -name '*-triage_outcome-*' | wc -l)" = "$1" ]; }
n=0
for way in password certificate; do
  n=$((n + 1))
  cp "$W/$way.yaml" "$W/dcfd.yaml"
  start_dcfd
  await_dcfd
  sed -e "s/@URN@/$(printf '45AA%05d26' "$n")/" -e "s/@ID@/tls-$n/g" "$HOME_DIR/tests/scenario/case.xml.in" >"$W/$n.xml"
  drop_file "$W/$n.xml" "$n.xml"
  await "a case file and its answer by $way" travels "$n"
  stop dcfd TERM
  [ "$STOPPED" = 0 ] || fail "dcfd did not drain: exit $STOPPED"
  ok "a case file and its answer by $way"
done
if grep -q wren-77 "$W/dcfd.log"; then fail "the password is in the log"; fi
ok "the password is not in the log"
echo "$passed passed, 0 failed"

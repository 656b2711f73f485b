# cases.sh - for scenarios that send messages of cases to a running site: each under a URN and an id of its own, and what the
# exchange said of it. Sourced after lib.sh and site_begin.
CTL=$BIN/dcfctl
POLE=$HOME_DIR/adapters/dialect/pole/samples CMS=$HOME_DIR/adapters/dialect/cms/samples
number=100 sent=0

post() { # LINK SAMPLE EDIT: in POLE by a link of a force, else in CMS; under the URN and an id of its own, which is in ID
  sent=$((sent + 1))
  ID=$1:walk-$sent
  local media=application/json
  case $1 in
  *-pole*) media=application/vnd.api+json && jq --arg urn "$URN" --arg id "walk-$sent" ".meta.messageId = \$id | .data.attributes.urn = \$urn | $3" "$POLE/$2.json" ;;
  *) jq --arg urn "$URN" --arg id "walk-$sent" ".header.messageId = \$id | .urn = \$urn | $3" "$CMS/$2.json" ;;
  esac >"$W/sent.json"
  CODE=$(curl -s --retry 8 --retry-all-errors -o "$W/reply.json" -w '%{http_code}' -H "Content-Type: $media" \
    --data-binary "@$W/sent.json" "http://127.0.0.1:$GATEWAY/v1/links/$1/messages") || CODE=000
  case $CODE in
  202) ;;
  422) ID=$(jq -r .messageId "$W/reply.json") ;; # read and found wanting: told at once, and kept
  *) fail "$1 $2: the gateway answered $CODE: $(cat "$W/reply.json")" ;;
  esac
}
begin() { # [FORCE]: the next case, without a message
  number=$((number + 1))
  URN=$(printf '%sCH%05d26' "${1:-42}" $number)
}
police() { post essex-pole "$1" "${2:-.}"; }
cps() { post cps-cms "$1" "${2:-.}"; }
filed() { begin && police investigation-pre-charge "${1:-.}"; }

included() { printf '(.included[] | select(.type == "%s") | .attributes)' "$1"; }
without() { printf '.included |= map(select(.attributes.documentType != "%s"))' "$1"; }
gatekeeper=$(included gatekeeperApproval) supervisor=$(included supervisorApproval) document=$(included document)

said() { # ID URN: the hop that decided, and the codes it told
  "$CTL" case show "$2" --output json | jq -r --arg id "$1" '[.timeline[] | select(.message_id == $id)
    | select(.hop == "applied" or .hop == "held" or .hop == "refused")][0]
    | if . then "\(.hop) \([.reason] + [.faults[]?.code] | map(select(. != "")) | unique | join(" "))" else "" end'
}
decided() { [ -n "$(said "$1" "$2")" ]; }

#!/usr/bin/env bash
# test_docs.sh - every command in README.md runs: against a site on the in-process cluster, with this build's programs.
EMBEDDED=yes PREFIX=dcf
. "$(dirname "$0")/lib.sh"
cd "$HOME_DIR"
site_begin docs
start_cps
start_dcfd
await_dcfd
kafka=$(grep -o 'event=READY.*' "$W/dcfd.log" | grep -o 'kafka="[^"]*"' | cut -d'"' -f2)
sed -i "s|bootstrap: .*|bootstrap: $kafka|" "$W/dcfd.yaml" # so that --check reaches the one inside
sed -e "s/@URN@/45AA1234526/" -e "s/@ID@/docs-1/g" tests/scenario/case.xml.in >"$W/case.xml"
drop_file "$W/case.xml" case.xml
answered() { [ -n "$(find "$W/spool/surrey/out" -name '*-action_plan-*' -print -quit)" ]; }
await "the last answer of the CPS" answered
told() { "$BIN/dcfctl" case show 45AA1234526 --output json | jq -e 'any(.timeline[]; .hop == "delivered" and .type == "action_plan")'; }
await "the timeline to tell of it" told

passed=0
while IFS= read -r line; do
  command=${line%%#*}
  command=${command#    }
  case $command in
  './run '*) continue ;; # the two commands, and a developer's: they are what runs this test
  esac
  free_port server
  run=$(sed -e "s|build/bin/|$BIN/|g" -e "s|config/dcfd.yaml|$W/dcfd.yaml|" -e "s|127.0.0.1:9092|$kafka|" \
    -e "s|127.0.0.1:8080|127.0.0.1:$server|" <<<"$command")
  case $run in
  *dcf-mockcps*) # a server: alive after a while, until told to end
    code=0
    timeout 3 bash -c "$run" >"$W/doc.log" 2>&1 || code=$?
    [ $code = 124 ] || { cat "$W/doc.log"; fail "README: $command (exit $code)"; }
    ;;
  *) timeout $AT_MOST bash -c "$run" >"$W/doc.log" 2>&1 || { cat "$W/doc.log"; fail "README: $command"; } ;;
  esac
  echo "ok   $command"
  passed=$((passed + 1))
done < <(awk '/^```/ { fence = !fence } !fence && /^    [^ ]/' README.md)
[ $passed -ge 6 ] || fail "README has only $passed commands: has its form changed?"
printf '%s passed, 0 failed\n' $passed

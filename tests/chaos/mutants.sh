#!/usr/bin/env bash
# mutants.sh - shows that the campaign can fail: breaks each guarantee by a patch of mutants/, in a copy of the tree, and
# runs the campaign on it. Caught: messages were counted lost, doubled, out of order or held. The unbroken copy must pass.
#   mutants.sh [--messages N] [--seed S] [NAME...]
# A mutant that one seed's schedule does not meet has two more seeds to be caught by.
# Last line: mutants: caught=… missed=…   Exit 1 when one was missed, no longer applies or cannot be built.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
copy=$root/.dcf/mutants messages=6000 seed=1 names=()
while [ $# -gt 0 ]; do
  case $1 in
  --messages) messages=${2:?}; shift 2 ;;
  --seed) seed=${2:?}; shift 2 ;;
  -*) sed -n '2,6s/^# \{0,1\}//p' "$0"; [ "$1" = --help ] && exit 0; exit 2 ;;
  *) names+=("$1"); shift ;;
  esac
done
[ ${#names[@]} -gt 0 ] || for p in "$here"/mutants/*.patch; do names+=("$(basename "$p" .patch)"); done

build() { cmake --preset release -S "$copy" -B "$copy/build" >"$copy.log" 2>&1 && cmake --build "$copy/build" --target dcfd chaos_ends chaos_net >>"$copy.log" 2>&1; }
campaign() { # NAME FAULTS SEED: the last line in VERDICT
  local log=$copy-$1.log
  export DCF_BIN=$copy/build/bin DCF_CHAOS_DIR=$root/.dcf/chaos-mutants DCF_KAFKA_LIBS=$root/.dcf/kafka/libs
  "$here/chaos.sh" --messages "$messages" --seed "$3" --minutes 1 --patience 90 --faults "$2" >"$log" 2>&1 || true
  VERDICT=$(grep '^chaos: sent=' "$log" || echo "chaos: no verdict, see $log")
}
clean() { [[ $VERDICT =~ lost=0\ twice=0\ disorder=0\ held=0\  ]]; }
hunt() { # NAME: what a mutant breaks shows only when a fault meets it: three schedules at most
  local try
  for try in 0 1 2; do
    campaign "$1" "$(sed -n 's/^faults: //p' "$here/mutants/$1.patch")" $((seed + try))
    ! wrong || return 0
  done
}
wrong() { [[ $VERDICT =~ (lost|twice|disorder|held)=[1-9] ]]; }

mkdir -p "$copy"
(cd "$root" && git ls-files -z -co --exclude-standard | tar --null -T - -cf -) | tar -C "$copy" -xmf - # new to the build: objects of a mutant may be there
cd "$copy"
build || { tail -n 20 "$copy.log" >&2; exit 1; }
campaign unbroken daemon-kill,storm "$seed"
printf '%-28s %s\n' unbroken "${VERDICT#chaos: }"
clean || { echo "mutants: the campaign fails without a mutant" >&2; exit 1; }
caught=0 missed=0
for name in "${names[@]}"; do
  patch=$here/mutants/$name.patch said=missed
  if ! patch -p1 -s -f --dry-run <"$patch" >/dev/null; then
    VERDICT="the patch no longer applies"
  else
    patch -p1 -s -f <"$patch"
    if build; then hunt "$name"; else VERDICT="cannot be built, see $copy.log"; fi
    patch -p1 -s -f -R <"$patch"
    ! wrong || said=caught
  fi
  [ $said = caught ] && caught=$((caught + 1)) || missed=$((missed + 1))
  printf '%-28s %s: %s\n' "$name" "$said" "${VERDICT#chaos: }"
done
echo "mutants: caught=$caught missed=$missed"
[ $missed = 0 ]

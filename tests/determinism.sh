#!/usr/bin/env bash
# Same scenario, same fate, same bytes: runs scenarios with several builds of kafault, with one job
# and with two, and compares the CSV of every run with that of the first.
#
#   tests/determinism.sh [--only NAME,NAME...] BINARY...
#
# NAME is a scenario's file name without folder and extension; default: all that are shipped.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

only=""
if [[ ${1-} == --only ]]; then
  only=",$2,"
  shift 2
fi
if (($# == 0)); then
  sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
  exit 64
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# 0, 1 and 2 are verdicts; anything else means that there is no table to compare.
verb=run
table() {
  local status=0
  "$1" "$verb" --format csv --jobs "$2" "$3" >"$4" 2>"$work/words" </dev/null || status=$?
  if ((status > 2)); then
    echo "FAILED  $1 $verb --jobs $2 $3: exit $status" >&2
    cat "$work/words" >&2
    return 1
  fi
  echo "exit $status" >>"$4"
}

compared=0
different=0
compare() {  # SCENARIO BINARY...
  local scenario=$1 binary jobs
  shift
  if ! table "$1" 1 "$scenario" "$work/first"; then
    different=$((different + 1))
    return
  fi
  for binary in "$@"; do
    for jobs in 1 2; do
      [[ $binary == "$1" && $jobs == 1 ]] && continue
      compared=$((compared + 1))
      if ! table "$binary" "$jobs" "$scenario" "$work/other"; then
        different=$((different + 1))
      elif ! cmp -s "$work/first" "$work/other"; then
        different=$((different + 1))
        echo "DIFFERS $scenario: $1 --jobs 1 against $binary --jobs $jobs" >&2
        diff "$work/first" "$work/other" | head -n 6 >&2 || true
      fi
    done
  done
}

while IFS= read -r scenario; do
  name=$(basename "$scenario")
  name=${name%.json*}
  [[ -z $only || $only == *",$name,"* ]] || continue
  compare "$scenario" "$@"
done < <(find "$root/scenarios" \( -name '*.json' -o -name '*.jsonc' \) \
  ! -name '*.schema.json' ! -name '*.expected.json' | LC_ALL=C sort)

# An exploration says as many misfortunes everywhere; a small one where only a few are compared.
verb=explore
explored=semantics
[[ -z $only ]] || explored=exploration/orders
compare "$root/scenarios/$explored.json" "$@"

echo "determinism: $compared tables compared, $different different"
((compared > 0 && different == 0))

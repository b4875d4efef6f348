#!/usr/bin/env bash
# Counts the instructions of fixed runs with callgrind and holds them against a recorded baseline:
# counts do not move with the neighbours' load, so 2 % is enough to tell.
#
#   tests/bench/instructions.sh BINARY            compare, exit 1 if a run has become dearer
#   tests/bench/instructions.sh BINARY --record   measure and rewrite the baseline
#
# instructions.baseline has a line per run: <name> <instructions> <arguments of kafault...>
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
baseline=$here/instructions.baseline
tolerance=2

if (($# < 1 || $# > 2)) || [[ $# == 2 && $2 != --record ]]; then
  sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
  exit 64
fi
binary=$(realpath "$1")
record=${2-}
if [[ ! -f $baseline ]]; then
  echo "no baseline: $baseline" >&2
  exit 66
fi
cd "$here/../.."

words=$(mktemp)
fresh=$(mktemp)
trap 'rm -f "$words" "$fresh"' EXIT

count() {
  local status=0
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" "$@" \
    >/dev/null 2>"$words" </dev/null || status=$?
  if ((status > 2)); then
    cat "$words" >&2
    return 1
  fi
  sed -n 's/^==[0-9]*== Collected : \([0-9]*\).*/\1/p' "$words"
}

failed=0
while read -r name expected arguments; do
  if [[ -z $name || $name == \#* ]]; then
    echo "$name${expected:+ $expected}${arguments:+ $arguments}" >>"$fresh"
    continue
  fi
  read -ra words_of_run <<<"$arguments"
  measured=$(count "${words_of_run[@]}")
  [[ -n $measured ]] || { echo "$name: callgrind counted nothing" >&2; exit 1; }
  echo "$name $measured $arguments" >>"$fresh"
  change=$(awk -v m="$measured" -v e="$expected" \
    'BEGIN { if (e > 0) printf "%+.2f", 100 * (m - e) / e; else printf "new" }')
  echo "$name: $measured instructions, baseline $expected ($change %)"
  [[ -n $record ]] && continue
  if ((measured * 100 > expected * (100 + tolerance))); then
    echo "$name has become more than $tolerance % dearer" >&2
    failed=1
  elif ((measured * 100 < expected * (100 - tolerance))); then
    echo "$name has become cheaper; record it with: tests/bench/instructions.sh $1 --record"
  fi
done <"$baseline"

[[ -z $record ]] || cp "$fresh" "$baseline"
exit "$failed"

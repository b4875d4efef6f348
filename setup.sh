#!/usr/bin/env bash
# Sets up kafault on Debian 12: installs what is missing, builds, and leaves ./kafault ready.
#
#   ./setup.sh          set up
#   ./setup.sh --demo   set up, then print the semantics table
#   ./setup.sh --test   set up with what the tests need, then run all tests
set -euo pipefail
cd "$(dirname "$0")"

usage() { sed -n '2,6s/^# \{0,1\}//p' "$0"; }

mode=plain
case "${1-}" in
  "") ;;
  --demo) mode=demo ;;
  --test) mode=test ;;
  -h | --help) usage; exit 0 ;;
  *) usage >&2; exit 64 ;;
esac
if (($# > 1)); then usage >&2; exit 64; fi

packages=(cmake ninja-build libboost-dev libboost-program-options-dev nlohmann-json3-dev
  python3 python3-pandas python3-matplotlib)
command -v "${CXX:-c++}" >/dev/null || packages+=(g++)
if [[ $mode == test ]]; then
  packages+=(libgtest-dev libgmock-dev python3-pytest python3-jsonschema)
fi

is_installed() {
  [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

missing=()
if command -v dpkg-query >/dev/null; then
  for package in "${packages[@]}"; do
    is_installed "$package" || missing+=("$package")
  done
else
  echo "Not a Debian: please see to it yourself that these are here: ${packages[*]}" >&2
fi

if ((${#missing[@]} > 0)); then
  as_root=()
  if ((EUID != 0)); then
    if command -v sudo >/dev/null && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; then
      as_root=(sudo)
    else
      {
        echo "These packages are missing, and only root can install them:"
        printf '  %s\n' "${missing[@]}"
        echo "Ask root to run: apt-get install ${missing[*]}"
      } >&2
      exit 1
    fi
  fi
  echo "Installing ${missing[*]}"
  install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends)
  "${as_root[@]}" apt-get update -q </dev/null
  "${as_root[@]}" "${install[@]}" "${missing[@]}" </dev/null
fi

# The tests are left out of a build that only wants to run the program, unless they are there already.
options=()
if [[ $mode == test ]]; then
  options=(-DKAFAULT_TESTS=ON)
elif [[ ! -f build/release/CMakeCache.txt ]]; then
  options=(-DKAFAULT_TESTS=OFF)
fi
targets=(kafault)
[[ $mode == test ]] && targets=(all)

words=$(cmake --preset release "${options[@]}" 2>&1) || { echo "$words" >&2; exit 1; }
cmake --build --preset release --target "${targets[@]}" -j "$(nproc)"
ln -sf build/release/kafault kafault

case $mode in
  demo)
    echo
    ./kafault run scenarios/semantics.json --format table
    ;;
  test)
    ctest --test-dir build/release --output-on-failure -j "$(nproc)"
    ;;
  plain)
    echo "Ready: ./kafault --help"
    ;;
esac

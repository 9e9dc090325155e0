#!/usr/bin/env bash
# Installs the Debian packages of system-packages.txt whose command or file is missing; prints what is there in the end.
set -euo pipefail
cd "$(dirname "$0")"

is_there() {
  if [[ $1 == /* ]]; then [[ -e $1 ]]; else command -v "$1" >/dev/null; fi
}

missing=()
while read -r command package; do
  [[ -z $command || $command == \#* ]] && continue
  is_there "$command" || missing+=("$package")
done <system-packages.txt

if ((${#missing[@]} > 0)); then
  if ! command -v apt-get >/dev/null || [[ $(id -u) != 0 ]]; then
    echo "missing: ${missing[*]}; install them by hand (no apt-get here, or not root)" >&2
    [[ ${CI:-} == true ]] && exit 1
    exit 0
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

status=0
while read -r command package; do
  [[ -z $command || $command == \#* ]] && continue
  if [[ $command == /* ]] && is_there "$command"; then
    echo "$package"
  elif path=$(command -v "$command"); then
    # Go has no --version.
    printf '%-8s %s\n' "$command" "$( ("$path" --version 2>/dev/null || "$path" version) | sed -n 1p)"
  else
    echo "$command is still missing although $package was installed" >&2
    status=1
  fi
done <system-packages.txt
exit $status

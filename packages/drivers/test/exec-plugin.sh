#!/bin/sh
# The conformance contract as a program that knows nothing of Tenon: one function a run, values as text.
name=$1
shift
case $name in
echo) exec cat ;;
nothing) ;;
fail)
  printf '%s\n' "$1" >&2
  exit 1
  ;;
spin) while :; do :; done ;;
exit) exit "$1" ;;
sleep)
  sleep "$(($1 / 1000)).$(printf '%03d' "$(($1 % 1000))")"
  echo "$1"
  ;;
flood)
  line=$(printf '%080d' 0)
  yes "$line" | head -n "$1"
  yes "$line" | head -n "$1" >&2
  ;;
big) exec node -e 'process.stdout.write(Uint8Array.from({ length: +process.argv[1] }, (_, i) => i % 251))' "$1" ;;
log-lines)
  shift
  printf '%s\n' "$@"
  ;;
*) exit 64 ;;
esac

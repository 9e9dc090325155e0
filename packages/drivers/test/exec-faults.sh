#!/bin/sh
# A program that misbehaves, for the exec boundary: `exec-faults.sh FUNCTION [ARGUMENT]`.
case "$1" in
  trap)
    case "$2" in
      102) kill -ABRT $$ ;;
      105)
        trap '' TERM
        while :; do :; done
        ;;
      106) sleep 1 ;;
      *) exit 3 ;;
    esac
    ;;
  spin) while :; do :; done ;;
  text) head -c "$2" /dev/zero | tr '\0' x ;;
  flood-output)
    i=0
    while [ "$i" -lt "$2" ]; do
      echo "out $i"
      echo "err $i" >&2
      i=$((i + 1))
    done
    ;;
  *) echo "$2" ;;
esac

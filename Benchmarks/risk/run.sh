#!/bin/sh
# Risk's core with 100 open positions and every check on: ns and allocations a ticker, a candle and a verdict.
# Exits 1 if the bar is missed: a ticker in less than 2000 ns.
#
# Needs cc and the Swift toolchain. The yardstick of the same run is one look into a dictionary of the 100 symbols.
# Usage: run.sh [ROUNDS]   (default 7; the best round counts)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
swift build --package-path "$here" -c release -q 1>&2
bench="$(swift build --package-path "$here" -c release --show-bin-path)/quartet-bench-risk"
cc -O2 -shared -fPIC "$here/count.c" -o "$work/count.so"
LD_PRELOAD="$work/count.so" "$bench" "${1:-7}"

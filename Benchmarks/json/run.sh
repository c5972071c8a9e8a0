#!/bin/sh
# The codec against its floor, in one run: a real ticker frame decoded into a struct (simdjson) and encoded (yyjson).
# Prints one table; exits 1 if a bar is missed: decode <= 2 x simdjson, encode <= 2 x yyjson.
#
# Needs g++, libsimdjson-dev and the Swift toolchain. Debian has no yyjson: its C source is taken from the sdist of the
# Python package `yyjson`; where that cannot be fetched, the table says so and compares with std::to_chars.
# Usage: run.sh [RUNS]   (default 5; the two sides take turns, the best round of each counts)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
runs=${1:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

swift build --package-path "$here" -c release -q 1>&2
bench="$(swift build --package-path "$here" -c release --show-bin-path)/quartet-bench-json"
"$bench" --frame "$work/ticker.json"

yyjson=""
if (cd "$work" && python3 -m pip download -q --no-deps --no-binary :all: yyjson >pip.log 2>&1 && tar xzf yyjson-*.tar.gz); then
    source=$(dirname "$(find "$work" -name yyjson.c | head -1)")
    gcc -O3 -c "$source/yyjson.c" -o "$work/yyjson.o"
    yyjson="-DHAVE_YYJSON -I$source $work/yyjson.o"
fi
# shellcheck disable=SC2086
g++ -O3 -std=c++17 "$here/floor.cpp" $yyjson -lsimdjson -o "$work/floor"

run=0
while [ "$run" -lt "$runs" ]; do
    "$work/floor" "$work/ticker.json" 5 >>"$work/results"
    "$bench" 5 >>"$work/results"
    run=$((run + 1))
done

echo "ticker frame: $(wc -c <"$work/ticker.json") bytes of JSON; ns per message, best of $runs x 5 rounds, processor time"
awk -F '\t' '
    !($1 in best) || $2 < best[$1] { best[$1] = $2 }
    function line(what, name, floor, bar) {
        if (!(floor in best)) return
        ratio = best[name] / best[floor]
        verdict = bar == 0 ? "" : ratio <= bar ? "ok" : "MISSED"
        if (verdict == "MISSED") missed = 1
        printf "%-34s %8.0f %10.0f  %-46s %6.2f  %s\n", what, best[name], best[floor], floor, ratio, (bar ? "<= " bar " " verdict : "")
    }
    END {
        printf "%-34s %8s %10s  %-46s %6s\n", "", "ours", "floor", "", "ratio"
        line("decode envelope and body", "swift.decode.message", "simdjson.decode.strings", 2)
        line("decode envelope and body", "swift.decode.message", "simdjson.decode.doubles", 2)
        line("encode in place", "swift.encode.withFrame", "yyjson.encode.document", 2)
        line("encode in place", "swift.encode.withFrame", "yyjson.encode.struct", 2)
        line("encode into an array", "swift.encode.buffer", "yyjson.encode.document", 2)
        line("encode into an array", "swift.encode.buffer", "to_chars.encode.struct", 0)
        if (!("yyjson.encode.document" in best)) {
            print "yyjson could not be fetched: encoding is compared with std::to_chars only"
        }
        exit missed
    }' "$work/results"

#!/bin/sh
# RSI14, EMA12, EMA26, MACD, BB20, ATR14 and ADX14 together: our streaming update and our batch form against TA-Lib's
# batch functions on the same 500,000 candles, in one run. Prints one table; exits 1 if a bar is missed:
# streaming <= 1.2 x TA-Lib's batch, batch <= 1.0 x.
#
# Needs the Swift toolchain and Python 3 with venv; TA-Lib and numpy come from PyPI into a directory that is removed
# again, unless PYTHON names a Python that has them.
# Usage: run.sh [RUNS]   (default 5; the sides take turns, the best round of each counts)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
runs=${1:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python=${PYTHON:-}
if [ -z "$python" ]; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install -q TA-Lib numpy 1>&2
    python="$work/venv/bin/python"
fi
swift build --package-path "$here" -c release -q 1>&2
bench="$(swift build --package-path "$here" -c release --show-bin-path)/quartet-bench-indicators"
"$python" "$here/talib_floor.py" make "$work/candles.f64"

run=0
while [ "$run" -lt "$runs" ]; do
    "$python" "$here/talib_floor.py" run "$work/candles.f64" 5 >>"$work/results"
    "$bench" "$work/candles.f64" 5 >>"$work/results"
    run=$((run + 1))
done

echo "seven indicators, 500,000 candles; ns of processor time a candle, best of $runs x 5 rounds"
awk -F '\t' '
    !($1 in best) || $2 < best[$1] { best[$1] = $2 }
    function line(what, name, bar) {
        ratio = best[name] / best["talib"]
        verdict = ratio <= bar ? "ok" : "MISSED"
        if (verdict == "MISSED") missed = 1
        printf "%-22s %8.1f %14.1f %8.2f  <= %.1f %s\n", what, best[name], best["talib"], ratio, bar, verdict
    }
    END {
        printf "%-22s %8s %14s %8s\n", "", "ours", "TA-Lib batch", "ratio"
        line("candle by candle", "streaming", 1.2)
        line("in one batch", "batch", 1.0)
        exit missed
    }' "$work/results"

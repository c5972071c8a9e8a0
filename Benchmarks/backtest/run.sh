#!/bin/sh
# An EMA 12/26 cross on one symbol's minute candles: our four cores beside vectorbt and backtesting.py, on the same
# candles in one run, and our cost a bar at 10^5, 10^6 and 10^7 candles.
#
# Needs the Swift toolchain and python3 with venv; the peers are installed into a scratch environment, and where that
# fails the table says so. Candles: a seeded random walk made by candles.py. Times are processor seconds, best of ROUNDS.
# Last: all sixteen strategies over ten symbols' year of 5m candles, with the memory it takes.
# PYTHON names a Python that has the peers already; without it they are installed.
# Usage: run.sh [ROUNDS] [LARGEST]   (default 3 and 10000000)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
rounds=${1:-3}
largest=${2:-10000000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

swift build --package-path "$here" -c release -q 1>&2
bench="$(swift build --package-path "$here" -c release --show-bin-path)/quartet-bench-backtest"
python3 "$here/candles.py" 525600 "$work/year.csv"

line() { awk -F '\t' -v name="$1" '{ printf "%-44s %10d %9.3f %12.0f %9.0f  %s\n", name, $1, $3, $4, $5, $7 " trades" }'; }
printf '%-44s %10s %9s %12s %9s\n' "" candles seconds "candles/s" "ns each"
"$bench" "$work/year.csv" 0 "$rounds" | line "quartet, all four cores, records kept"
if [ -n "${PYTHON:-}" ]; then
    "$PYTHON" "$here/peers.py" "$work/year.csv" "$rounds"
elif python3 -m venv "$work/venv" && "$work/venv/bin/pip" -q install pandas numpy TA-Lib vectorbt backtesting >"$work/pip.log" 2>&1; then
    "$work/venv/bin/python" "$here/peers.py" "$work/year.csv" "$rounds"
else
    echo "the peers could not be installed: $(tail -1 "$work/pip.log")"
fi
for count in 100000 1000000 10000000; do
    [ "$count" -le "$largest" ] && "$bench" "$work/year.csv" "$count" 1 | line "quartet, the year played on and on"
done

number=1
while [ "$number" -le 10 ]; do
    python3 "$here/candles.py" 105120 "$work/5m-$number.csv" 5 "$number"
    number=$((number + 1))
done
"$bench" portfolio "$work"/5m-*.csv | awk -F '\t' '{
    printf "all sixteen strategies, ten symbols, %d candles: read in %.2f s, played in %.2f s (%.2f s of processor time), %d trades; ", $1, $2, $3, $4, $7
    printf "memory %.0f MB after reading, at most %.0f MB\n", $5, $6
}'

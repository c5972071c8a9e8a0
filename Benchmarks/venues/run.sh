#!/bin/sh
# Exchange bytes → published frame, messages a second on one core and p99, for Binance and Bybit streams out of
# recordings, beside ccxt (PyPI, in a virtual environment of its own) on the same messages in the same run.
# Prints one table; exits 1 if a bar is missed: 200,000 bookTicker a second, 10 x ccxt on each stream.
#
# Needs python3 with venv, and the recordings of cryptofeed's sample data, in the folder that MESSAGES names (by default
# shared/data/messages beside the repository); without them it says so and ends with 0.
# Usage: run.sh [ROUNDS]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
rounds=${1:-5}
messages=${MESSAGES:-$here/../../../shared/data/messages}
if [ ! -f "$messages/bybit_recording_2026-08.jsonl.gz" ]; then
    echo "skipped: there are no recordings in $messages (set MESSAGES)"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=${CCXT_PYTHON:-}
if [ -z "$python" ]; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install -q ccxt
    python="$work/venv/bin/python"
fi
swift build --package-path "$here" -c release -q 1>&2
bench="$(swift build --package-path "$here" -c release --show-bin-path)/quartet-bench-venues"

measure() { # NAME DIALECT CCXT RECORDING CONNECTION STREAM SYMBOL...
    name=$1 dialect=$2 peer=$3 recording=$4 connection=$5 stream=$6
    shift 6
    python3 "$here/messages.py" "$messages/$recording" "$connection" "$stream" >"$work/lines"
    "$bench" "$name" "$dialect" "$work/lines" "$rounds" "$@" >>"$work/results"
    "$python" "$here/peer.py" "$name" "$peer" "$work/lines" 2 >>"$work/results"
}
usdm=binance-usdm_recording_2021-07.jsonl.gz
bybit=bybit_recording_2026-08.jsonl.gz
measure "binance bookTicker" binance-usdm binanceusdm $usdm - bookTicker SUSHIUSDT AKROUSDT
measure "binance depth" binance-usdm binanceusdm $usdm - depth SUSHIUSDT AKROUSDT
measure "binance aggTrade" binance-usdm binanceusdm $usdm - aggTrade SUSHIUSDT AKROUSDT
measure "bybit tickers" bybit bybit $bybit ws.2 tickers BTCUSDT DOGEUSDT
measure "bybit orderbook" bybit bybit $bybit ws.2 orderbook BTCUSDT DOGEUSDT
measure "bybit publicTrade" bybit bybit $bybit ws.2 publicTrade BTCUSDT DOGEUSDT

echo "messages a second on one core, best of $rounds rounds; p50 and p99 of one message in microseconds of processor time"
awk -F '\t' '
    $2 == "quartet" { rate[$1] = $3; p50[$1] = $4; p99[$1] = $5; order[++count] = $1 }
    $2 == "ccxt" { peer[$1] = $3 }
    END {
        printf "%-20s %10s %8s %8s %10s %8s\n", "", "quartet", "p50", "p99", "ccxt", "ratio"
        for (index_ = 1; index_ <= count; index_++) {
            name = order[index_]
            ratio = rate[name] / peer[name]
            verdict = ratio >= 10 ? "ok" : "MISSED"
            if (name == "binance bookTicker" && rate[name] < 200000) verdict = "MISSED"
            if (verdict == "MISSED") missed = 1
            printf "%-20s %10d %8.2f %8.2f %10d %8.1f  %s\n", name, rate[name], p50[name] / 1000, p99[name] / 1000, peer[name], ratio, verdict
        }
        exit missed
    }' "$work/results"

#!/usr/bin/env bash
# The bus between two of our processes, beside C programs that do the same with libzmq alone, in turns in one run.
#
# Request and reply: raw bytes over Messaging, then an order request and its report over the whole bus (encoding, decoding,
# stored replies). Publish and subscribe: the bytes of one ticker over Messaging, then tickers that are encoded one by one
# and decoded into our struct. The floors carry the same number of bytes.
# Prints one table; exits 1 if a bar is missed: request/reply p50 <= 1.5 x and p99 <= 2 x, tickers >= 0.5 x the floor's rate.
# Usage: run.sh [ROUNDS]   (default 5; of each figure the median round counts)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
rounds=${1:-5}
requests=${REQUESTS:-20000}
tickers=${TICKERS:-400000}
work=$(mktemp -d /tmp/qz-XXXXXX)
trap 'rm -rf "$work"' EXIT

# The other builds of the repository are static as well.
swift build --package-path "$here" -c release --static-swift-stdlib -Xswiftc -use-ld=lld -q 1>&2
bench="$(swift build --package-path "$here" -c release --static-swift-stdlib -Xswiftc -use-ld=lld --show-bin-path)/quartet-bench-zmq"
for floor in reqrep pubsub; do cc -O2 -o "$work/$floor" "$here/floor/$floor.c" -lzmq; done
read -r request reply topic ticker < <("$bench" sizes "$work")

round() {
    "$work/reqrep" "$work" "$request" "$reply" "$requests"
    "$bench" reqrep-raw "$work" "$requests" "$request" "$reply"
    "$bench" reqrep-bus "$work" "$requests"
    "$work/pubsub" "$work" 2 "$topic" "$ticker" "$tickers"
    "$bench" pubsub-raw "$work" "$tickers"
    "$bench" pubsub-bus "$work" "$tickers"
}
for _ in $(seq "$rounds"); do round; done >"$work/results"

echo "request $request bytes, reply $reply, topic $topic, ticker $ticker; median of $rounds rounds; load $(cut -d' ' -f1-3 /proc/loadavg)"
python3 - "$work/results" <<'PYTHON'
import statistics, sys
seen = {}
for line in open(sys.argv[1]):
    name, *words = line.split()
    for word in words:
        key, value = word.split("=")
        seen.setdefault((name, key), []).append(float(value))
middle = {key: statistics.median(values) for key, values in seen.items()}
missed = False


def row(what, ours, floor, key, bar, more_is_better=False, unit="us"):
    global missed
    mine, theirs = middle[ours, key], middle[floor, key]
    ratio = mine / theirs
    verdict = ""
    if bar:
        good = ratio >= bar if more_is_better else ratio <= bar
        missed |= not good
        verdict = f"{'>=' if more_is_better else '<='} {bar} {'ok' if good else 'MISSED'}"
    spread = f"{min(seen[ours, key]):.0f} to {max(seen[ours, key]):.0f}"
    print(f"{what:52} {mine:10.1f} {theirs:10.1f} {unit:4} {ratio:6.2f}  {verdict:16} rounds {spread}")


print(f"{'':52} {'ours':>10} {'floor':>10}")
row("request and reply, bytes over Messaging, p50", "reqrep-raw", "reqrep-floor", "p50", 1.5)
row("request and reply, bytes over Messaging, p99", "reqrep-raw", "reqrep-floor", "p99", 2)
row("order request and report over the bus, p50", "reqrep-bus", "reqrep-floor", "p50", 1.5)
row("order request and report over the bus, p99", "reqrep-bus", "reqrep-floor", "p99", 2)
row("ticker bytes over Messaging, messages a second", "pubsub-raw", "pubsub-floor-2", "rate", 0.5, True, "1/s")
row("tickers encoded and decoded over the bus", "pubsub-bus", "pubsub-floor-2", "rate", 0.5, True, "1/s")
row("  processor time a ticker, both sides", "pubsub-bus", "pubsub-floor-2", "cpu", 0, False, "ns")
sys.exit(1 if missed else 0)
PYTHON

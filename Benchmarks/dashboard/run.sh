#!/usr/bin/env bash
# The dashboard: a week of market time with a browser on it (memory, frames, size of the databases), and what attacks on it cost
# the way from a candle to its order.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$(cd ../.. && pwd)
export QUARTET_BIN_DIR=${QUARTET_BIN_DIR:-$root/.build/release}
python=${QUARTET_PYTHON:-$root/.build/browser/bin/python3}
"$python" -c 'import zmq' 2>/dev/null || { echo "skipped: $python has no pyzmq (make test makes .build/browser)"; exit 0; }
"$python" dashboard.py attacked
"$python" dashboard.py week "${QUARTET_BENCH_DAYS:-7}" "${QUARTET_BENCH_SPEED:-2000}"

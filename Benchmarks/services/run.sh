#!/usr/bin/env bash
# The four real services: cold start, memory over an hour of market time, candle to order. The C floor of the same way of
# an order, with nothing but libzmq, runs in turns with them; NautilusTrader's ticker to order where NAUTILUS_PYTHON names a
# Python that has it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$(cd ../.. && pwd)
export QUARTET_BIN_DIR=${QUARTET_BIN_DIR:-$root/.build/release}
python=${QUARTET_PYTHON:-python3}
"$python" -c 'import zmq' 2>/dev/null || { echo "skipped: $python has no pyzmq (pip install pyzmq)"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc -O2 -o "$work/chain" ../zmq/floor/chain.c -lzmq
export QUARTET_CHAIN_FLOOR=$work/chain
"$python" services.py chain 5 2
"$python" services.py chain 3 20
"$python" services.py start
"$python" services.py memory
candles=$root/../shared/data/candles/binance-spot_BTCUSDT_1m_2025-05_2025-08.csv.gz
if [ -f "$candles" ]; then "$python" services.py recording "$candles"; fi

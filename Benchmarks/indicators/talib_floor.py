"""Makes the candles, and measures TA-Lib's batch functions on them: processor nanoseconds a candle, best of the rounds.

usage: talib_floor.py make CANDLES.f64 | talib_floor.py run CANDLES.f64 ROUNDS
"""
import sys
import time

import numpy as np


def make(path, count=500_000):
    """A random walk of candles that stay positive; the same every time."""
    rng = np.random.default_rng(20250101)
    close = 50_000 * np.exp(np.cumsum(rng.normal(0, 0.0005, count)))
    open_ = np.concatenate([[50_000], close[:-1]])
    reach = np.abs(rng.normal(0, 0.0004, (2, count))) * close
    high, low = np.maximum(open_, close) + reach[0], np.minimum(open_, close) - reach[1]
    np.stack([open_, high, low, close], axis=1).tofile(path)


def run(path, rounds):
    import talib

    table = np.fromfile(path).reshape(-1, 4)
    high, low, close = (np.ascontiguousarray(table[:, k]) for k in (1, 2, 3))
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time_ns()
        talib.RSI(close, 14)
        talib.EMA(close, 12)
        talib.EMA(close, 26)
        talib.MACD(close, 12, 26, 9)
        talib.BBANDS(close, 20, 2, 2)
        talib.ATR(high, low, close, 14)
        talib.ADX(high, low, close, 14)
        best = min(best, (time.process_time_ns() - start) / len(close))
    print(f"talib\t{best}")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    else:
        run(sys.argv[2], int(sys.argv[3]))

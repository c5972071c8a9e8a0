"""Minute candles of a seeded random walk, in the shape of a candle file. usage: candles.py COUNT FILE [MINUTES] [SEED]"""
import math
import random
import sys

count, path = int(sys.argv[1]), sys.argv[2]
minutes = int(sys.argv[3]) if len(sys.argv) > 3 else 1
rng = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 42)
level, volatility = math.log(60_000), 0.0
with open(path, "w") as out:
    out.write("ts_ms,open,high,low,close,volume\n")
    for i in range(count):
        volatility = 0.998 * volatility + rng.gauss(0, 0.028)
        size = 0.0006 * math.exp(volatility - 0.2) * math.sqrt(minutes) / math.sqrt(8)
        first, high, low = level, level, level
        for _ in range(8):
            level += rng.gauss(0, size)
            high, low = max(high, level), min(low, level)
        o, h, l, c = (round(math.exp(x), 2) for x in (first, high, low, level))
        out.write(f"{1672531200000 + i * minutes * 60000},{o},{max(o, h, c)},{min(o, l, c)},{c},{round(rng.lognormvariate(1.5, 0.8), 5)}\n")

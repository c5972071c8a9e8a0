"""An independent, naive simulation of one strategy, candle by candle in Python's decimals: its trades are those of quartet
backtest. Nothing of ours is used but docs and ../shared/strategies.md.

usage: naive_backtest.py CANDLES.csv.gz [ROWS]
"""
import csv
import gzip
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN

from harness import *

D = Decimal
SLIP, FEE, TTL = D("0.0005"), D("0.0006"), 36 * 3600 * 10**6
LADDER = [(D("0.08"), D("0.03")), (D("0.15"), D("0.08")), (D("0.25"), D("0.15"))]


def step(value, size, rounding):
    return (value / size).to_integral_value(rounding) * size


class Average:
    """EMA seeded with the mean of its first n values."""

    def __init__(self, n):
        self.n, self.seen, self.value = n, [], None

    def take(self, x):
        if self.value is not None:
            self.value += (x - self.value) * (2.0 / (self.n + 1))
        else:
            self.seen.append(x)
            if len(self.seen) == self.n:
                self.value = sum(self.seen) / self.n


class Range:
    """Wilder's ATR(14)."""

    def __init__(self):
        self.close, self.seen, self.value = None, [], None

    def take(self, h, l, c):
        if self.close is not None:
            tr = max(h - l, abs(h - self.close), abs(l - self.close))
            if self.value is not None:
                self.value = (self.value * 13 + tr) / 14
            else:
                self.seen.append(tr)
                if len(self.seen) == 14:
                    self.value = sum(self.seen) / 14
        self.close = c


def quotes(candle, tick):
    """Four moments of a candle: time, last, bid, ask."""
    t, o, h, l, c = candle
    first, second = (h, l) if h - o <= o - l else (l, h)
    previous, out = o, []
    for at, price in ((t + 1000, o), (t + 20_000_000, first), (t + 40_000_000, second), (t + 59_999_000, c)):
        bid = price - tick if price > previous else price
        out.append((at, price, bid, bid + tick))
        previous = price
    return out


def leaves(p, price, at):
    """The first rule that fires at a price, in the order of the exit rules."""
    side = p["side"]
    p["best"] = max(p["best"], price) if side > 0 else min(p["best"], price)
    gain, peak = side * (price - p["entry"]), side * (p["best"] - p["entry"])
    if side * (price - p["stop"]) <= 0:
        return "stop_loss"
    reached = [line for threshold, line in LADDER if peak >= threshold * p["entry"]]
    if reached and gain <= reached[-1] * p["entry"]:
        return "ladder"
    if reached and gain <= peak * D("0.7"):
        return "peak_pullback"
    if side * (price - p["target"]) >= 0:
        return "take_profit"
    return "ttl" if at - p["since"] >= TTL else None


def simulate(candles, tick, lot):
    balance, position, order, trades = D(10_000), None, None, []
    fast, slow, atr = Average(12), Average(26), Range()
    for index, candle in enumerate(candles):
        t, o, h, l, c = candle
        points = quotes(candle, tick)
        for at, last, bid, ask in points:
            if order:
                buys = order["side"] > 0 if order["kind"] == "entry" else position["side"] < 0
                price = step(ask * (1 + SLIP), tick, ROUND_CEILING) if buys else step(bid * (1 - SLIP), tick, ROUND_FLOOR)
                quantity = order["quantity"] if order["kind"] == "entry" else position["quantity"]
                fee = (price * quantity * FEE).quantize(D("1e-8"), ROUND_HALF_EVEN)
                balance -= fee
                if order["kind"] == "entry":
                    # Filled at or beyond its target, both keep their distance from the entry.
                    beyond = order["side"] * (price - order["target"]) >= 0
                    shift = price - order["approved"] if beyond else 0
                    position = dict(side=order["side"], entry=price, best=price, since=at, quantity=quantity, fee=fee,
                                    stop=order["stop"] + shift, target=order["target"] + shift)
                else:
                    gross = position["side"] * (price - position["entry"]) * quantity
                    balance += gross
                    trades.append((position["since"], position["entry"], at, price, quantity, gross - fee - position["fee"], order["reason"]))
                    position = None
                order = None
            if position and (reason := leaves(position, last, at)):
                order = dict(kind="exit", reason=reason)
        fast.take(float(c)), slow.take(float(c)), atr.take(float(h), float(l), float(c))
        if index < 26 or order:
            continue
        if position:
            if position["side"] * (fast.value - slow.value) < 0:
                order = dict(kind="exit", reason="signal")
        elif fast.value != slow.value:
            side = 1 if fast.value > slow.value else -1
            _, last, bid, ask = points[3]
            price = max(last, ask if side > 0 else bid)
            budget = (balance * D("0.1")).quantize(D("1e-8"), ROUND_DOWN)
            quantity = step((budget / price).quantize(D("1e-12"), ROUND_DOWN), lot, ROUND_DOWN)
            levels = [D(float(c) + side * f * atr.value).quantize(D("1e-12"), ROUND_HALF_EVEN) for f in (-2, 3)]
            stop, target = (step(v, tick, ROUND_CEILING if v < c else ROUND_FLOOR) for v in levels)
            if abs(target - last) < abs(last - stop) or quantity * price < 100:
                continue
            order = dict(kind="entry", side=side, quantity=quantity, stop=stop, target=target, approved=last)
    return trades


def main():
    work = Path(tempfile.mkdtemp(prefix="naive-", dir="/tmp"))
    try:
        rows, cut = int(sys.argv[2]) if len(sys.argv) > 2 else 20000, work / "BTCUSDT.csv"
        with gzip.open(sys.argv[1], "rt") as whole:
            cut.write_text("".join(line for i, line in enumerate(whole) if i <= rows))
        (work / "quartet.yaml").write_text(
            "strategy: {active: [ema_cross], decision_minutes: 1}\nexecution: {partial_fills: false}\nrisk: {max_daily_trades: 100000, "
            "max_daily_loss_pct: 100, max_drawdown_warning_pct: 100, max_drawdown_stop_pct: 100}\n")
        done = subprocess.run([BIN / "quartet", "backtest", "--config", str(work / "quartet.yaml"), "--data", str(cut), "--out", str(work / "out")],
                              capture_output=True, text=True, cwd=work, env={k: v for k, v in os.environ.items() if not k.startswith("QUARTET_")})
        if done.returncode:
            fail(done.stderr)
        ours = [(t["entryTime"], D(t["entryPrice"]), t["exitTime"], D(t["exitPrice"]), D(t["quantity"]), D(t["netPnl"]), t["exitReason"])
                for t in json.loads((work / "out" / "report.json").read_text())["trades"]]
        with open(cut) as file:
            candles = [(int(r["ts_ms"]) * 1000, *(D(r[k]) for k in ("open", "high", "low", "close"))) for r in csv.DictReader(file)]
        # Bitcoin's usual steps where the prices lie on them.
        tick = D("0.1") if all(p % D("0.1") == 0 for row in candles[:1000] for p in row[1:]) else D("0.01")
        naive = simulate(candles, tick, D("0.001"))
        for index, (a, b) in enumerate(zip(ours, naive)):
            if a != b:
                fail(f"trade {index + 1} differs\nquartet: {[str(x) for x in a]}\nnaive:   {[str(x) for x in b]}")
        if len(ours) != len(naive) or len(ours) < 50:
            fail(f"{len(ours)} trades of quartet, {len(naive)} of the naive simulation")
        print(f"PASSED: {len(ours)} trades equal in time, price, quantity, result and reason; {done.stderr.strip()}")
    finally:
        shutil.rmtree(work, ignore_errors=True)


main()

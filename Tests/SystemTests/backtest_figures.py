"""Recomputes every figure of a backtest's report from its tables and the candles, in Python, and holds the two together.

usage: backtest_figures.py CANDLES.csv.gz [ROWS]
"""
import csv
import gzip
import math
import statistics as st
from collections import defaultdict

from harness import *

DAY = 86_400_000_000


def near(name, ours, theirs, tolerance=1e-9):
    if ours is None or theirs is None:
        if ours is not theirs:
            fail(f"{name}: {ours} reported, {theirs} recomputed")
    elif abs(ours - theirs) > tolerance * max(1, abs(theirs)):
        fail(f"{name}: {ours} reported, {theirs} recomputed")


def daily(equity, start):
    last = {}
    for t, value in equity:
        last[t // DAY] = value
    returns, before = [], start
    for day in range(min(last), max(last) + 1):
        now = last.get(day, before)
        returns.append((now - before) / before)
        before = now
    return returns


def psr(r):
    n, m = len(r), st.fmean(r)
    ratio = m / st.stdev(r)
    s = math.sqrt(sum((x - m) ** 2 for x in r) / n)
    skew, kurt = sum((x - m) ** 3 for x in r) / n / s**3, sum((x - m) ** 4 for x in r) / n / s**4
    z = ratio * math.sqrt(n - 1) / math.sqrt(1 - skew * ratio + (kurt - 1) / 4 * ratio**2)
    return 0.5 * (1 + math.erf(z / math.sqrt(2)))


def main():
    work = Path(tempfile.mkdtemp(prefix="figures-", dir="/tmp"))
    try:
        cut, rows = work / "BTCUSDT.csv", int(sys.argv[2]) if len(sys.argv) > 2 else 36000
        with gzip.open(sys.argv[1], "rt") as whole:
            cut.write_text("".join(line for i, line in enumerate(whole) if i <= rows))
        done = subprocess.run([BIN / "quartet", "backtest", "--data", str(cut), "--strategy", "momentum,bandtastic,keltner,donchian",
                               "--out", str(work / "out")], capture_output=True, text=True, cwd=work,
                              env={k: v for k, v in os.environ.items() if not k.startswith("QUARTET_")})
        if done.returncode:
            fail(done.stderr)
        report = json.loads((work / "out" / "report.json").read_text())
        s, start = report["summary"], float(report["startingBalance"])
        trades = list(csv.DictReader(open(work / "out" / "trades.csv")))
        fills = list(csv.DictReader(open(work / "out" / "fills.csv")))
        equity = [(int(r["ts_ms"]) * 1000, float(r["equity"])) for r in csv.DictReader(open(work / "out" / "equity.csv"))]
        candles = [(int(r["ts_ms"]) * 1000, float(r["high"]), float(r["low"])) for r in csv.DictReader(open(cut))]
        if len(trades) < 30:
            fail(f"{len(trades)} trades prove nothing")
        net = [Decimal(t["net_pnl"]) for t in trades]
        wins, losses = [x for x in net if x > 0], [x for x in net if x < 0]
        if Decimal(s["netPnl"]) != sum(net) or Decimal(s["fees"]) != sum(Decimal(t["fees"]) for t in trades):
            fail("net result or fees are not the sum of the trades")
        if Decimal(s["turnover"]) != sum(Decimal(f["price"]) * Decimal(f["quantity"]) for f in fills):
            fail("the turnover is not the sum of the fills")
        if (s["trades"], s["wins"], s["losses"]) != (len(net), len(wins), len(losses)):
            fail("trades, wins or losses are miscounted")
        r, years = daily(equity, start), (report["to"] - report["from"]) / DAY / 365
        profits = [float(x) for x in net]
        peak = fall = fall_amount = 0
        for value in [start] + [v for _, v in equity]:
            peak = max(peak, value)
            fall, fall_amount = max(fall, (peak - value) / peak), max(fall_amount, peak - value)
        level = top = 1
        square = 0
        for x in r:
            level *= 1 + x
            top = max(top, level)
            square += ((top - level) / top * 100) ** 2
        cagr = (equity[-1][1] / start) ** (1 / years) - 1
        mae, mfe = [], []
        for t in trades:
            a, b = (datetime_micros(t[k]) for k in ("entry_time", "exit_time"))
            span = [(h, l) for o, h, l in candles if o + 60_000_000 > a and o < b]
            e, hi, lo = float(t["entry_price"]), max(h for h, _ in span), min(l for _, l in span)
            up, down = max(0, hi / e - 1), max(0, 1 - lo / e)
            mae.append(down if t["side"] == "long" else up)
            mfe.append(up if t["side"] == "long" else down)
        mean_loss = abs(st.fmean(float(x) for x in losses))
        expected = {
            "winRate": len(wins) / len(net), "return": sum(profits) / start, "cagr": cagr, "calmar": cagr / fall,
            "sharpe": st.fmean(r) / st.stdev(r) * math.sqrt(365),
            "sortino": st.fmean(r) / math.sqrt(sum(min(0, x) ** 2 for x in r) / len(r)) * math.sqrt(365),
            "sqn": math.sqrt(len(profits)) * st.fmean(profits) / st.stdev(profits),
            "profitFactor": float(sum(wins)) / -float(sum(losses)), "expectancy": st.fmean(profits),
            "expectancyRatio": st.fmean(profits) / mean_loss, "maxDrawdown": fall, "maxDrawdownAmount": fall_amount,
            "omega": sum(x for x in r if x > 0) / -sum(x for x in r if x < 0), "ulcer": math.sqrt(square / len(r)),
            "cvar95": st.fmean(sorted(r)[: max(1, len(r) // 20)]) if len(r) >= 20 else None, "probabilisticSharpe": psr(r),
            "meanMae": st.fmean(mae), "meanMfe": st.fmean(mfe), "turnoverOfStart": float(Decimal(s["turnover"])) / start,
            "feesOfGrossProfit": float(sum(Decimal(t["fees"]) for t in trades)) / float(sum(max(Decimal(0), Decimal(t["gross_pnl"])) for t in trades)),
        }
        for name, value in expected.items():
            near(name, s.get(name), value, 1e-6)
        groups = defaultdict(Decimal)
        for t in trades:
            groups[t["exit_reason"]] += Decimal(t["net_pnl"])
        if {g["name"]: Decimal(g["netPnl"]) for g in report["byExitReason"]} != dict(groups):
            fail("the exit reasons do not sum to the trades")
        print(f"PASSED: {len(expected)} figures of {len(trades)} trades and {len(r)} days recomputed")
    finally:
        shutil.rmtree(work, ignore_errors=True)


def datetime_micros(text):
    from datetime import datetime, timezone
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=timezone.utc).timestamp() * 1e6)


main()

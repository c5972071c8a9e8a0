"""The same recorded candles through the four real processes and through quartet backtest: the same decisions, orders,
fills and trades, field for field.

usage: parity.py CANDLES.csv.gz [ROWS] [STRATEGIES]
"""
import csv
import gzip

from harness import *

SKIPPED = {"id", "order_id", "rowid", "attempts", "is_cancel_requested", "is_external"}


def text(value):
    return "" if value is None else str(value)


def live(config, name):
    services = Services(config, name)
    try:
        tap = services.subscriber("feed", "execution", topics=("clock", "health.execution"))
        services.start_all()
        wait_for(tap, lambda t, m: t == "clock" and m["body"]["isFinished"], 900, "the end of the recording")
        # The last step's decision is asked of strategy after the clock is out; stopping waits for what is under way.
        time.sleep(1)
        codes = services.stop_all()
        if any(codes.values()):
            services.logs()
            fail(f"not every service stopped orderly: {codes}")
        execution, strategy = services.database("execution"), services.database("strategy")
        queries = {
            "orders": (execution, "SELECT * FROM orders ORDER BY client_order_id"),
            "fills": (execution, "SELECT f.*, o.client_order_id FROM fills f JOIN orders o ON o.id = f.order_id ORDER BY fill_id"),
            "trades": (execution, "SELECT * FROM trades ORDER BY trade_id, exit_time"),
            "decisions": (strategy, "SELECT * FROM decisions WHERE proposal_id IS NOT NULL ORDER BY decided_at, symbol"),
        }
        return {table: [{k: text(row[k]) for k in row.keys() if k == "client_order_id" or k not in SKIPPED or
                         (table == "decisions" and k == "id")} for row in db.execute(query)]
                for table, (db, query) in queries.items()}
    finally:
        services.cleanup()


def simulated(config, source, out, extra=()):
    path = Path(out) / "quartet.yaml"
    path.write_text(config)
    env = {k: v for k, v in os.environ.items() if not k.startswith("QUARTET_")}
    done = subprocess.run([BIN / "quartet", "backtest", "--config", str(path), "--symbol", f"BTC/USDT={source}", "--out", out, *extra],
                          env=env, capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        fail(f"quartet backtest ended with {done.returncode}: {done.stderr[-2000:]}")
    tables = {}
    for table, keys in (("orders", ("client_order_id",)), ("fills", ("fill_id",)), ("decisions", ("decided_at", "symbol"))):
        with open(Path(out) / f"{table}.csv", newline="") as file:
            tables[table] = sorted(csv.DictReader(file), key=lambda row: [row[k] for k in keys])
    report = json.loads((Path(out) / "report.json").read_text())
    names = {"trade_id": "id", "entry_price": "entryPrice", "exit_price": "exitPrice", "entry_time": "entryTime", "exit_time": "exitTime",
             "gross_pnl": "grossPnl", "net_pnl": "netPnl", "exit_reason": "exitReason"}
    columns = ["trade_id", "symbol", "side", "strategy", "leverage", "quantity", "entry_price", "exit_price", "entry_time", "exit_time",
               "gross_pnl", "fees", "net_pnl", "exit_reason"]
    tables["trades"] = sorted(({c: text(t[names.get(c, c)]) for c in columns} for t in report["trades"]),
                              key=lambda row: (row["trade_id"], int(row["exit_time"])))
    return tables, done.stderr.strip()


def same(field, a, b):
    if a == b:
        return True
    if field == "confidence":
        return float(a) == float(b)
    try:
        return Decimal(a) == Decimal(b)
    except Exception:
        return False


def compare(real, played):
    count = 0
    for table in ("decisions", "orders", "fills", "trades"):
        if len(real[table]) != len(played[table]):
            fail(f"{table}: {len(real[table])} of the processes, {len(played[table])} of the backtest")
        for a, b in zip(real[table], played[table]):
            for field in b:
                count += 1
                if not same(field, a[field], b[field]):
                    fail(f"{table}: {field} is {a[field]} live and {b[field]} in the backtest\nlive:     {a}\nbacktest: {b}")
    return count


def main():
    source = Path(sys.argv[1]).resolve()
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 6000
    strategies = sys.argv[3] if len(sys.argv) > 3 else "momentum, bandtastic, trend_following"
    work = tempfile.mkdtemp(prefix="parity-", dir="/tmp")
    try:
        cut = Path(work) / "BTCUSDT.csv.gz"
        with gzip.open(source, "rt") as whole, gzip.open(cut, "wt") as part:
            for index, line in enumerate(whole):
                if index > rows:
                    break
                part.write(line)
        config = (f"symbols: [BTC/USDT]\nfeed: {{source: recording, speed: 0, files: {{BTC/USDT: {cut}}}}}\n"
                  f"strategy: {{active: [{strategies}], leverage: 3}}\nrisk: {{max_daily_trades: 1000}}\n")
        begun = time.monotonic()
        real = live(config, "parity")
        seconds = time.monotonic() - begun
        played, said = simulated(config, cut, work)
        fields = compare(real, played)
        if not played["trades"]:
            fail("no trade was made, so nothing is proven")
        again, _ = simulated(config, cut, work, ["--every-price"])
        compare(real, {**again, "decisions": [d for d in again["decisions"] if d["proposal_id"]]})
        counts = {table: len(played[table]) for table in played}
        print(f"PASSED: four processes and the backtest agree in {fields} fields: {counts}; processes {seconds:.1f} s; backtest: {said}")
    finally:
        shutil.rmtree(work, ignore_errors=True)


main()

"""The same recorded candles through the four real processes twice: orders, fills and trades are byte-identical.

usage: identical_runs.py CANDLES.csv.gz [ROWS]
"""
import gzip

from harness import *


def run(source, out):
    services = Services(
        f"symbols: [BTC/USDT]\nfeed: {{source: recording, speed: 0, files: {{BTC/USDT: {source}}}}}\n"
        "strategy: {active: [momentum]}\nrisk: {max_daily_trades: 1000}\n", out)
    try:
        tap = services.subscriber("feed", "execution", topics=("clock", "health.execution"))
        begun = time.monotonic()
        services.start_all()
        wait_for(tap, lambda t, m: t == "clock" and m["body"]["isFinished"], 900, "the end of the recording")
        seconds = time.monotonic() - begun
        codes = services.stop_all()
        if any(codes.values()):
            services.logs()
            fail(f"not every service stopped orderly: {codes}")
        rows = []
        for table, order in (("orders", "client_order_id"), ("fills", "fill_id"), ("trades", "id")):
            for row in services.database("execution").execute(f"SELECT * FROM {table} ORDER BY {order}"):
                rows.append(table + " " + json.dumps({k: row[k] for k in row.keys() if not k.startswith("wall_")}, sort_keys=True))
        return "\n".join(rows).encode(), seconds
    finally:
        services.cleanup()


def main():
    source = Path(sys.argv[1]).resolve()
    if len(sys.argv) > 2:
        cut = Path(tempfile.mkdtemp(dir="/tmp")) / "cut.csv.gz"
        with gzip.open(source, "rt") as whole, gzip.open(cut, "wt") as part:
            for index, line in enumerate(whole):
                if index > int(sys.argv[2]):
                    break
                part.write(line)
        source = cut
    first, seconds = run(source, "first")
    second, again = run(source, "second")
    if first != second:
        a, b = first.splitlines(), second.splitlines()
        for x, y in zip(a, b):
            if x != y:
                fail(f"the runs differ:\n{x.decode()}\n{y.decode()}")
        fail(f"the runs differ in length: {len(a)} and {len(b)} rows")
    if b"trades" not in first:
        fail("the runs made no trade, so they prove nothing")
    counts = {t: sum(line.startswith(t.encode()) for line in first.splitlines()) for t in ("orders", "fills", "trades")}
    print(f"PASSED: two runs are byte-identical: {counts}, {len(first)} bytes; {seconds:.1f} s and {again:.1f} s")


main()

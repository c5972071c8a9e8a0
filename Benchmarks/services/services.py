"""Measures the four real services from outside: cold start, memory over an hour of market time, candle to order, a recording.

usage: services.py start | memory | chain | recording CANDLES.csv.gz [STRATEGIES]
STRATEGIES is momentum unless told, as a list in YAML: with all sixteen a position is open nearly always, a step of the
lock-step is one market moment long, and the same quarter takes over six times as long.
QUARTET_BIN_DIR names the release binaries.
"""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests" / "SystemTests"))
from harness import *  # noqa: E402


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def cold_start(runs=7):
    """From the first fork to the last of four healthy, with empty directories."""
    times = []
    for _ in range(runs):
        services = Services("feed: {source: simulated, seed: 3}\n", "start")
        try:
            facts = services.subscriber(*SERVICES, topics=("health.",))
            begun = time.monotonic()
            services.start_all()
            left = set(SERVICES)
            while left:
                message = receive(facts, begun + 30) or fail(f"{left} were not healthy within 30 s")
                if message[1]["body"]["condition"] == "healthy":
                    left.discard(message[1]["source"])
            times.append(time.monotonic() - begun)
            services.stop_all()
        finally:
            services.cleanup()
    print(f"cold start of four services to healthy: median {percentile(times, 0.5) * 1000:.0f} ms, worst {max(times) * 1000:.0f} ms of {runs}")
    for name in [f"quartet-{s}" for s in SERVICES] + ["quartet"]:
        print(f"  {name:20} {(BIN / name).stat().st_size / 1e6:6.1f} MB")


def resident(services):
    total = {}
    for service, child in services.children.items():
        for line in Path(f"/proc/{child.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total[service] = int(line.split()[1]) / 1024
    return total


def memory(minutes=60, speed=60):
    """Ten symbols, ten tickers a second each, an hour of market time."""
    symbols = "BTC/USDT, ETH/USDT, SOL/USDT, XRP/USDT, DOGE/USDT, BNB/USDT, ADA/USDT, LINK/USDT, LTC/USDT, AVAX/USDT"
    services = Services(
        f"symbols: [{symbols}]\nfeed: {{source: simulated, seed: 5, speed: {speed}, ticker_interval_millis: 100}}\n", "memory")
    try:
        facts = services.subscriber("feed", topics=("clock",))
        services.start_all()
        first, samples, tickers = None, [], 0
        while True:
            _, m = receive(facts, time.monotonic() + 30) or fail("feed fell silent")
            now = m["body"]["marketTime"] / 1e6
            first = first or now
            if not samples or now - first >= len(samples) * minutes * 60 / 12:
                use = resident(services)
                samples.append(sum(use.values()))
                print(f"  after {(now - first) / 60:5.1f} market minutes: {sum(use.values()):6.1f} MB  " + "  ".join(f"{k} {v:.1f}" for k, v in use.items()), flush=True)
            if now - first >= minutes * 60:
                break
        health = services.request("feed", "statusRequest")["body"]["readings"]
        print("  " + ", ".join(f"{r['name']}={r['value']:.0f}" for r in health if "publish" in r["name"]))
        half = len(samples) // 2
        print(f"memory of four services: {samples[-1]:.1f} MB (bar 120); second half {samples[half]:.1f} → {samples[-1]:.1f} MB")
        services.stop_all()
    finally:
        services.cleanup()


CHAIN = """symbols: [BTC/USDT]
feed: {{source: simulated, seed: 9, speed: {speed:.0f}, ticker_interval_millis: 30000}}
strategy: {{active: [probe], decision_minutes: 1}}
logging: {{console_level: error, file_level: warning}}
risk: {{max_daily_trades: 100000, max_daily_loss_pct: 100, max_drawdown_warning_pct: 99, max_drawdown_stop_pct: 100, max_price_age_millis: 600000}}
"""


def chain_round(seconds, gap_millis):
    """Microseconds of one run: candle to acknowledged, candle to the order journalled by execution.

    Each candle is proposed on. The times are the services' own: `at` of feed's candle, the wall time at which
    execution journals the order, and strategy's note in its log of when risk's answer came, which risk gives once execution
    has acknowledged the order. The observer keeps the messages and reads them afterwards, so that it costs little.
    """
    services = Services(CHAIN.format(speed=60_000 / gap_millis), "chain")
    try:
        facts = services.subscriber("feed", "risk", topics=("candle.BTC/USDT.1m", "verdict."))
        for service in SERVICES:
            if service == "strategy":
                services.env["QUARTET_LOGGING_FILE_LEVEL"] = "debug"
            services.start(service)
        wait_for(facts, lambda t, m: m["kind"] == "verdict" and m["body"]["isApproved"], 30, "the first approval")
        raw, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.25)
            while True:
                try:
                    raw.append(facts.recv_multipart(zmq.DONTWAIT))
                except zmq.Again:
                    break
        services.stop_all()
        candles, told = {}, {}
        for _, frame in raw:
            m = unframe(frame)
            body = m["body"]
            if m["kind"] == "candle":
                candles[body["openTime"] + 60_000_000] = m["at"]
            elif body["isApproved"]:
                told[body["clientOrderId"]] = (body["decidedAt"], body["proposalId"])
        answered = dict(re.findall(r"proposal (\S+) was answered (\d+) us after", (services.dir / "log" / "strategy.log").read_text()))
        journalled = dict(services.database("execution").execute(
            "SELECT o.client_order_id, min(e.wall_time) FROM orders o JOIN order_events e ON e.order_id = o.id GROUP BY o.id").fetchall())
        orders = [(id, when, proposal) for id, (when, proposal) in told.items()
                  if when in candles and id in journalled and proposal in answered]
        return ([int(answered[proposal]) for _, _, proposal in orders], [journalled[id] - candles[when] for id, when, _ in orders])
    finally:
        services.cleanup()


def floor_round(floor, directory, gap_millis, count=1500):
    """(to order, to acknowledged) as (p50, p99) of the C program at the same pace."""
    out = subprocess.run([floor, directory, "300", str(count), str(int(gap_millis * 1000))], capture_output=True, text=True, check=True).stdout
    figures = {line.split()[0]: tuple(float(word.split("=")[1]) for word in line.split()[1:]) for line in out.splitlines()}
    return figures["chain-floor-order"], figures["chain-floor-acknowledged"]


def nautilus():
    """NautilusTrader's ticker to order inside one process, (p50, p99); None where its Python is not at hand."""
    python = os.environ.get("NAUTILUS_PYTHON")
    program = ROOT.parent / "shared" / "bench" / "peers" / "nt_micro.py"
    if not python or not program.exists():
        print("NautilusTrader is not measured: NAUTILUS_PYTHON names no Python that has it, or ../shared is not there")
        return None
    # Its backtests take minutes and are not asked for.
    live_part = f"exec(open({str(program)!r}).read().replace('for n in (1000, 4000):', 'for n in ():'))"
    out = subprocess.run([python, "-c", live_part], capture_output=True, text=True).stdout
    result = json.loads(out[out.index("RESULT") + 7:])["live_tick_to_client_us_asyncio"]
    return result["p50"], result["p99"]


def chain(rounds=5, gap_millis=2.0, seconds=6):
    """Candle to order and to acknowledged, ours and the C floor in turns at the same pace; medians of the rounds."""
    floor, gap_millis = os.environ["QUARTET_CHAIN_FLOOR"], float(gap_millis)
    rows = {name: [] for name in ("floor to order", "floor to acknowledged", "candle to journalled", "candle to acknowledged")}
    with tempfile.TemporaryDirectory(dir="/tmp") as directory:
        for _ in range(int(rounds)):
            to_order, to_ack = floor_round(floor, directory, gap_millis)
            rows["floor to order"].append(to_order)
            rows["floor to acknowledged"].append(to_ack)
            acknowledged, journalled = chain_round(float(seconds), gap_millis)
            for name, values in (("candle to acknowledged", acknowledged), ("candle to journalled", journalled)):
                rows[name].append((percentile(values, 0.5), percentile(values, 0.99)))
            print(f"  {len(acknowledged)} orders: " + ", ".join(f"{name} {values[-1][0]:.0f}/{values[-1][1]:.0f}" for name, values in rows.items()), flush=True)
    middle = {name: (percentile([v[0] for v in values], 0.5), percentile([v[1] for v in values], 0.5)) for name, values in rows.items()}
    print(f"chain, a candle every {gap_millis} ms, medians of {rounds} rounds, us p50 / p99, load {os.getloadavg()[0]:.1f}:")
    for name, (p50, p99) in middle.items():
        print(f"  {name:24} {p50:7.0f} / {p99:.0f}")
    ours, theirs = middle["candle to acknowledged"], middle["floor to acknowledged"]
    print(f"  acknowledged against the floor: p50 {ours[0] / theirs[0]:.2f} (bar 1.5), p99 {ours[1] / theirs[1]:.2f} (bar 2)")
    peer = nautilus()
    if peer:
        print(f"  NautilusTrader, ticker to order, same run: p50 {peer[0]:.0f} us, p99 {peer[1]:.0f} us; ours p50 is {middle['candle to journalled'][0] / peer[0]:.2f} of it (bar 152 us)")


def recording(path, strategies="[momentum]"):
    """A recorded quarter through the four real processes, as fast as they go."""
    services = Services(
        f"symbols: [BTC/USDT]\nfeed: {{source: recording, speed: 0, files: {{BTC/USDT: {Path(path).resolve()}}}}}\n"
        f"strategy: {{active: {strategies}}}\n", "recording")
    try:
        facts = services.subscriber("feed", topics=("clock",))
        begun = time.monotonic()
        services.start_all()
        wait_for(facts, lambda t, m: m["body"]["isFinished"], 3000, "the end of the recording")
        seconds = time.monotonic() - begun
        print(services.quartet("report").stdout)
        print(f"recording: {seconds:.1f} s")
        services.stop_all()
    finally:
        services.cleanup()


if __name__ == "__main__":
    {"start": cold_start, "memory": memory, "chain": chain, "recording": recording}[sys.argv[1]](*sys.argv[2:])

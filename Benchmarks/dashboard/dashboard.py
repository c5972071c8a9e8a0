"""Measures the dashboard with the real services from outside.

usage: dashboard.py week DAYS SPEED | attacked
week: DAYS of market time at SPEED times its pace with the page open in Chromium (where it is there): memory of the dashboard, the
time between two frames of the page, the size of the databases. attacked: candle to order journalled and to acknowledged,
in turns without and with floods, slow clients and requests as fast as two clients can send them.
QUARTET_BIN_DIR names the release binaries.
"""
import sys
from pathlib import Path

ROOT_OF_ALL = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT_OF_ALL / "Tests" / "SystemTests"))
from dashboard_client import *  # noqa: E402

import re  # noqa: E402
import shutil  # noqa: E402
import socket  # noqa: E402
import threading  # noqa: E402

RISK = "risk: {max_daily_trades: 100000, max_daily_loss_pct: 100, max_drawdown_warning_pct: 99, max_drawdown_stop_pct: 100, max_price_age_millis: 3600000, silence_seconds: 0}"
WEEK = """symbols: [BTC/USDT, ETH/USDT, SOL/USDT]
feed: {source: simulated, seed: 5, speed: SPEED, ticker_interval_millis: 60000}
strategy: {active: [momentum, mean_reversion, trend_following]}
logging: {console_level: error, file_level: warning}
dashboard: {port: 0}
""" + RISK + "\n"
CHAIN = """symbols: [BTC/USDT]
feed: {source: simulated, seed: 9, speed: 1200, ticker_interval_millis: 30000}
strategy: {active: [probe], decision_minutes: 1}
logging: {console_level: error, file_level: warning}
dashboard: {port: 0}
""" + RISK + "\n"
FRAMES = """() => { window.deltas = []; let last = performance.now();
  const step = now => { window.deltas.push(now - last); last = now; requestAnimationFrame(step); }; requestAnimationFrame(step); }"""


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def resident(services, name="dashboard"):
    text = Path(f"/proc/{services.children[name].pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024


def start_all(services):
    services.start_all()
    page = start_dashboard(services)
    until("all four are heard", lambda: all(s["condition"] == "healthy" for s in page.get("/api/health")["items"]), 120)
    return page


def open_tab(address):
    """A tab with the page that notes the time between its frames; None where there is no browser."""
    chromium = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if not chromium:
        print("  no chromium with playwright here: frames are not measured")
        return None, None
    driver = sync_playwright().start()
    tab = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]).new_page(
        viewport={"width": 1400, "height": 900})
    tab.goto(address)
    tab.wait_for_selector("body[data-link=live]", timeout=120_000)
    tab.evaluate(FRAMES)
    return driver, tab


def week(days, speed):
    services = Services(WEEK.replace("SPEED", str(speed)), "week")
    try:
        page = start_all(services)
        driver, tab = open_tab(page.address + "/")
        first = page.get("/api/status")["marketTime"]
        samples, told = [], 0
        while True:
            passed = (page.get("/api/status")["marketTime"] - first) / 86_400e6
            if passed >= told:
                frames = tab.evaluate("window.deltas.splice(0)") if tab else []
                heap = tab.evaluate("performance.memory.usedJSHeapSize") / 1048576 if tab else float("nan")
                samples.append(resident(services))
                print(f"  day {passed:4.1f}: dashboard {samples[-1]:.1f} MB, page's heap {heap:.1f} MB, frames p50 {percentile(frames, 0.5):.1f} ms, "
                      f"p99 {percentile(frames, 0.99):.1f} ms, worst {max(frames, default=0):.0f} ms of {len(frames)}", flush=True)
                told = int(passed) + 1
            if passed >= days:
                break
            time.sleep(0.5)
        half = len(samples) // 2
        print(f"a week of market time: memory of the dashboard {samples[0]:.1f} MB at first, {samples[half]:.1f} MB at half, {samples[-1]:.1f} MB at the end")
        print("  trades, points, snapshots: " + ", ".join(str(v) for v in [
            page.get("/api/metrics")["all"]["trades"], page.get("/api/equity?limit=1")["total"], page.get("/api/metrics")["snapshots"]]))
        if driver:
            driver.stop()
        services.children["dashboard"].send_signal(signal.SIGTERM)
        services.children["dashboard"].wait(timeout=60)
        services.stop_all()
        for path in sorted((services.dir / "data").glob("*.sqlite")):
            size = sum(part.stat().st_size for part in path.parent.glob(path.name + "*"))
            print(f"  {path.name:20} {size / 1e6:7.2f} MB with its log")
    finally:
        services.cleanup()


class Attack:
    """Until closed: 300 clients that never end their head, connections opened and dropped, and the dearest requests without a pause."""

    def __init__(self, page):
        self.port, self.over = int(page.address.rsplit(":", 1)[1]), False
        self.counts = {"requests": 0, "connections": 0}
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self.ask, self.ask, self.flood, self.crawl)]
        for thread in self.threads:
            thread.start()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def ask(self):
        while not self.over:
            try:
                with self.connect() as line:
                    for path in ["/api/trades?limit=1000", "/api/report?format=text", "/api/metrics", "/metrics"] * 10:
                        line.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
                        head = b""
                        while b"\r\n\r\n" not in head:
                            part = line.recv(65536)
                            if not part:
                                raise ConnectionError("turned away: there are more connections than are served at once")
                            head += part
                        head, rest = head.split(b"\r\n\r\n", 1)
                        if b" 200 " not in head[:16]:
                            break
                        left = int(re.search(rb"Content-Length: (\d+)", head, re.I)[1]) - len(rest)
                        while left > 0:
                            left -= len(line.recv(65536))
                        self.counts["requests"] += 1
                        if self.over:
                            return
            except OSError:
                pass

    def flood(self):
        while not self.over:
            try:
                for line in [self.connect() for _ in range(50)]:
                    line.close()
                    self.counts["connections"] += 1
            except OSError:
                pass

    def crawl(self):
        slow = []
        while not self.over:
            try:
                while len(slow) < 300:
                    slow.append(self.connect())
                    slow[-1].sendall(b"GET /api/status HTTP/1.1\r\nX: ")
                for line in slow:
                    line.sendall(b"y")
            except OSError:
                slow = []
            time.sleep(0.5)

    def close(self):
        self.over = True
        for thread in self.threads:
            thread.join(timeout=30)


def chain_round(seconds, is_attacked):
    """(candle to acknowledged, candle to journalled) in microseconds; see Benchmarks/services for what they are."""
    services = Services(CHAIN, "attacked")
    services.env["QUARTET_LOGGING_FILE_LEVEL"] = "debug"
    try:
        facts = services.subscriber("feed", "risk", topics=("candle.BTC/USDT.1m", "verdict."))
        page = start_all(services)
        wait_for(facts, lambda t, m: m["kind"] == "verdict" and m["body"]["isApproved"], 60, "the first approval")
        attack = Attack(page) if is_attacked else None
        raw, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.25)
            while True:
                try:
                    raw.append(facts.recv_multipart(zmq.DONTWAIT))
                except zmq.Again:
                    break
        counts = attack.counts if attack else {}
        if attack:
            attack.close()
        services.children["dashboard"].send_signal(signal.SIGTERM)
        services.stop_all()
        candles, told = {}, {}
        for _, frame in raw:
            m = unframe(frame)
            if m["kind"] == "candle":
                candles[m["body"]["openTime"] + 60_000_000] = m["at"]
            elif m["body"]["isApproved"]:
                told[m["body"]["clientOrderId"]] = (m["body"]["decidedAt"], m["body"]["proposalId"])
        answered = dict(re.findall(r"proposal (\S+) was answered (\d+) us after", (services.dir / "log" / "strategy.log").read_text()))
        journalled = dict(services.database("execution").execute(
            "SELECT o.client_order_id, min(e.wall_time) FROM orders o JOIN order_events e ON e.order_id = o.id GROUP BY o.id").fetchall())
        known = [(id, when, proposal) for id, (when, proposal) in told.items() if when in candles and id in journalled and proposal in answered]
        return [int(answered[p]) for _, _, p in known], [journalled[id] - candles[when] for id, when, _ in known], counts
    finally:
        services.cleanup()


def attacked(rounds=2, seconds=6):
    results = {False: ([], []), True: ([], [])}
    total = {}
    for _ in range(rounds):
        for is_attacked in (False, True):
            acknowledged, journalled, counts = chain_round(seconds, is_attacked)
            results[is_attacked][0].extend(acknowledged)
            results[is_attacked][1].extend(journalled)
            for name, count in counts.items():
                total[name] = total.get(name, 0) + count
    for is_attacked, (acknowledged, journalled) in results.items():
        print(f"{'under attack' if is_attacked else 'left alone':12}: candle to order journalled p50 {percentile(journalled, 0.5)} p99 {percentile(journalled, 0.99)} µs, "
              f"to acknowledged p50 {percentile(acknowledged, 0.5)} p99 {percentile(acknowledged, 0.99)} µs, {len(journalled)} orders")
    print(f"  the attack in {rounds * seconds} s: {total}, 300 slow clients at a time")


if __name__ == "__main__":
    if sys.argv[1] == "week":
        week(float(sys.argv[2]), int(sys.argv[3]))
    else:
        attacked()

"""Measures quartet-simulator from outside: processor time from /proc, messages as they arrive.

The market stands still (--speed 0) and is moved on by the administrator, so that what is measured is the work and not the clock.
Orders are set against the plainest request there is, a ping over the same connection in the same run.
"""
import hashlib
import hmac
import http.client
import os
import sys
import threading
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests" / "SystemTests"))
from box import Box, KEY, SECRET, WebSocket  # noqa: E402

SYMBOLS = int(sys.argv[1]) if len(sys.argv) > 1 else 200
TICK = os.sysconf("SC_CLK_TCK")


def processor(box):
    words = Path(f"/proc/{box.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / TICK


def resident(box):
    for line in Path(f"/proc/{box.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024


def names(box):
    return box.get("/admin")["markets"]["usdm"]


def count_messages(stream, counts, place):
    """Counts frames without reading them: Python's JSON would be what is measured."""
    try:
        while True:
            head = stream.take(2)
            length = head[1] & 0x7F
            if length == 126:
                length = int.from_bytes(stream.take(2), "big")
            elif length == 127:
                length = int.from_bytes(stream.take(8), "big")
            stream.take(length)
            counts[place][0] += 1
            counts[place][1] += length
    except (ConnectionError, OSError):
        pass


def market(box, seconds, listeners):
    """Processor seconds and messages for that much market time."""
    counts = [[0, 0] for _ in listeners]
    for place, stream in enumerate(listeners):
        threading.Thread(target=count_messages, args=(stream, counts, place), daemon=True).start()
    before = processor(box)
    for _ in range(seconds // 10):
        box.admin("/admin/advance", {"milliseconds": 10_000})
    settled = (-1, 0)
    while settled[0] != sum(c[0] for c in counts) or settled[1] < 10:
        total = sum(c[0] for c in counts)
        settled = (total, settled[1] + 1 if total == settled[0] else 0)
        time.sleep(0.1)
    return processor(box) - before, sum(c[0] for c in counts), sum(c[1] for c in counts)


def subscribe(box, kinds):
    streams = []
    symbols = [n.lower() for n in names(box)]
    for start in range(0, len(symbols), 50):
        stream = WebSocket(box.port, "/usdm/ws")
        wanted = ",".join(f'"{s}@{k}"' for s in symbols[start:start + 50] for k in kinds)
        stream.send('{"method":"SUBSCRIBE","params":[' + wanted + '],"id":1}')
        stream.read()
        streams.append(stream)
    return streams


def orders(box, count):
    """Seconds for one ping and for one market order over a kept connection."""
    connection = http.client.HTTPConnection("127.0.0.1", box.port, timeout=60)
    headers = {"X-MBX-APIKEY": KEY, "Content-Type": "application/x-www-form-urlencoded"}
    clock = box.get("/fapi/v1/time")["serverTime"]

    def ping():
        connection.request("GET", "/fapi/v1/ping")
        connection.getresponse().read()

    def order():
        text = urllib.parse.urlencode({
            "symbol": "BTCUSDT", "side": "BUY" if order.number % 2 == 0 else "SELL", "type": "MARKET",
            "quantity": "0.002", "timestamp": clock})
        order.number += 1
        text += "&signature=" + hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
        connection.request("POST", "/fapi/v1/order", text, headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status == 429:
            box.admin("/admin/unban", {})
        elif answer.status != 200:
            raise SystemExit(f"an order was refused: {body}")
    order.number = 0
    results = {}
    for name, work in (("ping", ping), ("order", order)):
        times = []
        before = processor(box)
        for _ in range(count):
            began = time.perf_counter()
            work()
            times.append(time.perf_counter() - began)
            if len(times) % 250 == 0:
                box.admin("/admin/unban", {})
        times.sort()
        results[name] = (times[len(times) // 2], times[len(times) * 99 // 100], (processor(box) - before) / count)
    return results


def main():
    options = ["--symbol-count", str(SYMBOLS), "--speed", "0", "--start", "2025-06-01", "--balances", "USDT=1000000"]
    began = time.perf_counter()
    box = Box(*options)
    print(f"{SYMBOLS} symbols on two markets; ready after {time.perf_counter() - began:.2f} s, {resident(box):.0f} MB")
    prices = SYMBOLS * 2
    used, _, _ = market(box, 3_600, [])
    print(f"nobody listens: {3_600 * prices / used:,.0f} prices a second of processor time, {3_600 / used:,.0f} x real time")
    began = time.perf_counter()
    for name in names(box):
        for timeframe in ("1m", "3m", "5m", "15m", "30m", "1h", "4h"):
            box.request("GET", f"/fapi/v1/klines?symbol={name}&interval={timeframe}&limit=1000")
        box.admin("/admin/unban", {})
    print(f"all seven lengths x 1,000 candles asked for once: {time.perf_counter() - began:.1f} s, then {resident(box):.0f} MB")
    for kinds in (["bookTicker"], ["bookTicker", "kline_1m"], ["depth@100ms"]):
        streams = subscribe(box, kinds)
        used, messages, size = market(box, 120, streams)
        print(f"{' + '.join(kinds)}: {messages:,} messages ({size / max(1, messages):.0f} B), "
              f"{messages / used:,.0f} a second of processor time, {120 / used:,.0f} x real time; {resident(box):.0f} MB")
        for stream in streams:
            stream.close()
        time.sleep(0.5)
    results = orders(box, 2_000)
    ping, order = results["ping"], results["order"]
    print(f"ping: p50 {ping[0] * 1e6:.0f} us, p99 {ping[1] * 1e6:.0f} us, {ping[2] * 1e6:.0f} us of processor time")
    print(f"market order: p50 {order[0] * 1e6:.0f} us, p99 {order[1] * 1e6:.0f} us, {order[2] * 1e6:.0f} us of processor "
          f"time; {order[0] / ping[0]:.1f} x a ping")
    box.stop()


main()

"""Lets feed make its database, fills it with candles, starts feed again and reads what it takes once all are in memory."""
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BIN = Path(os.environ["QUARTET_BIN_DIR"])
SYMBOLS, CANDLES = int(sys.argv[1]), int(sys.argv[2])
FRAMES = {"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "4h": 240}
BAR_MB = 150


def start(directory):
    """Feed at an address where nobody answers: what it says goes into feed.out."""
    out = open(directory / "feed.out", "w")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("QUARTET_")}
    return subprocess.Popen([BIN / "quartet-feed", "--config", directory / "quartet.yaml"], stdout=out, stderr=out, env=environment)


def wait_for(directory, feed, words):
    deadline = time.monotonic() + 600
    while words not in (directory / "feed.out").read_text():
        if feed.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"feed does not say \"{words}\": " + (directory / "feed.out").read_text()[-2000:])
        time.sleep(0.2)


def stop(feed):
    feed.send_signal(signal.SIGTERM)
    feed.wait(60)


def fill(path, symbols):
    """Closed candles up to the last full four hours, prices of two decimals."""
    connection = sqlite3.connect(path)
    end = int(time.time()) // 14_400 * 14_400_000_000
    with connection:
        for number, symbol in enumerate(symbols):
            for frame, minutes in FRAMES.items():
                connection.executemany(
                    "INSERT INTO candles VALUES (?, ?, ?, 'binance', ?, ?, ?, ?, ?, 0, 1, ?)",
                    ((symbol, frame, end - (k + 1) * minutes * 60_000_000, f"{100 + number}.{k % 97:02}", f"{102 + number}.{k % 89:02}",
                      f"{98 + number}.{k % 83:02}", f"{100 + number}.{k % 79:02}", f"{k * 7 % 1009}.{k % 997:03}", end)
                     for k in range(CANDLES)))
    connection.close()


def main(directory):
    symbols = ["BTC/USDT"] + [f"C{n}/USDT" for n in range(1, SYMBOLS)]
    (directory / "quartet.yaml").write_text(f"""
data_directory: {directory}/data
run_directory: {directory}/bus
log_directory: {directory}/log
symbols: [{", ".join(symbols)}]
feed: {{source: live, venue: binance, look_back: {CANDLES}}}
venues: {{binance: {{rest_url: "http://127.0.0.1:1", ws_url: "ws://127.0.0.1:1"}}}}
""")
    feed = start(directory)
    wait_for(directory, feed, "feed is up")
    stop(feed)
    fill(directory / "data" / "feed.sqlite", symbols)
    feed = start(directory)
    try:
        wait_for(directory, feed, f"{SYMBOLS * 7 * CANDLES} candles are stored")
        wait_for(directory, feed, "feed is up")
        time.sleep(3)
        status = dict(line.split(":", 1) for line in Path(f"/proc/{feed.pid}/status").read_text().splitlines())
        resident, peak, own = (int(status[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM", "RssAnon"))
    finally:
        stop(feed)
    print(f"{SYMBOLS} symbols x 7 timeframes x {CANDLES} candles: {resident:.0f} MB resident, {own:.0f} MB of it its own data, "
          f"{peak:.0f} MB at most; bar {BAR_MB} MB")
    return 0 if resident <= BAR_MB else 1


with tempfile.TemporaryDirectory(prefix="q-", dir="/tmp") as name:
    sys.exit(main(Path(name)))

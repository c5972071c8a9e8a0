"""`quartet up` without a configured feed.source: an exchange in a box under the same supervisor, and feed live at it.

Box and feed are killed in the middle; the market goes on, what feed publishes does not go back in time, and what it has
stored in the end has no hole. After `quartet down` and another `up` the same market goes on where it was.

usage: box_run.py
"""
from harness import *

SYMBOLS = ["BTC/USDT", "ETH/USDT"]
CONFIG = f"symbols: [{', '.join(SYMBOLS)}]\nstrategy: {{active: [momentum]}}\n"
PATIENCE = 180


def pid_of(services, name):
    """The pid that the box or a service has told."""
    if name == "simulator":
        return json.loads((services.dir / "bus" / "box.json").read_text())["pid"]
    return json.loads(services.quartet("status", "--json", check=False).stdout)["services"][0]["pid"]


def next_closes(facts, count, what, besides=None):
    """Waits until each symbol's minute has closed so often; holds the order of what is published.

    What the session `besides` has published does not count. Returns the newest minute that all have, and the session.
    """
    newest, closes = {}, {s: 0 for s in SYMBOLS}
    deadline = time.monotonic() + PATIENCE
    while min(closes.values()) < count:
        message = receive(facts, deadline)
        if message is None:
            fail(f"{what}: after {PATIENCE} s there were {closes} new minutes")
        topic, m = message
        body, session = m["body"], m["session"]
        if session == besides:
            continue
        if topic.startswith("candle.") and topic.endswith(".1m"):
            if body["openTime"] <= newest.get(body["symbol"], 0):
                fail(f"{what}: {topic} came twice or went back in time")
            if newest.get(body["symbol"]) and body["openTime"] - newest[body["symbol"]] != 60_000_000:
                fail(f"{what}: there is a hole in {topic} before {body['openTime']}")
            newest[body["symbol"]] = body["openTime"]
            closes[body["symbol"]] += 1
    return min(newest.values()), session


def stored(services):
    """No series has a hole; the newest minute."""
    database = services.database("feed")
    newest = []
    for symbol in SYMBOLS:
        for frame, minutes in {"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "4h": 240}.items():
            times = [r[0] for r in database.execute(
                "SELECT open_time FROM candles WHERE symbol = ? AND timeframe = ? ORDER BY open_time", (symbol, frame))]
            if len(times) < 990:
                fail(f"only {len(times)} {frame} candles of {symbol} are stored")
            if any(b - a != minutes * 60_000_000 for a, b in zip(times, times[1:])):
                fail(f"the stored {frame} candles of {symbol} have a hole")
            if frame == "1m":
                newest.append(times[-1])
    database.close()
    return min(newest)


def main():
    services = Services(CONFIG, "box_run")
    try:
        up = services.quartet("up", "--patience", str(PATIENCE), timeout=PATIENCE + 60)
        if "an exchange in a box" not in up.stderr + up.stdout:
            fail(f"quartet up does not say where the market is: {up.stdout}{up.stderr}")
        facts = services.subscriber("feed", topics=("candle.",))
        next_closes(facts, 1, "at first")
        box = pid_of(services, "simulator")
        os.kill(box, signal.SIGKILL)
        _, session = next_closes(facts, 3, "after the box was killed")
        if pid_of(services, "simulator") == box:
            fail("the box that was killed still has the same pid")
        os.kill(pid_of(services, "feed"), signal.SIGKILL)
        _, session = next_closes(facts, 2, "after feed was killed", besides=session)
        services.quartet("down", timeout=120)
        before = stored(services)
        services.quartet("up", "--patience", str(PATIENCE), timeout=PATIENCE + 60)
        after, _ = next_closes(facts, 1, "after the second start", besides=session)
        if not before < after:
            fail(f"the market does not go on: {before} before, {after} after the second start")
        services.quartet("down", timeout=120)
        stored(services)
        print("OK", flush=True)
    except SystemExit:
        services.logs(60)
        for path in sorted((services.dir / "log").glob("*.console.log")):
            print(f"--- {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-20:]))
        raise
    finally:
        subprocess.run([BIN / "quartet", "down"], env=services.env, cwd=services.dir, capture_output=True)
        services.cleanup()


main()

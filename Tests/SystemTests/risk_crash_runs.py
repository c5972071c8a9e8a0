"""Risk is killed at every step of the exit path, in the real program, over and over: at a point and passage drawn from a
printed seed, while positions with tight stops are opened and left. Afterwards no exit is lost (nothing is open that should
not be, every plan of a closed position is spent), none is doubled (what left a position is what entered it, to the last
digit), no peak is forgotten (a best price that was told is never worse on disk), and every verdict that was told stands.

usage: risk_crash_runs.py [RUNS] [SEED]
"""
from asking import *

RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 40
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().getrandbits(32)
POINTS = ["requested", "decided", "before_commit", "inside_commit", "committed", "sent", "before_reply", "replied",
          "before_publish", "published"]
SYMBOLS = ["BTC/USDT", "ETH/USDT"]
CONFIG = """
symbols: [BTC/USDT, ETH/USDT]
feed: {source: simulated, seed: 5, speed: 600}
execution: {starting_balance: 100000}
risk: {max_daily_loss_pct: 100, max_daily_trades: 100000, max_drawdown_warning_pct: 100, max_drawdown_stop_pct: 100,
       max_entries_per_minute: 0, max_entries_per_hour: 0, max_price_age_millis: 3600000, max_evidence_age_seconds: 86400}
"""


class Risk:
    """The process under test, seen by a strategy that proposes and by an operator."""

    def __init__(self, services, chance):
        self.services, self.chance = services, chance
        self.kills, self.killed_at, self.verdicts, self.best = 0, {}, {}, {}
        self.plans = services.subscriber("risk", topics=("plan.",))

    def start(self, armed=True):
        self.plan = (self.chance.choice(POINTS), self.chance.randint(1, 6))
        self.services.env.pop("QUARTET_TEST_FAULT", None)
        if armed:
            self.services.env["QUARTET_TEST_FAULT"] = f"{self.plan[0]}:{self.plan[1]}"
        self.services.start("risk")
        self.services.env.pop("QUARTET_TEST_FAULT", None)
        self.child = self.services.children["risk"]

    def look(self):
        """Takes in what was told, and starts the process again where it has died."""
        while message := receive(self.plans, time.monotonic() + 0.001):
            plan = message[1]["body"]
            better = max if plan["side"] == "long" else min
            if plan["status"] in ("active", "closing"):
                best = Decimal(plan["best"])
                self.best[plan["id"]] = (plan["side"], better(best, self.best.get(plan["id"], (0, best))[1]))
        if self.child.poll() is None:
            return
        if self.child.returncode != -signal.SIGKILL:
            fail(f"risk ended with {self.child.returncode} at {self.plan} (seed {SEED})")
        self.kills += 1
        self.killed_at[self.plan[0]] = self.killed_at.get(self.plan[0], 0) + 1
        self.start(armed=self.kills < RUNS)

    def watch(self):
        kills = self.kills
        self.look()
        return self.kills > kills

    def ask(self, kind, body, id):
        return ask_until_answered(self.services, "risk", kind, body, id, watch=self.watch, later=None, attempt=4, ttl=5,
                                  source="strategy", words=f" (seed {SEED})")


def proposal(number, symbol, price, session, chance):
    last = Decimal(price["last"])
    is_long = chance.random() < 0.5
    sign = 1 if is_long else -1
    level = lambda share: str((last * (1 + sign * Decimal(share))).quantize(Decimal("0.01")))
    return {"id": f"crash-{SEED}-{number}", "decisionId": "d", "strategy": "crash", "symbol": symbol,
            "action": "enterLong" if is_long else "enterShort", "confidence": 0.8, "price": price["last"],
            "stopLoss": level("-0.002"), "takeProfit": level("0.004"), "leverage": 3,
            "invalidation": "close 1m below 1" if is_long else "close 1m above 10000000", "timeframe": "5m",
            "regime": "unknown", "decidedAt": price["eventTime"],
            "evidence": [{"topic": f"candle.{symbol}.5m", "session": session, "seq": 1, "eventTime": price["eventTime"],
                          "ageMicros": 0, "gaps": 0}]}


def run(services, risk, chance):
    feed = services.subscriber("feed", topics=("ticker.",))
    price, number, session = {}, 0, ""
    risk.start()
    began = time.monotonic()
    while risk.kills < RUNS:
        if time.monotonic() - began > 20 + 15 * RUNS:
            fail(f"risk has died only {risk.kills} times, at last it was to die at {risk.plan} (seed {SEED})")
        while message := receive(feed, time.monotonic() + 0.001):
            session = message[1]["session"]
            price[message[1]["body"]["symbol"]] = message[1]["body"]
        symbol = chance.choice(SYMBOLS)
        if symbol not in price:
            time.sleep(0.01)
            continue
        number += 1
        body = proposal(number, symbol, price[symbol], session, chance)
        reply = risk.ask("proposal", body, f"r-{body['id']}")
        if reply["kind"] != "verdict":
            fail(f"proposal {body['id']} was answered with {reply} (seed {SEED})")
        risk.verdicts[body["id"]] = reply["body"]
        risk.look()
    flat = time.monotonic() + 60
    while True:
        risk.ask("command", {"verb": "flatten", "who": "harness", "why": "the end"}, f"f{time.monotonic()}")
        risk.look()
        snapshot = risk.ask("riskSnapshotRequest", {}, f"s{time.monotonic()}")["body"]
        if not snapshot["plans"] and snapshot["state"]["openPositions"] == 0:
            break
        if time.monotonic() > flat:
            fail(f"after a minute of flattening these plans are left: {snapshot['plans']} (seed {SEED})")
        time.sleep(0.1)
    for service in ("risk", "execution"):
        services.children[service].send_signal(signal.SIGTERM)
        services.children[service].wait(timeout=20)


def audit(services, risk):
    db, own = services.database("execution"), services.database("risk")
    entered, left, exits = {}, {}, 0
    rows = list(db.execute("SELECT * FROM orders"))
    if len({r["client_order_id"] for r in rows}) != len(rows):
        fail(f"an order is in the journal twice (seed {SEED})")
    for row in rows:
        side = entered if row["purpose"] == "entry" else left
        if row["purpose"] == "entry" and row["proposal_id"] in entered:
            fail(f"proposal {row['proposal_id']} has two entries (seed {SEED})")
        exits += row["purpose"] == "exit"
        side[row["proposal_id"]] = side.get(row["proposal_id"], Decimal(0)) + Decimal(row["filled_quantity"])
    for id, quantity in entered.items():
        if left.get(id, Decimal(0)) != quantity:
            fail(f"{quantity} entered for {id}, {left.get(id, 0)} left (seed {SEED})")
    plans = {r["id"]: r for r in own.execute("SELECT * FROM plans")}
    for id, row in plans.items():
        if row["status"] != "spent":
            fail(f"plan {id} is {row['status']} while nothing is open (seed {SEED})")
    for id, (side, best) in risk.best.items():
        saved = Decimal(plans[id]["best"])
        if (saved < best) if side == "long" else (saved > best):
            fail(f"the best price of {id} was told as {best} and is {saved} on disk (seed {SEED})")
    verdicts = {r["proposal_id"]: r for r in own.execute("SELECT * FROM verdicts")}
    for id, told in risk.verdicts.items():
        if id not in verdicts or bool(verdicts[id]["is_approved"]) != told["isApproved"]:
            fail(f"the verdict on {id} was told as {told['isApproved']} and is otherwise on disk (seed {SEED})")
    services.quartet("db", "verify")
    return len(entered), exits


def main():
    print(f"seed {SEED}", flush=True)
    services = Services(CONFIG, "risk-crash")
    chance = random.Random(SEED)
    risk = Risk(services, chance)
    began = time.monotonic()
    try:
        services.start("feed")
        services.start("execution")
        run(services, risk, chance)
        entries, exits = audit(services, risk)
        spread = ", ".join(f"{p} {risk.killed_at.get(p, 0)}" for p in POINTS)
        print(f"PASSED: {risk.kills} kills ({spread}), {entries} entries, {exits} exits, no exit lost or doubled, no peak "
              f"forgotten, {time.monotonic() - began:.0f} s (seed {SEED})")
    except SystemExit:
        services.logs(15)
        raise
    finally:
        services.cleanup()


main()

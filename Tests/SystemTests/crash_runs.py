"""Execution is killed at every step between "decided" and "recorded", in the real program, over and over: at a point and
passage drawn from a printed seed. Whoever asks resends the same request until it is answered, as risk does. Afterwards each
order is in the journal exactly once with the content that was asked for, whatever was answered or told is there, and fills,
positions and cash agree to the last digit.

usage: crash_runs.py [RUNS] [SEED]
"""
from asking import *

RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 40
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().getrandbits(32)
POINTS = ["requested", "decided", "before_commit", "inside_commit", "committed", "sent", "before_reply", "replied",
          "before_publish", "published"]
SYMBOLS = ["BTC/USDT", "ETH/USDT"]
LOTS = {"BTC/USDT": "0.001", "ETH/USDT": "0.01"}
CONFIG = """
symbols: [BTC/USDT, ETH/USDT]
feed: {source: simulated, seed: 5, speed: 600}
execution: {starting_balance: 100000}
"""


class Execution:
    """The one process under test, and the only client it has."""

    def __init__(self, services, chance):
        self.services, self.chance = services, chance
        self.kills, self.starts = 0, 0
        self.killed_at = {}
        self.facts = services.subscriber("execution", topics=("fill.", "order."))
        self.told = {}

    def start(self, armed=True):
        point, passage = self.chance.choice(POINTS), self.chance.randint(1, 6)
        self.plan = (point, passage)
        env = self.services.env
        env.pop("QUARTET_TEST_FAULT", None)
        if armed:
            env["QUARTET_TEST_FAULT"] = f"{point}:{passage}"
        self.services.start("execution")
        self.child = self.services.children["execution"]
        self.starts += 1

    def has_died(self):
        if self.child.poll() is None:
            return False
        if self.child.returncode != -signal.SIGKILL:
            fail(f"execution ended with {self.child.returncode} at {self.plan} (seed {SEED})")
        self.kills += 1
        self.killed_at[self.plan[0]] = self.killed_at.get(self.plan[0], 0) + 1
        return True

    def revive(self):
        self.start(armed=self.kills < RUNS)

    def watch(self):
        self.listen()
        if self.has_died():
            self.revive()
            return True
        return False

    def ask(self, kind, body, id):
        return ask_until_answered(self.services, "execution", kind, body, id, watch=self.watch, attempt=4, ttl=5,
                                  words=f" (seed {SEED})")

    def listen(self):
        """Takes in what was told; a fact that was told must be in the journal for ever."""
        while True:
            message = receive(self.facts, time.monotonic() + 0.001)
            if message is None:
                return
            topic, m = message
            if topic.startswith("fill."):
                self.told[m["body"]["id"]] = m["body"]

    def wait_for_end(self, id):
        """Until the order is over, execution has died, or the market has had its chance."""
        deadline = time.monotonic() + 0.3
        while time.monotonic() < deadline:
            if self.has_died():
                self.revive()
            message = receive(self.facts, time.monotonic() + 0.02)
            if message is None:
                continue
            topic, m = message
            if topic.startswith("fill."):
                self.told[m["body"]["id"]] = m["body"]
            elif m["body"]["request"]["clientOrderId"] == id and m["body"]["status"] in ("filled", "canceled", "rejected"):
                return


def order_body(number, symbol, side, type, quantity, chance, price, **more):
    body = {"clientOrderId": f"crash-{SEED}-{number}", "proposalId": f"p{number}", "strategy": "crash", "symbol": symbol,
            "side": side, "type": type, "quantity": quantity, "timeInForce": "GTC", "isReduceOnly": False,
            "isPostOnly": False, "leverage": 1, "purpose": "entry", "referencePrice": price["last"], "decidedAt": price["eventTime"]}
    body.update(more)
    return body


def draw(number, chance, positions, price):
    """An entry where nothing is held, an exit of it otherwise; now and then an order that rests."""
    symbol = chance.choice(SYMBOLS)
    lot = Decimal(LOTS[symbol])
    held = positions.get(symbol)
    if held is None or chance.random() < 0.3 and held["side"] == "long":
        quantity = str(lot * chance.randint(200, 900) if symbol == "BTC/USDT" else lot * chance.randint(100, 900))
        if chance.random() < 0.2:
            limit = (Decimal(price[symbol]["last"]) * Decimal("0.8")).quantize(Decimal("1"))
            return order_body(number, symbol, "buy", "limit", quantity, chance, price[symbol], limitPrice=str(limit))
        return order_body(number, symbol, "buy", "market", quantity, chance, price[symbol])
    side = "sell" if held["side"] == "long" else "buy"
    return order_body(number, symbol, side, "market", held["quantity"], chance, price[symbol], isReduceOnly=True, purpose="exit",
                      exitReason="signal")


def run(services, execution, chance):
    feed = services.subscriber("feed", topics=("ticker.",))
    price = {}
    while set(price) != set(SYMBOLS):
        message = receive(feed, time.monotonic() + 30) or fail("feed is silent")
        price[message[1]["body"]["symbol"]] = message[1]["body"]
    execution.start()
    asked, answered, number = {}, {}, 0
    while execution.kills < RUNS:
        number += 1
        snapshot = execution.ask("executionSnapshotRequest", {}, f"s{number}")["body"]
        positions = {p["symbol"]: p for p in snapshot["positions"] if Decimal(p["quantity"])}
        while message := receive(feed, time.monotonic() + 0.001):
            price[message[1]["body"]["symbol"]] = message[1]["body"]
        resting = [o for o in snapshot["openOrders"] if o["request"]["type"] == "limit"]
        if resting and chance.random() < 0.5:
            id = resting[0]["request"]["clientOrderId"]
            execution.ask("cancelRequest", {"clientOrderId": id}, f"c{number}")
            execution.wait_for_end(id)
            continue
        body = draw(number, chance, positions, price)
        id = body["clientOrderId"]
        asked[id] = body
        reply = execution.ask("orderRequest", body, f"r{number}")
        if reply["kind"] != "orderReport":
            fail(f"order {id} was answered with {reply} (seed {SEED})")
        answered[id] = reply["body"]["order"]
        execution.wait_for_end(id)
    if execution.child.poll() is None:
        execution.child.kill()
        execution.child.wait()
    execution.start(armed=False)
    execution.ask("executionSnapshotRequest", {}, "last")
    execution.listen()
    execution.child.send_signal(signal.SIGTERM)
    execution.child.wait(timeout=10)
    return asked, answered


def audit(services, execution, asked, answered):
    db = services.database("execution")
    rows = list(db.execute("SELECT * FROM orders"))
    orders = {r["client_order_id"]: r for r in rows}
    if len(orders) != len(rows):
        fail(f"an order is in the journal twice (seed {SEED})")
    for id, body in asked.items():
        if id not in orders:
            fail(f"order {id} was answered and is not in the journal (seed {SEED})")
        row = orders[id]
        for column, field in (("symbol", "symbol"), ("side", "side"), ("type", "type"), ("quantity", "quantity")):
            same = Decimal(row[column]) == Decimal(body[field]) if column == "quantity" else row[column] == body[field]
            if not same:
                fail(f"order {id} was asked for with {field} {body[field]} and is journalled with {row[column]} (seed {SEED})")
        if answered[id].get("venueOrderId") not in (None, row["venue_order_id"]):
            fail(f"order {id} was answered as {answered[id]['venueOrderId']} at the venue and is journalled as {row['venue_order_id']} (seed {SEED})")
    fills = list(db.execute("SELECT f.*, o.client_order_id FROM fills f JOIN orders o ON o.id = f.order_id ORDER BY f.id"))
    ids = {f["fill_id"]: f for f in fills}
    if len(ids) != len(fills):
        fail(f"a fill is in the journal twice (seed {SEED})")
    for id, told in execution.told.items():
        if id not in ids:
            fail(f"fill {id} was told and is not in the journal (seed {SEED})")
        if (Decimal(ids[id]["quantity"]), Decimal(ids[id]["price"])) != (Decimal(told["quantity"]), Decimal(told["price"])):
            fail(f"fill {id} was told otherwise than it is journalled (seed {SEED})")
    filled = {}
    for fill in fills:
        filled[fill["client_order_id"]] = filled.get(fill["client_order_id"], Decimal(0)) + Decimal(fill["quantity"])
    for id, row in orders.items():
        if filled.get(id, Decimal(0)) != Decimal(row["filled_quantity"]) or Decimal(row["filled_quantity"]) > Decimal(row["quantity"]):
            fail(f"order {id} of {row['quantity']} says {row['filled_quantity']}, its fills say {filled.get(id)} (seed {SEED})")
    ours, venue = (db.execute(f"SELECT * FROM {t}").fetchone() for t in ("account", "paper_account"))
    for column in ("net_deposits", "realized_pnl", "fees"):
        if Decimal(ours[column]) != Decimal(venue[column]):
            fail(f"{column} is {ours[column]} in the books and {venue[column]} at the venue (seed {SEED})")
    services.quartet("db", "verify")
    return len(fills)


def main():
    print(f"seed {SEED}", flush=True)
    services = Services(CONFIG, "crash")
    chance = random.Random(SEED)
    execution = Execution(services, chance)
    began = time.monotonic()
    try:
        services.start("feed")
        asked, answered = run(services, execution, chance)
        fills = audit(services, execution, asked, answered)
        spread = ", ".join(f"{p} {execution.killed_at.get(p, 0)}" for p in POINTS)
        print(f"PASSED: {execution.kills} kills ({spread}), {len(asked)} orders each exactly once, {fills} fills, books exact, "
              f"{time.monotonic() - began:.0f} s (seed {SEED})")
    except SystemExit:
        services.logs(15)
        raise
    finally:
        services.cleanup()


main()

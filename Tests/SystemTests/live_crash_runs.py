"""Execution trades live, at an exchange on this machine that loses replies, loses requests, takes orders late, gives up in the
middle, fills before it acknowledges and breaks its stream; and execution is killed at every step between "decided" and
"recorded" while it does. Whoever asks resends the same request until it is answered, as risk does.

Afterwards: at the exchange exactly one order for each that was asked for, or none and a reason in the journal; the same fills,
fees and positions on both sides; cash exact to the last digit.

usage: live_crash_runs.py [KILLS] [SEED]
"""
import threading

from asking import *
from futures_exchange import *

RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 10
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().getrandbits(32)
POINTS = ["requested", "decided", "before_commit", "inside_commit", "committed", "sent", "heard", "before_reply", "replied",
          "before_publish", "published"]
PAIR = "BTC/USDT"
OVER = ("filled", "canceled", "rejected", "expired", "denied")


class Feed:
    """Feed as far as execution knows it: instruments, a price, a clock."""

    def __init__(self, services, exchange):
        self.services, self.exchange = services, exchange
        os.makedirs(f"{services.dir}/bus", mode=0o700, exist_ok=True)
        self.rep = services.context.socket(zmq.REP)
        self.rep.bind(f"ipc://{services.dir}/bus/feed.rep")
        self.pub = services.context.socket(zmq.PUB)
        self.pub.bind(f"ipc://{services.dir}/bus/feed.pub")
        self.seq = {}
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def ticker(self):
        now, price = int(time.time() * 1e6), self.exchange.price
        return {"symbol": PAIR, "venue": "binance_usdm", "bid": str(price - 1), "bidQuantity": "100", "ask": str(price + 1),
                "askQuantity": "100", "last": str(price), "eventTime": now, "receivedTime": now}

    def frame(self, kind, body, seq, **more):
        message = {"v": 1, "kind": kind, "source": "feed", "session": "livefeed", "seq": seq, "at": int(time.time() * 1e6),
                   "body": body, **more}
        text = json.dumps(message).encode()
        return struct.pack(">I", len(text)) + text

    def publish(self, topic, kind, body):
        self.seq[topic] = self.seq.get(topic, 0) + 1
        self.pub.send_multipart([topic.encode(), self.frame(kind, body, self.seq[topic])])

    def snapshot(self):
        return {"instruments": [{"symbol": PAIR, "venue": "binance_usdm", "tickSize": "0.1", "lotSize": "0.001",
                                 "minQuantity": "0.001", "maxQuantity": "1000", "minNotional": "5", "maxLeverage": 50,
                                 "makerFee": "0.0002", "takerFee": "0.0005"}],
                "tickers": [self.ticker()], "timeframes": [],
                "clock": {"marketTime": int(time.time() * 1e6), "rate": 1, "isFinished": False},
                "sequences": [{"topic": t, "seq": n} for t, n in self.seq.items()]}

    def run(self):
        last = 0
        while not self.stopped.is_set():
            if self.rep.poll(50):
                request = unframe(self.rep.recv())
                self.rep.send(self.frame("feedSnapshot", self.snapshot(), 0, id=request["id"]))
            if time.monotonic() - last > 0.2:
                last = time.monotonic()
                self.publish(f"ticker.{PAIR}", "ticker", self.ticker())
        self.rep.close(linger=0)
        self.pub.close(linger=0)

    def stop(self):
        self.stopped.set()
        self.thread.join(5)


class Execution:
    def __init__(self, services, chance):
        self.services, self.chance = services, chance
        self.kills, self.starts, self.number = 0, 0, 0
        self.killed_at = {}
        self.told = {}
        self.facts = services.subscriber("execution", topics=("fill.", "order."))

    def start(self, armed=True):
        self.plan = (self.chance.choice(POINTS), self.chance.randint(1, 6))
        env = self.services.env
        env.pop("QUARTET_TEST_FAULT", None)
        if armed:
            env["QUARTET_TEST_FAULT"] = f"{self.plan[0]}:{self.plan[1] * (3 if self.plan[0] == 'heard' else 1)}"
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

    def listen(self):
        while message := receive(self.facts, time.monotonic() + 0.001):
            if message[0].startswith("fill."):
                self.told[message[1]["body"]["id"]] = message[1]["body"]

    def watch(self):
        self.listen()
        if self.has_died():
            self.revive()
            return True
        return False

    def ask(self, kind, body, id):
        return ask_until_answered(self.services, "execution", kind, body, id, watch=self.watch, words=f" (seed {SEED})")

    def snapshot(self):
        self.number += 1
        return self.ask("executionSnapshotRequest", {}, f"s{self.number}-{self.starts}")["body"]

    def settle(self, seconds, done):
        """Until the snapshot says so."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            body = self.snapshot()
            if done(body):
                return body
            self.facts.poll(100)
            self.listen()
        return None


def draw(number, chance, held, exchange):
    price = exchange.price
    body = {"clientOrderId": f"live-{SEED}-{number}", "proposalId": f"p{number}", "strategy": "crash", "symbol": PAIR,
            "side": "buy", "type": "market", "quantity": str(Decimal(chance.randint(2, 30)) / 1000), "timeInForce": "GTC",
            "isReduceOnly": False, "isPostOnly": False, "leverage": 3, "purpose": "entry", "referencePrice": str(price),
            "decidedAt": int(time.time() * 1e6)}
    if held and chance.random() < 0.6:
        body.update(side="sell" if held["side"] == "long" else "buy", quantity=held["quantity"], isReduceOnly=True,
                    purpose="exit", exitReason="signal", leverage=held["leverage"])
    elif held:
        body.update(side="buy" if held["side"] == "long" else "sell")
    elif chance.random() < 0.5:
        body.update(side="sell")
    if not held and chance.random() < 0.15:
        body.update(side="buy", type="limit", limitPrice=str((price * Decimal("0.8")).quantize(Decimal("1"))))
    return body


def run(services, execution, exchange, chance):
    execution.start()
    asked = {}
    number = 0
    while execution.kills < RUNS:
        number += 1
        body = execution.snapshot()
        held = next((p for p in body["positions"] if Decimal(p["quantity"])), None)
        resting = [o["request"]["clientOrderId"] for o in body["openOrders"] if o["request"]["type"] == "limit"]
        if resting:
            execution.ask("cancelRequest", {"clientOrderId": resting[0]}, f"c{number}")
            execution.settle(30, lambda s: all(o["request"]["clientOrderId"] != resting[0] for o in s["openOrders"]))
            continue
        order = draw(number, chance, held, exchange)
        exchange.fault = chance.choice(FAULTS) if chance.random() < 0.5 else None
        exchange.query_faults = chance.choice([0, 0, 0.1, 0.3])
        if chance.random() < 0.1:
            exchange.break_streams()
        asked[order["clientOrderId"]] = order
        reply = execution.ask("orderRequest", order, f"r{number}")
        if reply["kind"] != "orderReport":
            fail(f"order {number} was answered with {reply} (seed {SEED})")
        # Nothing else is sent before it is over, or it would be denied for good reason.
        execution.settle(60, lambda s: all(
            o["request"]["type"] == "limit" and o["status"] == "accepted" for o in s["openOrders"]))
    return asked, number


def close_all(execution, exchange, number):
    """Everything is closed in peace, so that both books are flat."""
    exchange.fault, exchange.query_faults = None, 0
    if execution.child.poll() is None:
        execution.child.kill()
        execution.child.wait()
    execution.start(armed=False)
    for attempt in range(10):
        body = execution.settle(60, lambda s: all(o["status"] in ("accepted", "partially_filled") for o in s["openOrders"]))
        if body is None:
            fail(f"orders stay unresolved in peace (seed {SEED})")
        for order in body["openOrders"]:
            execution.ask("cancelRequest", {"clientOrderId": order["request"]["clientOrderId"]}, f"last-c{attempt}")
        held = next((p for p in body["positions"] if Decimal(p["quantity"])), None)
        if not held and not body["openOrders"]:
            return
        if held:
            number += 1
            order = {"clientOrderId": f"live-{SEED}-{number}", "proposalId": f"p{number}", "strategy": "crash", "symbol": PAIR,
                     "side": "sell" if held["side"] == "long" else "buy", "type": "market", "quantity": held["quantity"],
                     "timeInForce": "GTC", "isReduceOnly": True, "isPostOnly": False, "leverage": held["leverage"],
                     "purpose": "exit", "exitReason": "signal", "referencePrice": str(exchange.price),
                     "decidedAt": int(time.time() * 1e6)}
            execution.ask("orderRequest", order, f"last-{number}")
            execution.settle(30, lambda s: not s["positions"] or not any(Decimal(p["quantity"]) for p in s["positions"]))
    fail(f"the position could not be closed in peace (seed {SEED})")


def audit(services, execution, exchange, asked):
    db = services.database("execution")
    orders = {r["client_order_id"]: r for r in db.execute("SELECT * FROM orders")}
    at_venue = {}
    for order in exchange.orders.values():
        at_venue.setdefault(order["id"], []).append(order)
    for id, theirs in at_venue.items():
        if len(theirs) > 1:
            fail(f"order {id} is at the exchange {len(theirs)} times (seed {SEED})")
        if id not in orders:
            fail(f"order {id} is at the exchange and not in the journal (seed {SEED})")
    missing = 0
    for id in asked:
        row = orders.get(id) or fail(f"order {id} was answered and is not in the journal (seed {SEED})")
        if row["status"] not in OVER:
            fail(f"order {id} is {row['status']} at the end (seed {SEED})")
        filled = at_venue[id][0]["filled"] if id in at_venue else Decimal(0)
        if Decimal(row["filled_quantity"]) != filled:
            fail(f"order {id} filled {filled} at the exchange and {row['filled_quantity']} in the journal (seed {SEED})")
        if id not in at_venue:
            missing += 1
            if not row["reason"]:
                fail(f"order {id} is not at the exchange and the journal does not say why (seed {SEED})")
    ours = {(f["fill_id"].split("-")[1], Decimal(f["quantity"]), Decimal(f["price"]), Decimal(f["fee"]))
            for f in db.execute("SELECT * FROM fills")}
    theirs = {(str(t["words"]["id"]), Decimal(t["words"]["qty"]), Decimal(t["words"]["price"]), Decimal(t["words"]["commission"]))
              for t in exchange.trades}
    if ours != theirs:
        fail(f"fills differ: only ours {ours - theirs}, only theirs {theirs - ours} (seed {SEED})")
    for id, told in execution.told.items():
        if (id.split("-")[1], Decimal(told["quantity"]), Decimal(told["price"]), Decimal(told["fee"])) not in theirs:
            fail(f"fill {id} was told and is not at the exchange (seed {SEED})")
    account = db.execute("SELECT * FROM account").fetchone()
    cash = Fraction(exchange.start) + exchange.realized - Fraction(exchange.fees)
    if Fraction(account["balance"]) != cash:
        fail(f"the balance is {account['balance']}, at the exchange {float(cash)} (seed {SEED})")
    services.quartet("db", "verify")
    return missing, len(ours)


def main():
    print(f"seed {SEED}", flush=True)
    chance = random.Random(SEED)
    exchange = Exchange(random.Random(SEED + 1))
    config = f"""
mode: live
symbols: [{PAIR}]
feed: {{source: live, venue: binance_usdm}}
venues:
  binance_usdm:
    rest_url: http://127.0.0.1:{exchange.port}
    ws_url: ws://127.0.0.1:{exchange.port}/ws
    account_ws_url: ws://127.0.0.1:{exchange.port}/ws
execution: {{request_timeout_millis: 1500, receive_window_millis: 1000, reconcile_seconds: 5}}
"""
    services = Services(config, "live")
    services.env.update(BINANCE_API_KEY=KEY, BINANCE_API_SECRET=SECRET)
    feed = Feed(services, exchange)
    execution = Execution(services, chance)
    began = time.monotonic()
    try:
        asked, number = run(services, execution, exchange, chance)
        close_all(execution, exchange, number)
        execution.listen()
        execution.child.send_signal(signal.SIGTERM)
        execution.child.wait(timeout=20)
        missing, fills = audit(services, execution, exchange, asked)
        secrets = [p for p in services.dir.rglob("*") if p.is_file() and SECRET.encode() in p.read_bytes()]
        if secrets:
            fail(f"the secret stands in {secrets} (seed {SEED})")
        spread = ", ".join(f"{p} {execution.killed_at.get(p, 0)}" for p in POINTS)
        faults = ", ".join(f"{f} {exchange.counts.get(f, 0)}" for f in FAULTS)
        print(f"PASSED: {execution.kills} kills ({spread}); faults of the exchange ({faults}); {len(asked)} orders, none twice, "
              f"{missing} never there and said why; {fills} fills the same on both sides, cash exact, "
              f"{time.monotonic() - began:.0f} s (seed {SEED})")
    except SystemExit:
        services.logs(25)
        raise
    finally:
        feed.stop()
        services.cleanup()


main()

"""The real feed and the real execution at the exchange in a box, live: orders go out, fill, are told late, are lost on the way
back, and execution is restarted in the middle. Whatever the box says is the truth: one order for each that was asked for, the
same fills and fees, the same position.

usage: live_box.py [usdm|spot] [SEED]
"""
import urllib.parse

from asking import *
from box import Box, KEY, SECRET

MARKET = sys.argv[1] if len(sys.argv) > 1 else "usdm"
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().getrandbits(32)
PAIR = "BTC/USDT"
FAULTS = ["reply_lost", "unknown_outcome", "disconnect_after_accept", "fill_before_reply", "late_fill", "partial",
          "forget_query", "server_error", "disconnect"]


class Live:
    def __init__(self, services):
        self.services = services
        self.number = 0
        self.asked = {}

    def ask(self, kind, body):
        self.number += 1
        return ask_until_answered(self.services, "execution", kind, body, f"live-box-{self.number}", watch=lambda: False,
                                  words=f" (seed {SEED})")

    def snapshot(self):
        return self.ask("executionSnapshotRequest", {})["body"]

    def order(self, price, **more):
        id = f"box-{SEED}-{len(self.asked)}"
        body = {"clientOrderId": id, "proposalId": id, "strategy": "box", "symbol": PAIR, "side": "buy", "type": "market",
                "quantity": "0.01", "timeInForce": "GTC", "isReduceOnly": False, "isPostOnly": False,
                "leverage": 1 if MARKET == "spot" else 3, "purpose": "entry", "referencePrice": price,
                "decidedAt": int(time.time() * 1e6), **more}
        self.asked[id] = body
        reply = self.ask("orderRequest", body)
        if reply["kind"] != "orderReport":
            fail(f"{id} was answered with {reply} (seed {SEED})")
        return id

    def settled(self):
        """Until no order is between two states; those that rest may."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            body = self.snapshot()
            if all(o["request"]["type"] != "market" and o["status"] == "accepted" for o in body["openOrders"]):
                return body
            time.sleep(0.1)
        fail(f"after 120 s these are open: {body['openOrders']} (seed {SEED})")

    def restart(self):
        child = self.services.children["execution"]
        child.kill()
        child.wait()
        self.services.start("execution")


def truth(box, part):
    status, _, text = box.request("GET", f"/admin/state?part={part}")
    if status != 200:
        fail(f"the box tells no {part}: {text}")
    return json.loads(text)


def market_price(box):
    """What a trade costs just now: an entry decided far from it is denied."""
    status, _, text = box.request("GET", "/fapi/v1/ticker/price?symbol=BTCUSDT" if MARKET == "usdm" else "/api/v3/ticker/price?symbol=BTCUSDT")
    if status != 200:
        fail(f"the box tells no price: {text}")
    return json.loads(text)["price"]


def session(live, box, chance):
    for step in range(8):
        body = live.settled()
        price = market_price(box)
        held = next((p for p in body["positions"] if Decimal(p["quantity"])), None)
        fault = chance.choice(FAULTS)
        box.admin("/admin/faults", {"kind": fault, "match": "" if fault in ("late_fill", "partial", "fill_before_reply",
                                                                             "forget_query", "disconnect_after_accept") else "/order",
                                    "count": 1, "milliseconds": 300})
        if held:
            live.order(price, side="sell" if held["side"] == "long" else "buy", quantity=held["quantity"], isReduceOnly=True,
                       purpose="exit", exitReason="signal", leverage=held["leverage"])
        else:
            live.order(price, side="sell" if MARKET == "usdm" and chance.random() < 0.5 else "buy")
        if chance.random() < 0.4:
            live.restart()
    box.request("DELETE", "/admin/faults")
    body = live.settled()
    if MARKET == "usdm":
        held = next((p for p in body["positions"] if Decimal(p["quantity"])), None)
        if not held:
            live.order(market_price(box))
            held = next(p for p in live.settled()["positions"] if Decimal(p["quantity"]))
        protect(live, box, held)
    for _ in range(5):
        body = live.settled()
        held = next((p for p in body["positions"] if Decimal(p["quantity"])), None)
        if not held:
            return
        live.order(market_price(box), side="sell" if held["side"] == "long" else "buy", quantity=held["quantity"], isReduceOnly=True,
                   purpose="exit", exitReason="signal", leverage=held["leverage"])
    fail(f"the position stays open: {held} (seed {SEED})")


def protect(live, box, held):
    """A stop rests where conditional orders rest, survives a restart, and is canceled."""
    entry = Decimal(held["cost"]) / Decimal(held["quantity"])
    far = (entry * (Decimal("0.9") if held["side"] == "long" else Decimal("1.1"))).quantize(Decimal("1"))
    id = live.order(market_price(box), side="sell" if held["side"] == "long" else "buy", type="stop_market", stopPrice=str(far),
                    quantity=held["quantity"], isReduceOnly=True, purpose="protective_stop", exitReason="stop_loss",
                    leverage=held["leverage"])
    live.settled()
    resting = json.dumps(truth(box, "conditional_orders"))
    if id not in resting:
        fail(f"the stop {id} does not rest at the box: {resting} (seed {SEED})")
    live.restart()
    if not any(o["request"]["clientOrderId"] == id for o in live.settled()["openOrders"]):
        fail(f"the stop {id} is lost after a restart (seed {SEED})")
    live.ask("cancelRequest", {"clientOrderId": id})
    deadline = time.monotonic() + 60
    while any(o["request"]["clientOrderId"] == id for o in live.snapshot()["openOrders"]):
        if time.monotonic() > deadline:
            fail(f"the stop {id} is not canceled (seed {SEED})")
        time.sleep(0.1)


def audit(services, live, box):
    db = services.database("execution")
    rows = {r["client_order_id"]: r for r in db.execute("SELECT * FROM orders")}
    fills = list(db.execute("SELECT * FROM fills"))
    ours = sorted((f["fill_id"].split("-")[1], Decimal(f["quantity"]), Decimal(f["price"])) for f in fills)
    base, path = ("/fapi/v1", "userTrades") if MARKET == "usdm" else ("/api/v3", "myTrades")
    _, trades = box.signed("GET", f"{base}/{path}", symbol="BTCUSDT", limit=1000)
    theirs = sorted((str(t["id"]), Decimal(t["qty"]), Decimal(t["price"])) for t in trades)
    if ours != theirs:
        fail(f"fills differ: only ours {set(ours) - set(theirs)}, only the box's {set(theirs) - set(ours)} (seed {SEED})")
    paid = sorted((f["fill_id"].split("-")[1], Decimal(f["paid_fee"] or f["fee"]), f["paid_fee_currency"] or "USDT") for f in fills)
    asked = sorted((str(t["id"]), Decimal(t["commission"]), t["commissionAsset"]) for t in trades)
    if paid != asked:
        fail(f"fees differ: {set(paid) ^ set(asked)} (seed {SEED})")
    _, orders = box.signed("GET", f"{base}/allOrders", symbol="BTCUSDT", limit=1000)
    count = {}
    for order in orders:
        count[order["clientOrderId"]] = count.get(order["clientOrderId"], 0) + 1
    twice = [id for id, n in count.items() if n > 1]
    if twice:
        fail(f"{twice} are at the box more than once (seed {SEED})")
    for id in live.asked:
        row = rows.get(id) or fail(f"order {id} was asked for and is not in the journal (seed {SEED})")
        if row["type"] == "market" and id not in count and not row["reason"]:
            fail(f"order {id} is not at the box, and the journal does not say why (seed {SEED})")
    services.quartet("db", "verify")
    return len(fills)


def main():
    print(f"seed {SEED}", flush=True)
    chance = random.Random(SEED)
    box = Box("--symbols", PAIR, "--seed", str(SEED % 1000), "--look-back", "100")
    name = "binance_usdm" if MARKET == "usdm" else "binance"
    stream = f"ws://127.0.0.1:{box.port}/" + ("usdm/ws" if MARKET == "usdm" else "spot/ws-api/v3")
    services = Services(f"""
mode: live
symbols: [{PAIR}]
feed: {{source: live, venue: {name}}}
venues:
  {name}:
    rest_url: http://127.0.0.1:{box.port}
    ws_url: ws://127.0.0.1:{box.port}/{"usdm" if MARKET == "usdm" else "spot"}/ws
    account_ws_url: {stream}
execution: {{request_timeout_millis: 2000, receive_window_millis: 1500, reconcile_seconds: 5}}
""", "box")
    services.env.update(BINANCE_API_KEY=KEY, BINANCE_API_SECRET=SECRET)
    live = Live(services)
    began = time.monotonic()
    try:
        services.start("feed")
        services.start("execution")
        session(live, box, chance)
        live.services.children["execution"].send_signal(signal.SIGTERM)
        live.services.children["execution"].wait(timeout=20)
        fills = audit(services, live, box)
        if not fills:
            fail(f"none of {len(live.asked)} orders was filled, so nothing was compared (seed {SEED})")
        print(f"PASSED: {len(live.asked)} orders at the box's {MARKET}, none twice; {fills} fills and their fees the same on both "
              f"sides, {time.monotonic() - began:.0f} s (seed {SEED})")
    except SystemExit:
        services.logs(30)
        raise
    finally:
        services.stop_all()
        services.cleanup()
        box.process.kill()


main()

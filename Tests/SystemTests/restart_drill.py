"""Under load each service in turn is killed with SIGKILL and restarted by the supervisor, at random moments from a printed
seed. The others never stop, each comes back healthy in under a second, and afterwards no order is doubled or lost and
positions and cash equal what the fills say, to the last digit.

usage: restart_drill.py [KILLS] [SEED]
QUARTET_RECOVERY_BAR: seconds within which each must be healthy again; without it the times are only told, since a test
that fails because its machine is busy proves nothing.
"""
from harness import *

KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 20
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().getrandbits(32)
CONFIG = """
symbols: [BTC/USDT, ETH/USDT, DOGE/USDT]
feed: {source: simulated, seed: 11, speed: 300}
strategy: {active: [probe], decision_minutes: 1}
risk: {max_daily_trades: 100000, max_daily_loss_pct: 100, max_drawdown_warning_pct: 99, max_drawdown_stop_pct: 100, max_price_age_millis: 60000}
"""
DIGITS = Decimal(1).scaleb(-24)


def drill(services, chance):
    """Kills and waits; returns the recovery times in seconds."""
    facts = services.subscriber(*SERVICES, topics=("health.", "fill.", "order.", "verdict."))
    pids, times = {}, []
    deadline = time.monotonic() + 60
    while set(pids) != set(SERVICES):
        message = receive(facts, deadline)
        if message is None:
            fail(f"only {sorted(pids)} became healthy within 60 s")
        topic, m = message
        if topic.startswith("health.") and m["body"]["condition"] == "healthy":
            pids[m["source"]] = m["body"]["pid"]
    for number in range(KILLS):
        # The moment is a number of facts, not of seconds: it falls anywhere in the life of an order.
        for _ in range(chance.randint(5, 60)):
            note(receive(facts, time.monotonic() + 30) or fail("the services fell silent"), pids, None)
        victim = SERVICES[number % len(SERVICES)]
        os.kill(pids[victim], signal.SIGKILL)
        killed = time.monotonic()
        killed_wall = time.time()
        while True:
            message = receive(facts, killed + 20)
            if message is None:
                fail(f"{victim} was not healthy again within 20 s of kill {number + 1} (seed {SEED})")
            topic, m = message
            note(message, pids, victim)
            if topic == f"health.{victim}" and m["body"]["condition"] == "healthy" and m["body"]["pid"] != pids[victim]:
                pids[victim] = m["body"]["pid"]
                spawned = m["body"]["startedAt"] / 1e6 - killed_wall
                times.append((victim, time.monotonic() - killed, spawned))
                break
    return times


def note(message, pids, victim):
    topic, m = message
    if topic.startswith("health.") and m["source"] != victim and m["body"]["pid"] != pids[m["source"]]:
        fail(f"{m['source']} was not killed and yet has a new process (seed {SEED})")


def settle(services):
    """Stops entries, closes everything and waits until nothing is open."""
    facts = services.subscriber("execution", topics=("position.", "order.", "account"))
    services.quartet("flatten", "--yes", "--why", "end of the drill")
    services.quartet("halt", "--why", "end of the drill")
    deadline = time.monotonic() + 30
    while True:
        reply = services.request("execution", "executionSnapshotRequest")
        body = reply["body"]
        if reply["kind"] == "executionSnapshot" and not body["openOrders"] and not [p for p in body["positions"] if Decimal(p["quantity"])]:
            return body
        if receive(facts, deadline) is None:
            fail(f"orders or positions were still open 30 s after flatten: {json.dumps(body)[:800]}")


def audit(services, snapshot):
    """Recomputes positions and cash from the fills, and matches orders with what asked for them."""
    execution, risk = services.database("execution"), services.database("risk")
    orders = {r["client_order_id"]: r for r in execution.execute("SELECT * FROM orders")}
    fills = list(execution.execute("SELECT f.*, o.client_order_id FROM fills f JOIN orders o ON o.id = f.order_id ORDER BY f.id"))
    approved = [r for r in risk.execute("SELECT * FROM verdicts") if r["is_approved"]]
    if len(approved) < KILLS:
        fail(f"only {len(approved)} approved proposals: too little load to prove anything")
    for verdict in approved:
        # One that risk approved while execution was down may have expired unsent, and then risk's plan says so.
        if verdict["client_order_id"] not in orders and not lost_is_explained(risk, verdict):
            fail(f"order {verdict['client_order_id']} of an approved proposal is nowhere (seed {SEED})")
    known = {v["client_order_id"] for v in approved}
    exits = {}
    for id, order in orders.items():
        if order["purpose"] == "entry" and id not in known:
            fail(f"order {id} was never approved (seed {SEED})")
        if order["purpose"] == "exit":
            exits.setdefault(order["proposal_id"], []).append(id)
    filled, cost, quantity, side, realized, fees = {}, {}, {}, {}, Decimal(0), Decimal(0)
    for fill in fills:
        id, symbol = fill["client_order_id"], fill["symbol"]
        q, price = Decimal(fill["quantity"]), Decimal(fill["price"])
        filled[id] = filled.get(id, Decimal(0)) + q
        fees += Decimal(fill["fee"])
        sign = 1 if fill["side"] == "buy" else -1
        if quantity.get(symbol, 0) == 0 or side[symbol] == sign:
            quantity[symbol] = quantity.get(symbol, Decimal(0)) + q
            cost[symbol] = cost.get(symbol, Decimal(0)) + q * price
            side[symbol] = sign
            continue
        if q > quantity[symbol]:
            fail(f"fill {fill['fill_id']} turns the {symbol} position over (seed {SEED})")
        removed = cost[symbol] if q == quantity[symbol] else (cost[symbol] * q / quantity[symbol]).quantize(DIGITS, "ROUND_HALF_EVEN")
        realized += side[symbol] * (q * price - removed)
        cost[symbol] -= removed
        quantity[symbol] -= q
    for id, order in orders.items():
        if filled.get(id, Decimal(0)) != Decimal(order["filled_quantity"]):
            fail(f"order {id} says {order['filled_quantity']} filled, its fills say {filled.get(id)} (seed {SEED})")
        if Decimal(order["filled_quantity"]) > Decimal(order["quantity"]):
            fail(f"order {id} is overfilled (seed {SEED})")
    if any(quantity.values()):
        fail(f"the fills leave {quantity} open, execution says nothing is (seed {SEED})")
    cash = Decimal(10000) + realized - fees
    if cash != Decimal(snapshot["account"]["balance"]):
        fail(f"cash is {snapshot['account']['balance']}, the fills say {cash} (seed {SEED})")
    done = services.quartet("db", "verify")
    return len(orders), len(fills), len(approved), cash


def lost_is_explained(risk, verdict):
    row = risk.execute("SELECT status FROM plans WHERE id = ?", (verdict["proposal_id"],)).fetchone()
    return row is not None and row["status"] == "spent"


def main():
    print(f"seed {SEED}", flush=True)
    services = Services(CONFIG, "drill")
    services.env["QUARTET_RESTART_LIMIT"] = "1000"
    try:
        services.quartet("up", timeout=90)
        times = drill(services, random.Random(SEED))
        snapshot = settle(services)
        services.quartet("down", timeout=60)
        orders, fills, approved, cash = audit(services, snapshot)
        worst = max(times, key=lambda t: t[1])
        for victim, seconds, spawned in times:
            print(f"  {victim:10} healthy again after {seconds * 1000:6.0f} ms (supervisor took {spawned * 1000:4.0f} ms)")
        bar = float(os.environ.get("QUARTET_RECOVERY_BAR", "inf"))
        if worst[1] >= bar:
            fail(f"{worst[0]} took {worst[1]:.2f} s to be healthy again")
        print(f"PASSED: {KILLS} kills, worst recovery {worst[1] * 1000:.0f} ms, {approved} approved proposals, {orders} orders, {fills} fills, cash {cash} exact (seed {SEED})")
    finally:
        subprocess.run([BIN / "quartet", "down"], env=services.env, cwd=services.dir, capture_output=True)
        services.cleanup()


main()

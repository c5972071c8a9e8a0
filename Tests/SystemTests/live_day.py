"""A market day in `mode: live` at the exchange in a box, at high speed, with all of its faults on: feed, risk and execution are
the real programs, this is the strategy. Positions are opened and left, their stops rest at the box and move with the ladder,
and risk and execution are killed and started again all the while. In the end the faults stop and everything is closed.

Then, by the box's own truth: no order is there twice, none that was approved is missing without a reason, no conditional
order rests any more, fills and fees are the journal's, the wallet is the journal's balance to the last digit, and no
position stood without a resting stop for longer than stated (judged for a day, told for less).

usage: live_day.py [MARKET_MINUTES] [SPEED] [SEED] [CANDLES START]
"""
from asking import *
from box import Box, KEY, SECRET

MINUTES = int(sys.argv[1]) if len(sys.argv) > 1 else 60
SPEED = float(sys.argv[2]) if len(sys.argv) > 2 else 120.0
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().getrandbits(31)
CANDLES = sys.argv[4] if len(sys.argv) > 4 else None
START = sys.argv[5] if len(sys.argv) > 5 else "2025-05-20T00:00"
# A recorded market is of one symbol.
SYMBOLS = ["BTC/USDT"] if CANDLES else ["BTC/USDT", "ETH/USDT"]
# Wall seconds a position may stand without a stop at the box while faults are on and processes are killed: a request that is
# never answered, proof that it was not carried out, another one; and on a loaded machine the starts in between.
LONGEST_NAKED = 60.0
CONFIG = """
mode: live
symbols: [{symbols}]
feed: {{source: live, venue: binance_usdm, venue_speed: {speed}}}
agent: {{enabled: "off"}}
venues:
  binance_usdm:
    rest_url: http://127.0.0.1:{port}
    ws_url: ws://127.0.0.1:{port}/usdm/ws
    account_ws_url: ws://127.0.0.1:{port}/usdm/ws
execution: {{request_timeout_millis: 2000, receive_window_millis: 1500, reconcile_seconds: 5}}
risk: {{max_daily_loss_pct: 100, max_daily_trades: 100000, max_drawdown_warning_pct: 100, max_drawdown_stop_pct: 100,
       max_entries_per_minute: 0, max_entries_per_hour: 0, max_price_age_millis: 3600000, max_evidence_age_seconds: 86400,
       ladder: {{2: 0.5, 4: 2, 8: 5}}, max_var_pct: 0, max_cvar_pct: 0, max_correlated_exposure_pct: 2500}}
"""


class Day:
    def __init__(self, services, box, chance):
        self.services, self.box, self.chance = services, box, chance
        self.feed = services.subscriber("feed", topics=("ticker.",))
        self.price, self.session, self.number, self.exits = {}, "", 0, 0
        self.denials, self.verdicts, self.kills = {}, {}, {"risk": 0, "execution": 0}
        self.next_kill = time.monotonic() + chance.uniform(3, 8)
        self.down = {}

    def watch(self):
        """Prices in; now and then a process is killed and started again. Whether one was."""
        while message := receive(self.feed, time.monotonic() + 0.0005):
            self.session = message[1]["session"]
            self.price[message[1]["body"]["symbol"]] = message[1]["body"]
        now = time.monotonic()
        for service, until in list(self.down.items()):
            if now >= until:
                del self.down[service]
                self.services.start(service)
        for service in ("risk", "execution", "feed"):
            if service not in self.down and self.services.children[service].poll() is not None:
                child = self.services.children[service]
                fail(f"{service} ended by itself with {child.returncode} (seed {SEED})")
        if now < self.next_kill or self.down:
            return False
        self.next_kill = time.monotonic() + self.chance.uniform(4, 12)
        service = self.chance.choice(list(self.kills))
        self.kills[service] += 1
        self.services.children[service].kill()
        self.services.children[service].wait()
        # Now and then it stays away for a while, so that only the exchange guards.
        self.down[service] = now + (self.chance.uniform(2, 10) if self.chance.random() < 0.4 else 0)
        return True

    def ask(self, service, kind, body, id):
        return ask_until_answered(self.services, service, kind, body, id, watch=self.watch, attempt=10,
                                  words=f" (seed {SEED})")

    def propose(self, symbol):
        self.number += 1
        price = self.price[symbol]
        last = Decimal(price["last"])
        sign = self.chance.choice([1, -1])
        is_exit = self.chance.random() < 0.1
        self.exits += is_exit
        level = lambda share: str((last * (1 + sign * Decimal(share))).quantize(Decimal("0.1")))
        id = f"day-{SEED}-{self.number}"
        body = {"id": id, "decisionId": "d", "strategy": "day", "symbol": symbol,
                "action": ("exit" if is_exit else "enter") + ("Long" if sign > 0 else "Short"), "confidence": 0.8, "price": price["last"],
                "stopLoss": level("-0.0015"), "takeProfit": level("0.004"), "leverage": 20,
                "invalidation": "close 1m below 1" if sign > 0 else "close 1m above 10000000", "timeframe": "5m",
                "regime": "unknown", "decidedAt": price["eventTime"],
                "evidence": [{"topic": f"candle.{symbol}.5m", "session": self.session, "seq": 1,
                              "eventTime": price["eventTime"], "ageMicros": 0, "gaps": 0}]}
        reply = self.ask("risk", "proposal", body, f"r-{id}")
        if reply["kind"] != "verdict":
            fail(f"proposal {id} was answered with {reply} (seed {SEED})")
        if is_exit:
            return
        self.verdicts[id] = reply["body"]
        if not reply["body"]["isApproved"]:
            reason = reply["body"].get("denial", {}).get("reason", "?")
            self.denials[reason] = self.denials.get(reason, 0) + 1

    def market_time(self):
        return truth(self.box, "clock")["market_milliseconds"] / 1000


def truth(box, part):
    status, _, text = box.request("GET", f"/admin/state?part={part}")
    if status != 200:
        fail(f"the box tells no {part}: {text}")
    return json.loads(text)[part]


def trade(day):
    began = day.market_time()
    # So long must the slowest machine have got through it.
    give_up = time.monotonic() + MINUTES * 60 / SPEED * 5 + 300
    asked = 0
    # However short the day: something has to happen in it.
    while day.market_time() < began + MINUTES * 60 or sum(v["isApproved"] for v in day.verdicts.values()) < 2:
        if time.monotonic() > give_up:
            fail(f"the market's day does not end (seed {SEED})")
        day.watch()
        if set(day.price) != set(SYMBOLS) or time.monotonic() < asked:
            day.feed.poll(20)
            continue
        asked = time.monotonic() + day.chance.uniform(0.1, 0.8)
        day.propose(day.chance.choice(SYMBOLS))


def close_all(day):
    day.box.request("DELETE", "/admin/faults")
    day.next_kill = float("inf")
    day.down = {service: 0 for service in day.down}
    deadline, number = time.monotonic() + 180, 0
    while True:
        number += 1
        day.ask("risk", "command", {"verb": "flatten", "who": "harness", "why": "the end"}, f"f{number}")
        plans = day.ask("risk", "riskSnapshotRequest", {}, f"s{number}")["body"]["plans"]
        snapshot = day.ask("execution", "executionSnapshotRequest", {}, f"e{number}")["body"]
        if not plans and not snapshot["openOrders"] and not snapshot["positions"]:
            break
        if time.monotonic() > deadline:
            fail(f"after three minutes of flattening there are {plans} {snapshot['openOrders']} {snapshot['positions']} (seed {SEED})")
        day.feed.poll(200)
    # Funding that was paid in the last moment is asked for once more.
    for n in range(2):
        day.ask("execution", "reconcileRequest", {}, f"last-{n}")
    for service in ("risk", "execution", "feed"):
        day.services.children[service].send_signal(signal.SIGTERM)
        day.services.children[service].wait(timeout=30)


def naked(box, speed):
    """The longest time of a position without a stop at the box, in wall seconds, and how many positions there were."""
    spans = {}
    for stop in truth(box, "conditional_orders"):
        end = stop["updateTime"] if stop["algoStatus"] != "NEW" else float("inf")
        if stop["algoStatus"] == "FINISHED":
            end = stop["triggerTime"]
        spans.setdefault(stop["symbol"], []).append((stop["createTime"], end))
    longest, positions, held = [], 0, {}
    for fill in sorted(truth(box, "fills"), key=lambda f: f["trade_id"]):
        symbol, at = fill["symbol"], fill["time_milliseconds"]
        signed = Decimal(fill["quantity"]) * (1 if fill["side"].upper() == "BUY" else -1)
        before, opened = held.get(symbol, (Decimal(0), 0))
        after = before + signed
        if not before:
            opened, positions = at, positions + 1
        if not after:
            cursor, worst = opened, 0
            for start, end in sorted(spans.get(symbol, [])):
                if end <= cursor or start >= at:
                    continue
                worst = max(worst, start - cursor)
                cursor = max(cursor, end)
            longest.append(max(worst, at - cursor if cursor < at else 0) / 1000 / speed)
        held[symbol] = (after, opened)
    open_now = {s: str(q) for s, (q, _) in held.items() if q}
    if open_now:
        fail(f"the box still holds {open_now} (seed {SEED})")
    return sorted(longest), positions


def audit(day):
    box, services = day.box, day.services
    db = services.database("execution")
    rows = {r["client_order_id"]: r for r in db.execute("SELECT * FROM orders")}
    orders, stops = truth(box, "orders"), truth(box, "conditional_orders")
    count = {}
    for id in [o["client_order_id"] for o in orders if "conditional_order_id" not in o] + [s["clientAlgoId"] for s in stops]:
        count[id] = count.get(id, 0) + 1
    twice = [id for id, n in count.items() if n > 1]
    if twice:
        fail(f"{twice} are at the box more than once (seed {SEED})")
    strangers = [id for id in count if id not in rows]
    if strangers:
        fail(f"{strangers} are at the box and not in the journal (seed {SEED})")
    resting = [s["clientAlgoId"] for s in stops if s["algoStatus"] == "NEW"]
    if resting:
        fail(f"these stops still rest at the box: {resting} (seed {SEED})")
    entries, missing = 0, 0
    by_proposal = {r["proposal_id"]: r for r in rows.values() if r["purpose"] == "entry"}
    for id, verdict in day.verdicts.items():
        if not verdict["isApproved"]:
            continue
        row = by_proposal.get(id)
        # Risk may have died before its request reached execution, and then let the moment pass.
        if row is None or row["client_order_id"] not in count:
            missing += 1
            if row is not None and not row["reason"]:
                fail(f"order {row['client_order_id']} is not at the box, and the journal does not say why (seed {SEED})")
        else:
            entries += 1
    unsettled = [id for id, r in rows.items() if r["status"] not in ("filled", "canceled", "expired", "rejected", "denied")]
    if unsettled:
        fail(f"{unsettled} are not settled at the end (seed {SEED})")
    ours = sorted((f["fill_id"].split("-")[1], Decimal(f["quantity"]), Decimal(f["price"]), Decimal(f["fee"]))
                  for f in db.execute("SELECT * FROM fills"))
    theirs = sorted((str(f["trade_id"]), Decimal(f["quantity"]), Decimal(f["price"]), Decimal(f["fee"]))
                    for f in truth(box, "fills"))
    if ours != theirs:
        fail(f"fills differ: only ours {set(ours) - set(theirs)}, only the box's {set(theirs) - set(ours)} (seed {SEED})")
    balance = Decimal(db.execute("SELECT balance FROM account").fetchone()[0])
    wallet = Decimal(truth(box, "balances")["usdm"]["USDT"]["wallet"])
    if balance != wallet:
        fail(f"the balance is {balance}, the box's wallet {wallet} (seed {SEED})")
    fundings = db.execute("SELECT count(*) FROM fundings").fetchone()[0]
    services.quartet("db", "verify")
    filled_stops = sum(1 for r in rows.values() if r["purpose"] == "protective_stop" and Decimal(r["filled_quantity"]))
    return entries, missing, len(ours), len(stops), filled_stops, fundings


def main():
    print(f"seed {SEED}", flush=True)
    chance = random.Random(SEED)
    options = ["--symbols", ",".join(SYMBOLS), "--seed", str(SEED % 1000), "--speed", str(SPEED), "--look-back", "600"]
    if CANDLES:
        options += ["--candles", f"BTC/USDT:1m={CANDLES}", "--start", START]
    box = Box(*options)
    services = Services(CONFIG.format(symbols=", ".join(SYMBOLS), port=box.port, speed=int(SPEED)), "live-day")
    services.env.update(BINANCE_API_KEY=KEY, BINANCE_API_SECRET=SECRET)
    began = time.monotonic()
    try:
        day = Day(services, box, chance)
        for service in ("feed", "execution", "risk"):
            services.start(service)
        day.ask("execution", "executionSnapshotRequest", {}, "first")
        box.admin("/admin/faults", {"kind": "all", "rate": 0.004, "seed": SEED % 1_000_000, "milliseconds": 400})
        trade(day)
        close_all(day)
        entries, missing, fills, stops, filled_stops, fundings = audit(day)
        bare, positions = naked(box, SPEED)
        if entries < max(1, MINUTES // 120) and missing == 0:
            fail(f"only {entries} entries were made, so that nothing is shown; denied: {day.denials} (seed {SEED})")
        # Of a short run on a starved machine only the machine would be judged.
        if MINUTES >= 600 and bare and bare[-1] > LONGEST_NAKED:
            fail(f"a position stood {bare[-1]:.1f} s without a stop at the box (seed {SEED})")
        denied = ", ".join(f"{reason} {n}" for reason, n in sorted(day.denials.items())) or "none"
        middle = bare[len(bare) // 2] if bare else 0
        print(f"PASSED: {MINUTES} market minutes at {SPEED:g}×, all faults on, risk killed {day.kills['risk']} times, execution "
              f"{day.kills['execution']}; {len(day.verdicts)} proposals (denied: {denied}), {entries} entries at the box, none twice, {missing} never "
              f"there; {positions} positions, {stops} stops at the box of which {filled_stops} filled, none left; without a "
              f"resting stop for {middle:.2f} s in the middle, {bare[-1] if bare else 0:.2f} s at most; {fills} fills and "
              f"{fundings} fundings, cash exact, {time.monotonic() - began:.0f} s (seed {SEED})")
    except SystemExit:
        services.logs(30)
        raise
    finally:
        services.cleanup()
        box.process.kill()


main()

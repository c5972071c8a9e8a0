"""Fills execution's journal with so many finished orders, then kills and starts the process and times it.

usage: recovery.py [ORDERS] [RUNS]
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests" / "SystemTests"))
from harness import *

ORDERS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
RUNS = int(sys.argv[2]) if len(sys.argv) > 2 else 7
BASE = "0123456789abcdefghjkmnpqrstvwxyz"
CONFIG = "symbols: [BTC/USDT]\nfeed: {source: simulated, seed: 3, speed: 60}\n"


def client_id(purpose, number, chance):
    """As execution's own: q, the purpose's letter, 26 digits of base 32."""
    return "q" + purpose + "".join(chance.choice(BASE) for _ in range(26))


def fill_journal(path):
    """Round trips of one unit from 100 to 101, each with its position, its trade and what happened to its orders."""
    chance = random.Random(7)
    db = sqlite3.connect(path)
    db.execute("PRAGMA synchronous=OFF")
    begin = 1_700_000_000_000_000
    with db:
        for trip in range(ORDERS // 2):
            at = begin + trip * 60_000_000
            ids = []
            for leg, (side, price, purpose, reason) in enumerate((("buy", "100", "entry", None), ("sell", "101", "exit", "take_profit"))):
                order = trip * 2 + leg + 1
                id = client_id(purpose[0] if leg == 0 else "x", order, chance)
                db.execute(
                    "INSERT INTO orders VALUES (?,?,?,'momentum','BTC/USDT',?,'market','1',NULL,NULL,'GTC',?,0,1,?,?,?,?,'filled',?,'1',?,NULL,?,?,1,0,0)",
                    (order, id, f"p{trip}", side, leg, purpose, reason, price, at + leg, f"paper-{order}", price, at + leg, at + leg + 1))
                for status, filled in (("submitted", "0"), ("accepted", "0"), ("filled", "1")):
                    db.execute("INSERT INTO order_events (order_id, status, filled_quantity, event_time, wall_time) VALUES (?,?,?,?,?)",
                               (order, status, filled, at + leg, at + leg))
                db.execute("INSERT INTO fills (fill_id, order_id, symbol, side, price, quantity, fee, fee_currency, liquidity, realized_pnl, event_time)"
                           " VALUES (?,?,'BTC/USDT',?,?,'1',?,'USDT','taker',?,?)",
                           (f"{id}-1", order, side, price, "0.06" if leg == 0 else "0.0606", "0" if leg == 0 else "1", at + leg + 1))
                ids.append(id)
            db.execute("INSERT INTO positions (symbol, side, quantity, cost, leverage, strategy, proposal_id, opened_at, updated_at, closed_at, realized_pnl,"
                       " fees, entered_quantity, entered_notional) VALUES ('BTC/USDT','long','0','0',1,'momentum',?,?,?,?,'1','0.1206','1','100')",
                       (f"p{trip}", at + 1, at + 2, at + 2))
            db.execute("INSERT INTO trades (trade_id, symbol, side, strategy, leverage, quantity, entry_price, exit_price, entry_time, exit_time, gross_pnl,"
                       " fees, net_pnl, return_on_margin, exit_reason, closing_fill_id) VALUES (?,'BTC/USDT','long','momentum',1,'1','100','101',?,?,'1',"
                       "'0.1206','0.8794','0.008794','take_profit',?)", (f"p{trip}", at + 1, at + 2, f"{ids[1]}-1"))
        trips = ORDERS // 2
        realized, fees = Decimal(trips), Decimal("0.1206") * trips
        balance = Decimal(10000) + realized - fees
        for table in ("account", "paper_account"):
            db.execute(f"UPDATE {table} SET realized_pnl=?, fees=?, balance=?, event_time=?",
                       (f"{realized:f}", f"{fees.normalize():f}", f"{balance.normalize():f}", begin + trips * 60_000_000))
    db.close()


def start_timed(services, facts):
    begun = time.monotonic()
    services.start("execution")
    pid = services.children["execution"].pid
    wait_for(facts, lambda t, m: t == "health.execution" and m["body"]["condition"] == "healthy" and m["body"]["pid"] == pid, 60, "healthy")
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return time.monotonic() - begun, cpu


def check_alone(path):
    """What the same library takes for the same check of the same file."""
    begun, used = time.monotonic(), time.process_time()
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        fail("the file is not whole")
    db.close()
    return time.monotonic() - begun, time.process_time() - used


def main():
    services = Services(CONFIG, "recovery")
    try:
        facts = services.subscriber("execution", topics=("health.",))
        services.start("feed")
        empty = [start_timed(services, facts) for _ in range(1)]
        for _ in range(RUNS):
            services.children["execution"].kill()
            services.children["execution"].wait()
            empty.append(start_timed(services, facts))
        services.children["execution"].send_signal(signal.SIGTERM)
        services.children["execution"].wait()
        path = services.dir / "data" / "execution.sqlite"
        fill_journal(path)
        full, alone = [], []
        for _ in range(RUNS):
            full.append(start_timed(services, facts))
            services.children["execution"].kill()
            services.children["execution"].wait()
            alone.append(check_alone(path))
        services.start("execution")
        wait_for(facts, healthy("execution"), 60, "healthy")
        services.stop_all()
        services.quartet("db", "verify")
        print(f"{ORDERS} orders in the journal ({path.stat().st_size / 1e6:.0f} MB), {RUNS} runs, medians (wall, CPU); books verified")
        for what, times in (("start to healthy", full), ("with an empty journal", empty), ("SQLite's quick check of the file alone", alone)):
            wall, cpu = ([t[i] for t in times] for i in (0, 1))
            wall.sort(), cpu.sort()
            print(f"  {what:40} {wall[len(wall) // 2] * 1000:6.0f} ms {cpu[len(cpu) // 2] * 1000:6.0f} ms, worst {wall[-1] * 1000:.0f} ms")
    finally:
        services.cleanup()


main()

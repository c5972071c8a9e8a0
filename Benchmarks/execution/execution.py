"""Execution in `mode: live` at the exchange in a box: from the order request that leaves risk to the order's bytes on the
exchange's wire, with the journal committed to the disk (WAL, FULL) before; beside one SQLite commit and one HTTP request from C in
the same run. Then on paper, one after the other without a pause and with the same journal: orders a second.

usage: execution.py WIRE [ORDERS]
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests" / "SystemTests"))
from asking import *
from box import Box, KEY, SECRET

WIRE = sys.argv[1]
ORDERS = int(sys.argv[2]) if len(sys.argv) > 2 else 200
BAR = 1.5


def frames(path, count, side_of, price, exits=True):
    """Requests as risk sends them: in and out of one position."""
    run = random.getrandbits(40)
    with open(path, "wb") as out:
        for n in range(count):
            is_exit = exits and n % 2 == 1
            now = int(time.time() * 1e6)
            body = {"clientOrderId": f"bench-{run}-{n}", "proposalId": f"p{n // 2}", "strategy": "bench", "symbol": "BTC/USDT",
                    "side": side_of(n), "type": "market", "quantity": "0.002", "timeInForce": "GTC", "isReduceOnly": is_exit,
                    "isPostOnly": False, "leverage": 3, "purpose": "exit" if is_exit else "entry", "referencePrice": price,
                    "decidedAt": now}
            if is_exit:
                body["exitReason"] = "signal"
            message = {"v": 1, "kind": "orderRequest", "source": "risk", "session": "bench", "seq": 0, "at": now,
                       "id": f"r-{run}-{n}", "expiresAt": now + 600_000_000, "body": body}
            text = json.dumps(message).encode()
            out.write(struct.pack(">I", len(text)) + text)


def at(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def wait_until_serving(services):
    reply = ask_until_answered(services, "execution", "executionSnapshotRequest", {}, f"s{time.time()}", watch=lambda: False)
    return reply["body"]


def live():
    box = Box("--symbols", "BTC/USDT", "--seed", "3", "--look-back", "100", "--balances", "USDT=1000000")
    relay = subprocess.Popen([WIRE, "relay", str(box.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    port = int(relay.stdout.readline())
    services = Services(f"""
mode: live
symbols: [BTC/USDT]
feed: {{source: live, venue: binance_usdm}}
venues:
  binance_usdm:
    rest_url: http://127.0.0.1:{port}
    ws_url: ws://127.0.0.1:{box.port}/usdm/ws
    account_ws_url: ws://127.0.0.1:{box.port}/usdm/ws
execution: {{synchronous: full, reconcile_seconds: 3600}}
""", "bench")
    services.env.update(BINANCE_API_KEY=KEY, BINANCE_API_SECRET=SECRET)
    try:
        services.start("feed")
        services.start("execution")
        wait_until_serving(services)
        price = box.get("/fapi/v1/ticker/price", symbol="BTCUSDT")["price"]
        path = services.dir / "frames"

        def measure(count):
            frames(path, count, lambda n: "sell" if n % 2 else "buy", price)
            relay.stdin.write(f"ipc://{services.dir}/bus/execution.rep {count} {path}\n")
            relay.stdin.flush()
            rows = []
            while (line := relay.stdout.readline().strip()) != "end":
                if not line:
                    fail("the relay ended")
                rows.append(tuple(map(float, line.split())))
            return rows
        measure(20)
        ours, floor = [], []
        # In turns, so that both see the same machine.
        for turn in range(4):
            ours += measure(ORDERS // 4)
            done = subprocess.run([WIRE, "floor", str(services.dir / f"floor{turn}.sqlite"), str(ORDERS // 4)],
                                  capture_output=True, text=True, check=True)
            floor += [tuple(map(float, line.split())) for line in done.stdout.splitlines()]
        missing = sum(1 for wire, _ in ours if wire < 0)
        if missing:
            fail(f"{missing} of {len(ours)} orders never left")
        ours, floor = [wire for wire, _ in ours], [wire for wire, _ in floor]
        return ours, floor
    finally:
        services.cleanup()
        relay.kill()
        box.process.kill()


def paper(orders):
    """Orders a second, one waiting for the other, each journalled to the disk before its answer."""
    services = Services("symbols: [BTC/USDT]\nfeed: {source: simulated, seed: 3, speed: 60}\nexecution: {synchronous: full}\n", "bench")
    try:
        services.start("feed")
        services.start("execution")
        wait_until_serving(services)
        frames(services.dir / "frames", orders, lambda n: "buy", "60000", exits=False)
        socket = services.context.socket(zmq.REQ)
        socket.connect(f"ipc://{services.dir}/bus/execution.rep")
        data, place = (services.dir / "frames").read_bytes(), 0
        began = time.monotonic()
        for _ in range(orders):
            (length,) = struct.unpack(">I", data[place:place + 4])
            socket.send(data[place:place + 4 + length])
            socket.recv()
            place += 4 + length
        return orders / (time.monotonic() - began)
    finally:
        services.cleanup()


def main():
    ours, floor = live()
    ratio = at(ours, 0.5) / at(floor, 0.5)
    print(f"approved to the wire, {len(ours)} orders: p50 {at(ours, 0.5):.0f} µs, p99 {at(ours, 0.99):.0f} µs")
    print(f"C, one commit and one request, {len(floor)} times: p50 {at(floor, 0.5):.0f} µs, p99 {at(floor, 0.99):.0f} µs")
    print(f"p50 {ratio:.2f} times the floor (bar {BAR}), p99 {at(ours, 0.99) / at(floor, 0.99):.2f} times")
    print(f"on paper, one after the other, journal on the disk: {paper(2_000):.0f} orders a second")
    if ratio > BAR:
        sys.exit(1)


main()

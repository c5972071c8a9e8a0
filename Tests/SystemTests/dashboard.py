"""The dashboard against the databases: its figures are computed again here from the fills and compared to the last digit;
hostile requests get nothing; the emergency stop halts within a second. browser.py looks at its page."""
from dashboard_client import *

CONFIG = """
symbols: [BTC/USDT, ETH/USDT]
feed: {source: simulated, seed: 11, speed: 300}
strategy: {active: [probe], decision_minutes: 1}
risk: {max_daily_trades: 100000, max_daily_loss_pct: 100, max_drawdown_warning_pct: 99, max_drawdown_stop_pct: 100, max_price_age_millis: 60000}
dashboard: {port: 0}
"""


def compare(services, page):
    """Waits until nothing is open and everything is told, then compares. Returns the number of trades."""
    def settled():
        computed = from_fills(services)
        status, metrics = page.get("/api/status"), page.get("/api/metrics")
        if computed is None or status["account"]["openPositions"] or metrics["all"]["trades"] != len(computed[1]):
            return None
        return computed, status, metrics

    (cash, nets), status, metrics = until("the dashboard and the books agree on the number of trades", settled, 120)
    if not nets:
        fail("nothing was traded: this proves nothing")
    for what, shown, computed in [
        ("cash", status["account"]["balance"], cash), ("equity", status["account"]["equity"], cash),
        ("net result", metrics["all"]["netPnl"], sum(nets)), ("total result", metrics["totalPnl"], cash - Decimal(10000)),
        ("best trade", metrics["all"]["best"], max(nets)), ("worst trade", metrics["all"]["worst"], min(nets)),
        ("by strategy", sum(Decimal(g["netPnl"]) for g in metrics["byStrategy"]), sum(nets)),
        ("by symbol", sum(Decimal(g["netPnl"]) for g in metrics["bySymbol"]), sum(nets)),
    ]:
        if Decimal(shown) != computed:
            fail(f"{what}: the dashboard says {shown}, the fills say {computed}")
    wins = sum(1 for net in nets if net > 0)
    if metrics["all"]["wins"] != wins:
        fail(f"the dashboard counts {metrics['all']['wins']} winners, the fills {wins}")
    listed = page.get("/api/trades?limit=1000")["items"]
    if sorted(Decimal(t["netPnl"]) for t in listed) != sorted(nets):
        fail("the list of trades is not that of the fills")
    return len(nets)


def main():
    services = Services(CONFIG, "dashboard")
    try:
        services.start_all()
        services.start("dashboard")
        url = services.dir / "bus/dashboard.url"
        until("the dashboard tells its address", lambda: url.exists() and url.read_text().endswith("\n"))
        page = Page(url.read_text().strip())
        until("a few round trips are complete", lambda: page.get("/api/metrics")["all"]["trades"] >= 3)
        host = page.address.split("//")[1]
        for headers, path, status in [
            ([("Host", "evil.example")], "/api/status", 421), ([("Host", host)], "/../../etc/passwd", 400),
            ([("Host", host)], "/%2e%2e/%2e%2e/etc/passwd", 400), ([("Host", host)], "/nothing", 404),
        ]:
            found = page.raw("GET", path, headers)
            if found != status:
                fail(f"GET {path} with {headers} was answered {found}, not {status}")
        status, _ = page.post("/api/stop", {})
        if status != 403:
            fail(f"a stop without its token was answered {status}")
        token = page.get("/api/session")["csrfToken"]
        status, _ = page.post("/api/stop", {}, {"X-CSRF-Token": token, "Origin": "http://evil.example"})
        if status != 403 or page.get("/api/status")["tradingState"] != "active":
            fail(f"a stop of another site was answered {status}")

        begin = time.monotonic()
        status, told = page.post("/api/stop", {"why": "a test"}, {"X-CSRF-Token": token})
        took = time.monotonic() - begin
        if status != 200 or not told["isDone"] or told["state"]["state"] != "halted":
            fail(f"the stop was answered {status}: {told}")
        until("the halt is shown", lambda: page.get("/api/status")["tradingState"] == "halted")
        print(f"  hostile requests got nothing; the stop took {took * 1000:.0f} ms: {told['sentence']}")
        # What is open is left, so that every figure has come to rest.
        services.quartet("flatten", "--yes")
        trades = compare(services, page)
        print(f"  cash and {trades} round trips, computed again from the fills, are what the dashboard shows")

        # A dashboard that is started anew shows the same.
        services.children["dashboard"].kill()
        services.children["dashboard"].wait(timeout=30)
        url.unlink()
        services.start("dashboard")
        until("the dashboard is back", lambda: url.exists() and url.read_text().endswith("\n"))
        page = Page(url.read_text().strip())
        until("it has heard of everyone", lambda: page.get("/api/status").get("account") and page.get("/api/status").get("risk"))
        compare(services, page)
        print("  and they are the same after the dashboard was killed and started anew")
        services.children["dashboard"].send_signal(signal.SIGTERM)
        if services.children["dashboard"].wait(timeout=30) != 0:
            fail("the dashboard did not stop in good order")
        codes = services.stop_all()
        if any(codes[service] for service in SERVICES):
            fail(f"not every service stopped orderly: {codes}")
        print("PASSED")
    except BaseException:
        services.logs()
        raise
    finally:
        services.cleanup()


main()

"""The dashboard against the databases: its figures are computed again here from the fills and compared to the last digit; the
page is opened in a real browser where there is one; hostile requests get nothing; the emergency stop halts within a second."""
import http.client
import shutil
import urllib.error
import urllib.request

from harness import *

CONFIG = """
symbols: [BTC/USDT, ETH/USDT]
feed: {source: simulated, seed: 11, speed: 300}
strategy: {active: [probe], decision_minutes: 1}
risk: {max_daily_trades: 100000, max_daily_loss_pct: 100, max_drawdown_warning_pct: 99, max_drawdown_stop_pct: 100, max_price_age_millis: 60000}
dashboard: {port: 0}
"""


class Page:
    """The dashboard as a client sees it."""

    def __init__(self, address):
        self.address = address.rstrip("/")

    def get(self, path):
        with urllib.request.urlopen(self.address + path, timeout=30) as answer:
            return json.loads(answer.read())

    def post(self, path, body, headers=None):
        """(status, answer)"""
        request = urllib.request.Request(
            self.address + path, data=json.dumps(body).encode(), headers={"Content-Type": "application/json", **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def raw(self, method, path, headers):
        connection = http.client.HTTPConnection(self.address.split("//")[1], timeout=30)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        status = connection.getresponse().status
        connection.close()
        return status


def until(what, holds, seconds=60):
    deadline = time.monotonic() + seconds
    while True:
        found = holds()
        if found:
            return found
        if time.monotonic() > deadline:
            fail(f"{what} did not happen within {seconds} s")
        time.sleep(0.05)


def from_fills(services):
    """Balance and the net results of all round trips, from nothing but the fills."""
    database = services.database("execution")
    start = Decimal(database.execute("SELECT starting_balance FROM account").fetchone()[0])
    cash, held, trades = start, {}, []
    for fill in database.execute("SELECT symbol, side, price, quantity, fee FROM fills ORDER BY id"):
        price, quantity, fee = Decimal(fill["price"]), Decimal(fill["quantity"]), Decimal(fill["fee"])
        signed = quantity if fill["side"] == "buy" else -quantity
        size, flow, fees = held.get(fill["symbol"], (Decimal(0), Decimal(0), Decimal(0)))
        size, flow, fees = size + signed, flow - signed * price, fees + fee
        cash -= fee
        if size == 0:
            trades.append(flow - fees)
            cash += flow
            size = flow = fees = Decimal(0)
        held[fill["symbol"]] = (size, flow, fees)
    if any(size for size, _, _ in held.values()):
        return None
    return cash, trades


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


def look(page):
    """Opens the page in Chromium where it and playwright are there."""
    chromium = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if not chromium:
        print("  skipped: the page in a browser (no chromium with playwright here)")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        errors = []
        tab = browser.new_page(viewport={"width": 390, "height": 844})
        tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(page.address + "/")
        tab.wait_for_selector("body[data-link=live]", timeout=60_000)
        tab.wait_for_selector("#panel tr[data-id]", timeout=60_000)
        if tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
            fail("the page is wider than a phone")
        # By keyboard alone: to the stop, into its dialog, and out again.
        tab.focus("#stop")
        tab.keyboard.press("Enter")
        tab.wait_for_selector("#stop-dialog[open]", timeout=60_000)
        tab.keyboard.type("by keyboard")
        tab.keyboard.press("Enter")
        tab.wait_for_selector("#stop-result.good", timeout=60_000)
        tab.wait_for_selector("body[data-state=halted]", timeout=60_000)
        # Nothing new is opened now; what the page shows comes to rest at what the API says.
        def same():
            shown = tab.get_attribute("#trades-count", "data-exact")
            return shown is not None and Decimal(shown) == Decimal(page.get("/api/metrics")["all"]["netPnl"])
        until("the page shows the net result of the API", same)
        if errors:
            fail(f"the page complains: {errors}")
        browser.close()
    print("  the page on a phone shows the same net result, and its stop works by keyboard")


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
        services.quartet("resume")
        until("trading is on again", lambda: page.get("/api/status")["tradingState"] == "active")
        look(page)
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

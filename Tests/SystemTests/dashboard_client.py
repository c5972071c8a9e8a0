"""The dashboard as a client sees it, and its figures computed again from nothing but the fills."""
import http.client
import urllib.error
import urllib.request

from harness import *


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


def start_dashboard(services):
    """Starts the dashboard and returns it once it has told its address."""
    url = services.dir / "bus/dashboard.url"
    url.unlink(missing_ok=True)
    services.start("dashboard")
    until("the dashboard tells its address", lambda: url.exists() and url.read_text().endswith("\n"), 120)
    return Page(url.read_text().strip())

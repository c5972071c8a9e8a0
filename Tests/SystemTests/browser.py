"""The page in a real browser (Debian's Chromium, driven by playwright) against the real services: its numbers are those of the
databases, it works by keyboard and on a phone, it says when it is cut off and comes back, its stop halts, axe finds nothing
serious in any of its states, light and dark.

usage: browser.py [--pictures DIRECTORY]      keeps a picture of every state there

Nothing here waits for a duration: each step waits for what it needs, for two minutes at most. Where Chromium is installed but
does not start, it says so and tests nothing.
"""
import argparse
import re
import shutil
import socket
import threading

from dashboard_client import *
import axe_playwright_python
from playwright.sync_api import Error, sync_playwright

CONFIG = """
symbols: [BTC/USDT, ETH/USDT]
feed: {source: simulated, seed: 11, speed: 120}
strategy: {active: [probe, momentum, mean_reversion], decision_minutes: 1}
risk: {max_daily_trades: 100000, max_daily_loss_pct: 100, max_drawdown_warning_pct: 99, max_drawdown_stop_pct: 100, max_price_age_millis: 60000}
agent: {simulated: true}
dashboard: {port: 0}
"""
LIBRARY = ROOT / ".build/lightweight-charts.js"
LIMIT = 120
TOKEN = "a-token-of-the-browser-test"
TABS = ["trades", "decisions", "refusals", "orders", "dialogues"]

# While held, events and timers of the page do nothing, so that what axe reads does not change under it. `rests` comes back
# when nothing has changed for half a second.
HOLD = """(() => {
  const listen = EventSource.prototype.addEventListener, every = window.setInterval;
  EventSource.prototype.addEventListener = function (name, take) { listen.call(this, name, event => { if (!window.isHeld) take(event); }); };
  window.setInterval = (work, wait) => every(() => { if (!window.isHeld) work(); }, wait);
})();"""
REST = """() => new Promise(done => {
  let last = performance.now();
  const eyes = new MutationObserver(() => { last = performance.now(); });
  eyes.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  const look = () => { if (performance.now() - last > 500) { eyes.disconnect(); done(true); } else requestAnimationFrame(look); };
  look();
})"""
AXE = """place => axe.run(document.querySelector(place), { resultTypes: ['violations'] }).then(found => found.violations
  .filter(v => ['serious', 'critical'].includes(v.impact))
  .map(v => `${v.id}: ${v.help} (${v.nodes.map(n => n.target.join(' ') + ' ' + (n.failureSummary || '').split('\\n').slice(1, 2)).slice(0, 3).join('; ')})`))"""


class Door(threading.Thread):
    """Forwards a port that the kernel chose to where the dashboard listens now, so that the page keeps its address."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.target = None

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                service = socket.create_connection(("127.0.0.1", self.target))
            except (OSError, TypeError):
                client.close()
                continue
            for one, other in ((client, service), (service, client)):
                threading.Thread(target=self.carry, args=(one, other), daemon=True).start()

    @staticmethod
    def carry(one, other):
        try:
            while data := one.recv(65536):
                other.sendall(data)
        except OSError:
            pass
        for end in (one, other):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Browser:
    """A tab with the page, what it complained of, and its pictures."""

    def __init__(self, playwright, pictures):
        self.browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), timeout=LIMIT * 1000,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        self.pictures = pictures
        self.axe = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
        self.findings, self.checked = [], 0

    def open(self, address, width, height, scheme="light"):
        context = self.browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce")
        context.set_default_timeout(LIMIT * 1000)
        context.add_init_script(HOLD)
        tab = context.new_page()
        tab.complaints = []
        # What cannot be loaded while the dashboard is away is part of the test; everything else is a fault of the page.
        tab.on("console", lambda m: tab.complaints.append(m.text)
               if m.type == "error" and "Failed to load resource" not in m.text else None)
        tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
        tab.goto(address)
        return tab

    def judge(self, tab, name, schemes=("light", "dark"), place="html"):
        """axe in both colour schemes, on the page, or a place in it, as it is at this moment; a picture of each."""
        tab.evaluate("window.isHeld = true")
        for scheme in schemes:
            tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            tab.evaluate(REST)
            if not tab.evaluate("typeof axe === 'object'"):
                tab.evaluate(self.axe)
            self.findings += [f"{name}, {scheme}: {finding}" for finding in tab.evaluate(AXE, place)]
            self.checked += 1
            self.picture(tab, f"{name}-{scheme}")
        tab.evaluate("window.isHeld = false")

    def picture(self, tab, name):
        if self.pictures:
            tab.evaluate("scrollTo(0, 0)")
            tab.screenshot(path=str(self.pictures / f"{name}.png"), full_page="dialog" not in name)


def exact(tab, selector):
    """The exact value behind a number that the page shows; fails where what is shown is another."""
    node = tab.query_selector(selector)
    told = node and node.get_attribute("data-exact")
    return None if told is None else Decimal(told)


def shown(tab, selector):
    """The number as it reads."""
    text = tab.eval_on_selector(selector, "node => node.firstChild.textContent")
    return Decimal(re.sub(r"[^0-9.]", "", text.replace("−", "-"))) * (-1 if "−" in text else 1)


def compare(services, tab, page):
    """Nothing is open any more: the page, the API, the report and the databases say what the fills say."""
    def settled():
        computed = from_fills(services)
        metrics = page.get("/api/metrics")
        return computed if computed and metrics["all"]["trades"] == len(computed[1]) else None
    cash, nets = until("every trade is told", settled, LIMIT)
    net = sum(nets)
    until("the page shows the net result", lambda: exact(tab, "#trades-count") == net, LIMIT)
    until("the page shows the cash as equity", lambda: exact(tab, "#equity") == cash, LIMIT)
    until("the page has nothing open", lambda: tab.query_selector("#positions .position") is None, LIMIT)
    for selector, value in (("#equity", cash), ("#total", cash - 10000)):
        if abs(shown(tab, selector) - value) > Decimal("0.0051"):
            fail(f"{selector} reads {shown(tab, selector)}, the fills say {value}")
    metrics = page.get("/api/metrics")
    report = json.loads(services.quartet("report", "--json").stdout)
    for what, said in (("the API", metrics["all"]["netPnl"]), ("the report", report["overall"]["netPnl"])):
        if Decimal(said) != net:
            fail(f"{what} says a net result of {said}, the fills {net}")
    if Decimal(report["balance"]) != cash:
        fail(f"the report says a balance of {report['balance']}, the fills {cash}")
    stored = {row["trade_id"]: Decimal(row["net_pnl"])
              for row in services.database("execution").execute("SELECT trade_id, net_pnl FROM trades")}
    if sorted(stored.values()) != sorted(nets):
        fail("the table of trades is not what the fills make")
    choose(tab, "trades")

    def listed():
        rows = tab.eval_on_selector_all(
            "#panel tr[data-id]", "rows => rows.map(r => [r.dataset.id, r.querySelector('td[data-exact]').dataset.exact])")
        return len(rows) == min(100, len(stored)) and all(stored.get(id) == Decimal(value) for id, value in rows)
    until("the list of trades shows what the database has", listed, LIMIT)
    for box in ("#by-strategy", "#by-symbol"):
        parts = [Decimal(c.get_attribute("data-exact")) for c in tab.query_selector_all(f"{box} td[data-exact]")]
        if sum(parts) != net:
            fail(f"{box} adds up to {sum(parts)}, the fills to {net}")
    return len(nets)


def choose(tab, name):
    tab.click(f"#tab-{name}")
    tab.wait_for_selector(f"#panel[aria-labelledby=tab-{name}]")


def focused(tab):
    return tab.evaluate("document.activeElement.id || document.activeElement.getAttribute('aria-label') || document.activeElement.tagName")


def by_keyboard(tab):
    """Every control is reached by Tab alone with its focus visible, the lists by arrows, the dialog opened and left again."""
    tab.evaluate("document.activeElement.blur()")
    reached = []
    for _ in range(60):
        tab.keyboard.press("Tab")
        reached.append(focused(tab))
        if reached[-1] not in ("BODY", "HTML") and not tab.evaluate(
                "(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0)(getComputedStyle(document.activeElement))"):
            fail(f"by keyboard the focus on {reached[-1]} cannot be seen")
        if "panel" in reached:
            break
    for name in ("theme", "stop", "symbol", "timeframe", "Prices and their age", "tab-trades", "panel"):
        if name not in reached:
            fail(f"{name} is not reached by the Tab key, only {reached}")
    # What is drawn anew every second keeps the focus.
    tab.focus("#feeds [role=region]")
    before = tab.inner_text("#market-time")
    until("the page goes on", lambda: tab.inner_text("#market-time") != before, LIMIT)
    if focused(tab) != "Prices and their age":
        fail(f"the focus went from the prices to {focused(tab)} as they changed")
    tab.focus("#tab-trades")
    for name in TABS[1:] + TABS[:1]:
        tab.keyboard.press("ArrowRight")
        tab.wait_for_selector(f"#tab-{name}[aria-selected=true]")
        if focused(tab) != f"tab-{name}":
            fail(f"the arrow did not lead to the list of {name}")
    tab.focus("#stop")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#stop-dialog[open]")
    tab.keyboard.press("Escape")
    tab.wait_for_selector("#stop-dialog:not([open])", state="attached")
    until("the focus is back on the button", lambda: focused(tab) == "stop", LIMIT)


def stop_by_keyboard(browser, tab):
    tab.focus("#stop")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#stop-dialog[open]")
    browser.judge(tab, "stop-dialog")
    tab.keyboard.type("by keyboard")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#stop-result.good")
    told = tab.inner_text("#stop-result")
    if tab.get_attribute("body", "data-state") != "halted":
        tab.wait_for_selector("body[data-state=halted]")
    tab.keyboard.press("Escape")
    return told


def fits(tab, what):
    if tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
        fail(f"{what} is wider than the phone")


def look(services, browser, door):
    address = f"http://127.0.0.1:{door.port}/"
    page = start_dashboard(services)
    door.target = int(page.address.rsplit(":", 1)[1])
    wide = browser.open(address, 1400, 900)
    wide.wait_for_selector("body[data-link=live][data-state=unknown]")
    browser.judge(wide, "nothing-heard", ["light"])

    services.start_all()
    wide.wait_for_selector("body[data-link=live][data-state=active]")
    until("a few round trips are complete", lambda: page.get("/api/metrics")["all"]["trades"] >= 3, LIMIT)
    until("the model was asked", lambda: page.get("/api/dialogues")["items"], LIMIT)
    until("something was refused or decided", lambda: page.get("/api/decisions")["items"], LIMIT)
    wide.wait_for_selector("#candle-chart .light canvas" if LIBRARY.exists() else "#candle-chart svg")
    wide.wait_for_selector("#equity-chart svg")
    wide.wait_for_selector("#limits tr[data-limit=max_daily_trades]")
    by_keyboard(wide)
    for name in TABS:
        choose(wide, name)
        wide.wait_for_selector("#panel > *")
        browser.judge(wide, f"list-{name}", place="[aria-label=Lists]")

    phone = browser.open(address, 390, 844, "dark")
    phone.wait_for_selector("body[data-link=live][data-state=active]")
    for name in TABS:
        choose(phone, name)
        phone.wait_for_selector("#panel > *")
        fits(phone, f"the list of {name}")
    browser.judge(phone, "phone")

    print(f"  {stop_by_keyboard(browser, phone)}")
    wide.wait_for_selector("body[data-state=halted]")
    fits(phone, "the page")
    services.quartet("flatten", "--yes")
    trades = compare(services, wide, page)
    choose(wide, "dialogues")
    browser.judge(wide, "halted")
    print(f"  page, API, report and databases show {trades} round trips as they are computed from the fills")

    # The dashboard dies: the page says so, and comes back with it. Then it wants a token.
    kill(services, "dashboard")
    wide.wait_for_selector("body[data-link=lost]")
    browser.judge(wide, "disconnected")
    page = start_dashboard(services)
    door.target = int(page.address.rsplit(":", 1)[1])
    for tab in (wide, phone):
        tab.wait_for_selector("body[data-link=live][data-state=halted]")
    compare(services, wide, page)
    kill(services, "risk")
    until("the silence of risk is shown", lambda: "silent" in wide.inner_text("#services"), LIMIT)
    browser.judge(wide, "risk-silent", ["dark"])
    print("  it says when it is cut off, comes back by itself, and shows which service is silent")

    kill(services, "dashboard")
    services.env["DASHBOARD_TOKEN"] = TOKEN
    page = start_dashboard(services)
    door.target = int(page.address.rsplit(":", 1)[1])
    wide.wait_for_selector("#login #token")
    browser.judge(wide, "login")
    for word, outcome in (("a wrong word", "#login-result.bad"), (TOKEN, "body[data-link=live]")):
        wide.fill("#token", word)
        wide.keyboard.press("Enter")
        wide.wait_for_selector(outcome)
    print("  with a token it asks for it, and lets in who has it")
    if browser.findings:
        fail("axe finds:\n  " + "\n  ".join(browser.findings))
    for tab in (wide, phone):
        if tab.complaints:
            fail(f"the page complains: {tab.complaints}")
    print(f"  axe finds nothing serious on {browser.checked} looks, light and dark")


def kill(services, name):
    services.children[name].kill()
    services.children[name].wait(timeout=LIMIT)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--pictures", type=Path)
    pictures = arguments.parse_args().pictures
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
    services = Services(CONFIG, "browser")
    if LIBRARY.exists():
        services.env["QUARTET_DASHBOARD_CHARTS_FILE"] = str(LIBRARY)
    door = Door()
    door.start()
    try:
        with sync_playwright() as playwright:
            try:
                browser = Browser(playwright, pictures)
            except Error as error:
                print(f"skipped: chromium does not start here: {error}")
                return
            look(services, browser, door)
            browser.browser.close()
        print("PASSED")
    except BaseException:
        services.logs()
        raise
    finally:
        door.listener.close()
        services.cleanup()


main()

"""The dashboard under attack, with the real services beside it: requests of other sites, abused heads and paths, slow clients,
floods of connections, guessed tokens, and schemathesis over the described API (where it is there). Nothing crashes, nothing
leaks, nobody is kept out, the services trade on.

usage: attack.py [CONNECTIONS]      a flood of so many at once, 2000 unless told, as far as the descriptor limit goes
"""
import re
import resource
import select
import socket

from dashboard_client import *

CONFIG = """
symbols: [BTC/USDT, ETH/USDT]
feed: {source: simulated, seed: 11, speed: 120}
strategy: {active: [probe], decision_minutes: 1}
risk: {max_daily_trades: 100000, max_daily_loss_pct: 100, max_drawdown_warning_pct: 99, max_drawdown_stop_pct: 100, max_price_age_millis: 60000}
dashboard: {port: 0}
"""
LIMIT = 120
TOKEN = "the-token-of-the-attack-test"


def talk(port, data, source="127.0.0.1"):
    """What a connection answers to raw bytes until it closes or falls silent; the client says at once that it is done."""
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT, source_address=(source, 0)) as line:
        found = b""
        try:
            line.sendall(data)
            line.shutdown(socket.SHUT_WR)
            while part := line.recv(65536):
                found += part
        except (ConnectionResetError, BrokenPipeError):
            pass
        return found


def status(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else None


def request(port, method="GET", path="/api/status", headers=(), body=b"", source="127.0.0.1"):
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close", *headers]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return talk(port, ("\r\n".join(lines) + "\r\n\r\n").encode() + body, source)


def other_sites(page, port):
    """Posts that a browser would send for another site, or without what only our page can know."""
    token = page.get("/api/session")["csrfToken"]
    own = [f"X-CSRF-Token: {token}", "Content-Type: application/json"]
    for headers, body, expected in [
        (["Content-Type: application/json"], b"{}", 403), (["X-CSRF-Token: x", "Content-Type: application/json"], b"{}", 403),
        ([f"X-CSRF-Token: {token}0", "Content-Type: application/json"], b"{}", 403),
        (own + ["Origin: http://evil.example"], b"{}", 403), (own + ["Origin: null"], b"{}", 403),
        (own + [f"Origin: http://127.0.0.1.evil.example:{port}"], b"{}", 403), (own + [f"Origin: http://127.0.0.1:{port + 1}"], b"{}", 403),
        (own + ["Sec-Fetch-Site: cross-site"], b"{}", 403), (own + ["Sec-Fetch-Site: same-site"], b"{}", 403),
        ([f"X-CSRF-Token: {token}", "Content-Type: text/plain"], b"{}", 415),
        ([f"X-CSRF-Token: {token}", "Content-Type: application/x-www-form-urlencoded"], b"why=x", 415),
        (own, b"{", 400), (own, b"[]", 400), (own, b'{"why":7}', 400), (own, b"\xff\xfe", 400), (own, b"[" * 9000, 400),
        (own, b'{"why":"' + b"x" * 20000 + b'"}', 413),
    ]:
        found = status(request(port, "POST", "/api/stop", headers, body))
        if found != expected:
            fail(f"a stop with {headers} and {body[:20]} was answered {found}, not {expected}")
    if page.get("/api/status")["tradingState"] != "active":
        fail("one of them halted")
    if status(request(port, headers=["Host: evil.example"])) not in (400, 421):
        fail("a second host name is answered")


def heads_and_paths(port):
    """Bytes that are no request, or one for something that is not ours: refused or hung up on, never served."""
    host = f"Host: 127.0.0.1:{port}\r\n".encode()
    get = b"GET / HTTP/1.1\r\n" + host
    bad = [
        b"\r\n\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /\r\n\r\n", b"GET / HTTP/9.9\r\n" + host + b"\r\n",
        b"GET / HTTP/1.1\r\n\r\n", get + host + b"\r\n", get + b"X: a\x00b\r\n\r\n", get + b" folded: x\r\n\r\n", get + b"Bad Name: x\r\n\r\n",
        get + b": x\r\n\r\n", get + b"X: " + b"a" * 20000 + b"\r\n\r\n", get + b"".join(b"X%d: y\r\n" % i for i in range(3000)) + b"\r\n",
        b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n" + host + b"\r\n", b"CONNECT evil.example:443 HTTP/1.1\r\n" + host + b"\r\n",
        b"TRACE / HTTP/1.1\r\n" + host + b"\r\n", b"GET http://evil.example/ HTTP/1.1\r\n" + host + b"\r\n",
        b"POST /api/stop HTTP/1.1\r\n" + host + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST /api/stop HTTP/1.1\r\n" + host + b"Content-Length: -1\r\n\r\n", b"POST /api/stop HTTP/1.1\r\n" + host + b"Content-Length: 99999999999999999999\r\n\r\n",
        b"POST /api/stop HTTP/1.1\r\n" + host + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        b"POST /api/stop HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"POST /api/stop HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    ]
    for path in ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "/%00", "/app.js%00.css", "//etc/passwd", "/api/../app.js",
                 "/%", "/%zz", "/dashboard.sqlite", "/.git/config", "/data/execution.sqlite", "/api/candles?symbol=../../x", "/api/trades?limit=-1"]:
        bad.append(b"GET " + path.encode() + b" HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n")
    for data in bad:
        answer = talk(port, data)
        if status(answer) == 200 or b"root:" in answer or b"SQLite format" in answer:
            fail(f"{data[:60]!r} was answered {answer[:80]!r}")
    return len(bad)


def slow_clients(page, port, count=300):
    """So many send a head byte by byte and never end it; meanwhile everybody else is served. All are shown the door."""
    slow = []
    for number in range(count):
        line = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        line.sendall(b"GET /api/events HTTP/1.1\r\n" if number % 3 else b"P")
        slow.append(line)
    begun, worst, ended = time.monotonic(), 0.0, 0
    while slow:
        if time.monotonic() - begun > LIMIT:
            fail(f"{len(slow)} slow clients are still connected after {LIMIT} s")
        asked = time.monotonic()
        page.get("/api/status")
        worst = max(worst, time.monotonic() - asked)
        for line in list(slow):
            try:
                line.sendall(b"X")
                over = select.select([line], [], [], 0)[0] and (line.recv(4096) or True)
            except OSError:
                over = True
            if over:
                line.close()
                slow.remove(line)
                ended += 1
        select.select([], [], [], 0.2)
    return ended, worst


def flood(page, port, wanted):
    """As many connections at once as are asked for; those beyond the limit are refused, and afterwards everything is served."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(wanted, hard - 200 if hard != resource.RLIM_INFINITY else wanted)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, count + 200) if hard != resource.RLIM_INFINITY else count + 200), hard))
    lines = []
    for _ in range(count):
        try:
            lines.append(socket.create_connection(("127.0.0.1", port), timeout=LIMIT))
        except OSError:
            pass
    for line in lines:
        line.close()
    def served():
        try:
            return page.get("/api/status")
        except OSError:
            return None
    until("the page is served after the flood", served, LIMIT)
    return len(lines)


def guesses(port):
    """Five wrong tokens and the address waits, with the right one too; another address gets in."""
    def login(token, source="127.0.0.1"):
        return status(request(port, "POST", "/login", ["Content-Type: application/json"], json.dumps({"token": token}).encode(), source))
    for path in ("/api/status", "/api/trades", "/metrics", "/api/openapi.json", "/api/events", "/api/report?format=html", "/app.js", "/nothing"):
        if status(request(port, path=path)) != 401:
            fail(f"{path} is told without the token")
    found = [login(f"guess {number}") for number in range(8)]
    if found != [401] * 5 + [429] * 3 or login(TOKEN) != 429:
        fail(f"eight wrong tokens were answered {found}")
    if login(TOKEN, "127.0.0.2") != 204:
        fail("the right token from another address does not get in")
    found = [status(request(port, headers=[f"Authorization: Bearer {n}"], source="127.0.0.3")) for n in range(8)]
    if found != [401] * 8 or status(request(port, headers=[f"Authorization: Bearer {TOKEN}"], source="127.0.0.3")) != 401:
        fail(f"eight guessed headers were answered {found}, or the right one after them was taken")
    if status(request(port, headers=[f"Authorization: Bearer {TOKEN}"], source="127.0.0.2")) != 200:
        fail("the right header is refused")


def schemathesis(services, page):
    """Every operation of the description with valid and invalid requests; the events never end and are left out."""
    try:
        import schemathesis  # noqa: F401
    except ImportError:
        print("  skipped: schemathesis is not there (make test installs it where it can)")
        return
    token = page.get("/api/session")["csrfToken"]
    # A starved machine may make risk or feed late, which is a 503 with its sentence; no answer is any other failure of the server.
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", page.address + "/api/openapi.json", "-H", f"X-CSRF-Token: {token}", "--exclude-path",
         "/api/events", "--seed", "20261123", "--max-examples", "8", "--request-timeout", "60", "--generation-database", "none",
         "--suppress-health-check", "all", "--exclude-checks", "not_a_server_error", "--report", "har", "--report-har-path", "requests.har",
         "--continue-on-failure", "--no-color"], cwd=services.dir, env=services.env, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        fail(f"schemathesis finds:\n{done.stdout[-6000:]}{done.stderr[-2000:]}")
    answers = [entry["response"] for entry in json.loads((services.dir / "requests.har").read_text())["log"]["entries"]]
    broken = [answer for answer in answers if answer["status"] >= 500 and answer["status"] != 503]
    if broken or len(answers) < 100:
        fail(f"of {len(answers)} answers these are faults of the server: {broken[:3]}")
    print(f"  schemathesis: {len(answers)} requests, every answer as described")


def exposition(page):
    """promtool holds /metrics against Prometheus' conventions, where it is there."""
    promtool = shutil.which("promtool")
    if not promtool:
        return print("  skipped: the conventions of /metrics (no promtool here)")
    with urllib.request.urlopen(page.address + "/metrics", timeout=LIMIT) as answer:
        done = subprocess.run([promtool, "check", "metrics"], input=answer.read(), capture_output=True)
    if done.returncode != 0 or done.stdout or done.stderr:
        fail(f"promtool finds: {done.stdout.decode()}{done.stderr.decode()}")
    print("  promtool has nothing to say about /metrics")


def resources(services, name="dashboard"):
    """(open descriptors, resident megabytes)"""
    pid = services.children[name].pid
    memory = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return len(os.listdir(f"/proc/{pid}/fd")), int(memory[1]) / 1024


def main():
    services = Services(CONFIG, "attack")
    try:
        services.start_all()
        page = start_dashboard(services)
        port = int(page.address.rsplit(":", 1)[1])
        host = [("Host", page.address.split("//")[1])]
        until("trading goes on", lambda: page.get("/api/status")["tradingState"] == "active", LIMIT)
        # Only then every socket to the others is open.
        until("all four are heard", lambda: all(s["condition"] == "healthy" for s in page.get("/api/health")["items"]), LIMIT)
        until("a trade is made", lambda: page.get("/api/metrics")["all"]["trades"], LIMIT)
        until("limits are told", lambda: page.raw("GET", "/api/limits", host) == 200, LIMIT)
        until("candles are told", lambda: page.raw("GET", "/api/candles?symbol=BTC/USDT&limit=2", host) == 200, LIMIT)
        descriptors, before = resources(services)
        other_sites(page, port)
        print(f"  other sites' posts and {heads_and_paths(port)} abused heads and paths got nothing")
        ended, worst = slow_clients(page, port)
        print(f"  {ended} slow clients were shown the door; meanwhile the slowest answer took {worst * 1000:.0f} ms")
        print(f"  a flood of {flood(page, port, int(sys.argv[1]) if len(sys.argv) > 1 else 2000)} connections")
        trades = page.get("/api/metrics")["all"]["trades"]
        until("trades are made after all that", lambda: page.get("/api/metrics")["all"]["trades"] > trades, LIMIT)
        exposition(page)
        schemathesis(services, page)
        until(f"all but {descriptors} descriptors are given back", lambda: resources(services)[0] <= descriptors + 4, LIMIT)
        after = resources(services)[1]
        if after > before + 96:
            fail(f"the dashboard held {before:.0f} MB before and {after:.0f} MB after")
        print(f"  the dashboard holds {after:.0f} MB ({before:.0f} MB before), and every descriptor is given back")
        services.children["dashboard"].send_signal(signal.SIGTERM)
        services.children["dashboard"].wait(timeout=LIMIT)
        services.env["DASHBOARD_TOKEN"] = TOKEN
        guesses(int(start_dashboard(services).address.rsplit(":", 1)[1]))
        print("  guessed tokens make their address wait, and nobody else")
        if any(child.poll() is not None for child in services.children.values()):
            fail("a service ended")
        services.children["dashboard"].send_signal(signal.SIGTERM)
        if services.children["dashboard"].wait(timeout=LIMIT) != 0:
            fail("the dashboard did not stop in good order")
        print("PASSED")
    except BaseException:
        services.logs()
        raise
    finally:
        services.cleanup()


main()

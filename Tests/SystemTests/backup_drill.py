#!/usr/bin/env python3
"""Backs up a data directory while the four services trade, proves that damaged and newer backups are refused with nothing
touched, restores, and starts the services on what was restored: they reconcile, and have the very fills of the backup.

usage: backup_drill.py
"""
import json
import shutil
import sqlite3

from harness import *

CONFIG = """
symbols: [BTC/USDT, ETH/USDT, DOGE/USDT]
feed: {source: simulated, seed: 11, speed: 300}
strategy: {active: [probe], decision_minutes: 1}
risk: {max_daily_trades: 100000, max_daily_loss_pct: 100, max_drawdown_warning_pct: 99, max_drawdown_stop_pct: 100, max_price_age_millis: 60000}
"""


def start(services, words=("healthy",)):
    facts = services.subscriber(*SERVICES, topics=("health.",))
    services.start_all()
    healthy = set()
    deadline = time.monotonic() + 180
    while healthy != set(SERVICES):
        message = receive(facts, deadline)
        if message is None:
            services.logs()
            fail(f"only {sorted(healthy)} became healthy")
        if message[1]["body"]["condition"] in words:
            healthy.add(message[1]["source"])
    facts.close()


def fills(path):
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return connection.execute("SELECT * FROM fills ORDER BY id").fetchall()
    finally:
        connection.close()


def listing(directory):
    return sorted((p.name, p.stat().st_size) for p in directory.iterdir()) if directory.exists() else None


def refused(services, backup, words, data, is_running=False):
    before = listing(data)
    done = services.quartet("restore", str(backup), check=False, timeout=300)
    if done.returncode != 1 or words not in done.stderr + done.stdout:
        fail(f"restore of {backup.name} ended with {done.returncode}, not with '{words}': {done.stdout}{done.stderr}")
    if listing(data) != before and not is_running or list(data.parent.glob("data.*")):
        fail(f"a refused restore has touched something: {listing(data.parent)}")


def spoil(services, good, data):
    """Every way in which a backup can be no good."""
    def copy(name):
        return shutil.copytree(good, good.parent / name)

    bad = copy("flipped")
    with open(bad / "execution.sqlite", "r+b") as file:
        file.seek(5000)
        byte = file.read(1)
        file.seek(5000)
        file.write(bytes([byte[0] ^ 1]))
    refused(services, bad, "is damaged", data)
    bad = copy("short")
    os.truncate(bad / "risk.sqlite", 4096)
    refused(services, bad, "is damaged", data)
    bad = copy("missing")
    (bad / "risk.sqlite").unlink()
    refused(services, bad, "is missing", data)
    for name, change, words in [
        ("newer-format", lambda m: m.update(format=99, files="of another shape"), "newer program"),
        ("newer-schema", lambda m: [f.update(schema=99) for f in m["files"] if f["name"] == "risk.sqlite"], "newer program"),
        ("leads-out", lambda m: m["files"][0].update(name="../x"), "leads out"),
        ("no-json", None, "is damaged")]:
        bad = copy(name)
        manifest = json.loads((bad / "manifest.json").read_text())
        if change:
            change(manifest)
        (bad / "manifest.json").write_text(json.dumps(manifest) if change else "{")
        refused(services, bad, words, data)
    refused(services, good.parent / "nothing", "is no backup", data)


def main():
    services = Services(CONFIG, "backup")
    data = services.dir / "data"
    try:
        start(services)
        facts = services.subscriber("execution", topics=("fill.",))
        for _ in range(30):
            if receive(facts, time.monotonic() + 180) is None:
                services.logs()
                fail("nothing was traded")
        backups = []
        for number in range(3):
            target = services.dir / f"backup-{number}"
            services.quartet("backup", str(target), timeout=300)
            backups.append(target)
            for _ in range(5):
                receive(facts, time.monotonic() + 180) or fail("trading stopped beside a backup")
        again = services.quartet("backup", str(backups[0]), check=False)
        if again.returncode != 1 or "overwrites nothing" not in again.stderr:
            fail(f"a backup over a backup ended with {again.returncode}: {again.stderr}")
        refused(services, backups[1], "runs", data, is_running=True)
        counts = [len(fills(b / "execution.sqlite")) for b in backups]
        if sorted(counts) != counts or counts[0] < 30:
            fail(f"the backups have {counts} fills")
        for backup in backups:
            # Risk believes of no order that it was answered which execution does not know.
            risk = sqlite3.connect(f"file:{backup}/risk.sqlite?mode=ro", uri=True)
            execution = sqlite3.connect(f"file:{backup}/execution.sqlite?mode=ro", uri=True)
            known = {row[0] for row in execution.execute("SELECT client_order_id FROM orders")}
            believed = [row[0] for row in risk.execute("SELECT client_order_id FROM order_intents WHERE status IS NOT NULL")]
            if missing := [order for order in believed if order not in known]:
                fail(f"{backup.name}: execution does not know {missing}")
            risk.close()
            execution.close()
        services.stop_all()
        chosen = backups[1]
        expected = fills(chosen / "execution.sqlite")
        spoil(services, chosen, data)
        services.quartet("restore", str(chosen), "--check", timeout=300)
        report = json.loads(services.quartet("restore", str(chosen), "--json", timeout=300).stdout)
        aside = Path(report["aside"])
        if not (aside / "execution.sqlite").exists() or len(fills(aside / "execution.sqlite")) < counts[2]:
            fail(f"what was there before is not at {aside}")
        if fills(data / "execution.sqlite") != expected:
            fail("what was restored is not what was backed up")
        services.quartet("db", "verify", timeout=300)
        # Where an entry filled between the copies of risk and execution, risk says that its position has no plan.
        start(services, ("healthy", "degraded"))
        snapshot = services.request("execution", "executionSnapshotRequest", timeout=60)["body"]
        if not snapshot["isReconciled"]:
            fail("execution did not reconcile on what was restored")
        services.stop_all()
        after = fills(data / "execution.sqlite")
        if after[:len(expected)] != expected:
            fail("the fills of the backup are not the beginning of what is there now")
        services.quartet("db", "verify", timeout=300)
        print(f"three backups beside trading with {counts} fills; the second restored and reconciled, {len(after)} fills; "
              "eight spoilt backups refused with nothing touched")
    except BaseException:
        services.logs()
        raise
    finally:
        services.cleanup()


if __name__ == "__main__":
    main()

"""A process that is not ours taps all four buses, knowing only the written protocol, and holds every message against the
exported schema; then it asks every service for its status with a plain REQ socket."""
import jsonschema

from harness import *

CONFIG = """
symbols: [BTC/USDT, ETH/USDT, DOGE/USDT]
feed: {source: simulated, seed: 7, speed: 3000}
"""
WANTED = {"ticker", "candle", "clock", "health", "decision", "state", "account"}


def main():
    services = Services(CONFIG, "tap")
    try:
        document = json.loads(services.quartet("wire", "schema").stdout)
        assert document["asyncapi"].startswith("3."), "the schema is AsyncAPI 3"
        validators = {}
        tap = services.subscriber(*SERVICES)
        services.start_all()
        counts, sequences, sessions = {}, {}, {}
        deadline = time.monotonic() + 60
        while not (WANTED <= set(counts) and sum(counts.values()) >= 3000):
            message = receive(tap, deadline)
            if message is None:
                services.logs()
                fail(f"only these kinds came within 60 s: {counts}")
            topic, m = message
            kind = m["kind"]
            if kind not in validators:
                schema = json.loads(services.quartet("wire", "schema", "--kind", kind).stdout)
                jsonschema.Draft202012Validator.check_schema(schema)
                validators[kind] = jsonschema.Draft202012Validator(schema)
            error = jsonschema.exceptions.best_match(validators[kind].iter_errors(m))
            if error:
                fail(f"a {kind} on {topic} breaks its schema: {error.message} in {json.dumps(m)[:400]}")
            key = (m["source"], m["session"], topic)
            if key in sequences and m["seq"] != sequences[key] + 1:
                fail(f"{topic} of {m['source']} went from seq {sequences[key]} to {m['seq']}")
            sequences[key] = m["seq"]
            if sessions.setdefault(m["source"], m["session"]) != m["session"]:
                fail(f"{m['source']} changed its session without a restart")
            counts[kind] = counts.get(kind, 0) + 1
        # A schema that accepts anything would prove nothing.
        broken = dict(m, seq="one")
        if not list(validators[kind].iter_errors(broken)):
            fail("the schema accepts a seq that is no number")
        for service in SERVICES:
            reply = services.request(service, "statusRequest")
            if reply["kind"] != "health" or reply["body"]["service"] != service:
                fail(f"{service} answered a statusRequest with {reply}")
        codes = services.stop_all()
        if any(codes.values()):
            services.logs()
            fail(f"not every service stopped orderly: {codes}")
        print(f"PASSED: {sum(counts.values())} messages of {len(counts)} kinds hold against the schema: {counts}")
    finally:
        services.cleanup()


main()

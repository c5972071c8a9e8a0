"""A client that keeps its promise: it sends the same request under the same id until it is answered, whatever dies meanwhile."""
from harness import *

# What a service says that is starting, or cannot serve for a moment.
LATER = ("notReady", "not_ready", "unavailable")


def ask_until_answered(services, service, kind, body, id, *, watch, later=LATER, patience=300, attempt=15, ttl=20,
                       source="harness", words=""):
    """The reply's envelope. `watch()` is called all the time; it takes in what was told, starts again what has died, and
    returns whether something has: then the request is sent anew at once. `later`: refusals that mean "ask again"; None is any."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        socket = services.context.socket(zmq.REQ)
        socket.setsockopt(zmq.LINGER, 0)
        socket.connect(f"ipc://{services.dir}/bus/{service}.rep")
        now = int(time.time() * 1e6)
        message = {"v": 1, "kind": kind, "source": source, "session": "asking", "seq": 0, "at": now, "id": id,
                   "expiresAt": now + int(ttl * 1e6), "body": body}
        text = json.dumps(message).encode()
        socket.send(struct.pack(">I", len(text)) + text)
        give_up, reply = time.monotonic() + attempt, None
        while time.monotonic() < give_up and reply is None:
            if socket.poll(10):
                reply = unframe(socket.recv())
            elif watch():
                break
        socket.close()
        if reply is None:
            continue
        if reply["kind"] == "refusal" and (later is None or reply["body"].get("code") in later):
            watch()
            time.sleep(0.02)
            continue
        return reply
    fail(f"{kind} {id} was not answered within {patience} s{words}")

"""A scripted provider for the tests of ModelClient: prints its port, then answers until its standard input ends.

The first part of the path says how: POST /SCRIPT/chat/completions. Simulated: no model is behind it.
"""
import gzip, json, socket, sys, threading, time

DECISION = json.dumps({"action": "HOLD", "symbol": "BTC/USDT", "reasoning": "simulated", "confidence": 0.5})
counts, lock = {}, threading.Lock()


def completion(content=DECISION, finish="stop"):
    return json.dumps({"id": "sim-1", "model": "simulated/scripted", "choices": [{"index": 0, "finish_reason": finish, "message": {
        "role": "assistant", "content": content}}], "usage": {"prompt_tokens": 10, "completion_tokens": 5, "cost": 0.00001}}).encode()


def chunks(content, finish="stop"):
    yield b": OPENROUTER PROCESSING\n\n"
    for start in range(0, len(content), 9):
        yield b"data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": content[start:start + 9]}}]}).encode() + b"\n\n"
    if finish:
        yield b"data: " + json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}).encode() + b"\n\ndata: [DONE]\n\n"


def reply(connection, status, body, *headers, kind="application/json"):
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n" + "".join(h + "\r\n" for h in headers) + "\r\n"
    connection.sendall(head.encode() + body)


def script(connection, name, number, headers, body):
    if name == "ok":
        reply(connection, 200, completion())
    elif name == "echo":
        reply(connection, 200, completion(json.dumps({"authorization": headers.get("authorization"), "body": json.loads(body)})))
    elif name == "hang":
        time.sleep(20)
    elif name == "once502":
        reply(connection, 502 if number == 1 else 200, b"<html>Bad Gateway</html>" if number == 1 else completion(), kind="text/html" if number == 1 else "application/json")
    elif name == "once429":
        reply(connection, 429 if number == 1 else 200, b'{"error":{"code":429,"message":"slow down"}}' if number == 1 else completion(), "Retry-After: 1")
    elif name == "long429":
        reply(connection, 429, b'{"error":{"code":429,"message":"slow down"}}', "Retry-After: 600")
    elif name == "402":
        reply(connection, 402, b'{"error":{"code":402,"message":"Insufficient credits"}}')
    elif name == "401":
        key = headers.get("authorization", "").removeprefix("Bearer ")
        reply(connection, 401, json.dumps({"error": {"code": 401, "message": f"invalid key {key}"}}).encode())
    elif name == "big":
        reply(connection, 200, b'{"choices":[{"message":{"content":"' + b"x" * 10_000_000 + b'"}}]}')
    elif name == "gzip":
        reply(connection, 200, gzip.compress(completion()), "Content-Encoding: gzip")
    elif name == "html":
        reply(connection, 200, b"<html>hello</html>", kind="text/html")
    elif name == "cut":
        connection.sendall(b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n" + completion()[:80])
        connection.close()
    elif name in ("streamfault", "streamdone"):
        # Says how it ends, and then leaves the line open for longer than anybody waits.
        connection.sendall(b"HTTP/1.1 200 X\r\nContent-Type: text/event-stream\r\n\r\n")
        for part in chunks(DECISION, "stop" if name == "streamdone" else None):
            connection.sendall(part)
        if name == "streamfault":
            connection.sendall(b'data: {"error":{"code":502,"message":"Provider disconnected"}}\n\n')
        time.sleep(120)
    elif name in ("stream", "streamerror", "streamcut"):
        parts = list(chunks(DECISION, None if name != "stream" else "stop"))
        if name == "streamerror":
            parts.append(b'data: {"error":{"code":502,"message":"Provider disconnected"},"choices":[{"delta":{},"finish_reason":"error"}]}\n\n')
        if name == "streamcut":
            parts = parts[:len(parts) // 2]
        text = b"".join(parts)
        reply(connection, 200, text, kind="text/event-stream")


def serve(connection):
    buffer = b""
    while True:
        while b"\r\n\r\n" not in buffer:
            chunk = connection.recv(65536)
            if not chunk:
                return
            buffer += chunk
        head, buffer = buffer.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        path = lines[0].split(" ")[1]
        headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:] if ": " in line)}
        length = int(headers.get("content-length", "0"))
        while len(buffer) < length:
            buffer += connection.recv(65536)
        body, buffer = buffer[:length], buffer[length:]
        name = path.strip("/").split("/")[0]
        if name == "count":
            reply(connection, 200, str(counts.get(path.split("/")[2], 0)).encode())
            continue
        with lock:
            counts[name] = number = counts.get(name, 0) + 1
        script(connection, name, number, headers, body)


def run(connection):
    try:
        serve(connection)
    except OSError:
        pass


def accept(listener):
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=run, args=(connection,), daemon=True).start()


listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(64)
print(listener.getsockname()[1], flush=True)
threading.Thread(target=accept, args=(listener,), daemon=True).start()
sys.stdin.read()

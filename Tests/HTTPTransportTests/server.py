"""A server for the tests of HTTPTransport: prints its port, then answers until its standard input ends."""
import gzip, json, socket, sys, threading

connections = 0
counts = {}
here = {}
lock = threading.Lock()
gathered = threading.Condition()


def answer(connection, status, body, headers=()):
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n" + "".join(f"{h}\r\n" for h in headers) + "\r\n"
    connection.sendall(head.encode() + body)


def serve(connection, number):
    served = 0
    buffer = b""
    while True:
        while b"\r\n\r\n" not in buffer:
            chunk = connection.recv(65536)
            if not chunk:
                return
            buffer += chunk
        head, buffer = buffer.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        method, path, _ = lines[0].split(" ")
        headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:] if ": " in line)}
        length = int(headers.get("content-length", "0"))
        while len(buffer) < length:
            buffer += connection.recv(65536)
        body, buffer = buffer[:length], buffer[length:]
        served += 1
        with lock:
            counts[path] = counts.get(path, 0) + 1
        name = path.split("?")[0]
        if name == "/echo":
            answer(connection, 200, json.dumps({"method": method, "path": path, "headers": headers, "body": body.decode(),
                   "connection": number, "served": served}).encode(), ["X-Two: a", "x-two: b"])
        elif name == "/count":
            answer(connection, 200, str(counts.get(path.split("?", 1)[1], 0)).encode())
        elif name == "/never":
            while connection.recv(65536):
                pass
            return
        elif name == "/meet":
            # Nobody is answered before as many are there as the query says.
            with gathered:
                here[path] = here.get(path, 0) + 1
                gathered.notify_all()
                gathered.wait_for(lambda: here[path] >= int(path.split("?")[1]))
            answer(connection, 200, b"ok")
        elif name == "/status":
            answer(connection, int(path.split("?")[1]), b"{}", ["Retry-After: 7"])
        elif name == "/big":
            answer(connection, 200, b"x" * 100_000)
        elif name == "/bomb":
            answer(connection, 200, gzip.compress(b"x" * 5_000_000), ["Content-Encoding: gzip"])
        elif name == "/cut":
            connection.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\nhalf")
            connection.close()
            return
        elif name == "/garbage":
            connection.sendall(b"\x00\x01\x02 this is no HTTP\r\n\r\n")
            connection.close()
            return
        elif name == "/redirect":
            answer(connection, 302, b"", ["Location: /echo"])
        elif name == "/drop":
            # An answer on a new connection; on one that is used again, the request is taken and the line goes dead.
            if served > 1:
                connection.close()
                return
            answer(connection, 200, b"kept")


def accept(listener):
    global connections
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connections += 1

        def run(connection=connection, number=connections):
            try:
                serve(connection, number)
            except OSError:
                pass

        threading.Thread(target=run, daemon=True).start()


listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(64)
print(listener.getsockname()[1], flush=True)
threading.Thread(target=accept, args=(listener,), daemon=True).start()
sys.stdin.read()

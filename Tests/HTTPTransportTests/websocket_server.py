"""A WebSocket server for the tests of HTTPTransport: prints its port, then serves until its standard input ends.

What a client sends as text is echoed, except commands: "fragments", "ping", "binary", "bye" (a close frame with code 4001),
"drop" (the line goes dead without a word), "masked" (a frame against the rules), "hush" (nothing more is said, pings
included), "late close" (a text, a close frame and the end in one go). The path /refuse is answered 403. With the files of a certificate
and its key as arguments it speaks TLS.
"""
import base64, hashlib, socket, ssl, sys, threading

connections = 0


def frame(opcode, payload, final=True, masked=False):
    head = bytes([(0x80 if final else 0) | opcode])
    bit = 0x80 if masked else 0
    if len(payload) < 126:
        head += bytes([bit | len(payload)])
    elif len(payload) < 65536:
        head += bytes([bit | 126]) + len(payload).to_bytes(2, "big")
    else:
        head += bytes([bit | 127]) + len(payload).to_bytes(8, "big")
    return head + (b"\0\0\0\0" if masked else b"") + payload


def exactly(connection, count):
    data = b""
    while len(data) < count:
        chunk = connection.recv(count - len(data))
        if not chunk:
            raise OSError("closed")
        data += chunk
    return data


def read(connection):
    first, second = exactly(connection, 2)
    assert first & 0x80 and second & 0x80, "a client's frame is whole and masked"
    length = second & 0x7F
    if length == 126:
        length = int.from_bytes(exactly(connection, 2), "big")
    elif length == 127:
        length = int.from_bytes(exactly(connection, 8), "big")
    mask = exactly(connection, 4)
    return first & 0x0F, bytes(b ^ mask[i % 4] for i, b in enumerate(exactly(connection, length)))


def serve(connection, number):
    head = b""
    while b"\r\n\r\n" not in head:
        head += exactly(connection, 1)
    lines = head.decode().split("\r\n")
    headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:] if ": " in line)}
    if lines[0].split(" ")[1] == "/refuse":
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        return
    accept = base64.b64encode(hashlib.sha1((headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
    greeting = frame(1, f"hello {number} {lines[0].split(' ')[1]} {headers.get('x-test', '-')}".encode())
    # The greeting comes with the answer, in one piece.
    connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n" + greeting)
    quiet = False
    while True:
        opcode, payload = read(connection)
        if quiet:
            continue
        if opcode == 9:
            connection.sendall(frame(10, payload))
        elif opcode == 10:
            connection.sendall(frame(1, b"pong " + payload))
        elif opcode == 8:
            connection.sendall(frame(8, payload))
            return
        elif payload == b"fragments":
            connection.sendall(frame(1, b"one ", final=False))
            connection.sendall(frame(9, b"between"))
            connection.sendall(frame(0, b"two", final=True))
        elif payload == b"ping":
            connection.sendall(frame(9, b"are you there"))
        elif payload == b"binary":
            connection.sendall(frame(2, bytes(range(256)) * 300))
        elif payload == b"bye":
            connection.sendall(frame(8, (4001).to_bytes(2, "big") + b"maintenance"))
        elif payload == b"drop":
            return
        elif payload == b"late close":
            connection.sendall(frame(1, b"last words") + frame(8, (1001).to_bytes(2, "big")))
            return
        elif payload == b"masked":
            connection.sendall(frame(1, b"no", masked=True))
        elif payload == b"hush":
            quiet = True
        else:
            connection.sendall(frame(1, payload))


def accept_all(listener):
    global connections
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connections += 1

        def run(connection=connection, number=connections):
            try:
                serve(tls.wrap_socket(connection, server_side=True) if tls else connection, number)
            except (OSError, AssertionError, KeyError):
                pass
            finally:
                connection.close()

        threading.Thread(target=run, daemon=True).start()


tls = None
if len(sys.argv) > 2:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sys.argv[1], sys.argv[2])
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(64)
print(listener.getsockname()[1], flush=True)
threading.Thread(target=accept_all, args=(listener,), daemon=True).start()
sys.stdin.read()

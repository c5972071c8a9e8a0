import Testing

@testable import WebServer

private func parse(_ text: String, byteByByte: Bool) -> (requests: [WebRequest], refusal: Int?) {
    var parser = RequestParser(peer: "test", limits: WebServerLimits())
    var requests: [WebRequest] = []
    let bytes = Array(text.utf8)
    for piece in byteByByte ? bytes.map({ [$0] }) : [bytes] {
        piece.withUnsafeBytes { parser.append($0) }
        reading: while true {
            switch parser.next() {
            case .needsMore: break reading
            case .needsContinue: break reading
            case .request(let request, _): requests.append(request)
            case .refused(let status, _): return (requests, status)
            }
        }
    }
    return (requests, nil)
}

@Suite("Requests are read strictly")
struct RequestParserTests {
    @Test(
        "a request that two readers could understand differently is refused",
        arguments: [
            ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
            ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505), ("GET /\r\nHost: a\r\n\r\n", 400),
            ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET / HTTP/1.1\nHost: a\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: \u{1}\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\nx", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999999999999\r\n\r\nx", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\nx", 413),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
            ("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\nab\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n", 413),
            ("GET /%2e%2e/etc HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /..%2fx HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /a%0d%0ab HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ])
    func refused(_ text: String, _ status: Int) {
        #expect(parse(text, byteByByte: false).refusal == status)
        #expect(parse(text, byteByByte: true).refusal == status)
    }

    @Test("a whole request is the same in one piece and byte by byte", arguments: [false, true])
    func whole(_ byteByByte: Bool) throws {
        let text =
            "\r\nPOST /a%20b/%C3%BC?x=1&y=a+b%26&z HTTP/1.1\r\nhost: h\r\nX-One:  v \r\nx-one: w\r\n"
            + "Transfer-Encoding: Chunked\r\n\r\n3;ext=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n"
            + "GET http://h/next HTTP/1.0\r\n\r\n"
        let (requests, refusal) = parse(text, byteByByte: byteByByte)
        #expect(refusal == nil)
        try #require(requests.count == 2)
        #expect(requests[0].method == "POST")
        #expect(requests[0].path == "/a b/\u{fc}")
        #expect(requests[0].query.map { "\($0.name)=\($0.value)" } == ["x=1", "y=a b&", "z="])
        #expect(requests[0].rawQuery == "x=1&y=a+b%26&z")
        #expect(requests[0].headers.values("X-ONE") == ["v", "w"])
        #expect(String(decoding: requests[0].body, as: UTF8.self) == "abc0123456789")
        #expect(requests[1].path == "/next")
    }

    @Test("headers beyond the limit are refused before they end")
    func headerLimit() {
        let line = "GET / HTTP/1.1\r\nHost: a\r\n"
        #expect(parse(line + String(repeating: "X: y\r\n", count: 4_000), byteByByte: false).refusal == 431)
        #expect(parse("GET /" + String(repeating: "a", count: 20_000), byteByByte: false).refusal == 414)
        let target = "GET /" + String(repeating: "a", count: 9_000) + " HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(parse(target, byteByByte: false).refusal == 414)
    }

    @Test("random bytes never crash the reader", arguments: 0..<20)
    func random(_ seed: Int) {
        var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 &+ 1
        func draw() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        let words = ["GET ", "/", " HTTP/1.1\r\n", "Host: a\r\n", "\r\n", "Content-Length: 3\r\n", "%", "2e", "0\r\n"]
        for _ in 0..<500 {
            var text = ""
            for _ in 0..<draw() % 12 {
                text += draw() % 4 == 0 ? String(UnicodeScalar(UInt8(draw() & 255))) : words[Int(draw() % 9)]
            }
            let (whole, pieces) = (parse(text, byteByByte: false), parse(text, byteByByte: true))
            #expect(whole.refusal == pieces.refusal, "seed \(seed): \(text.debugDescription)")
            #expect(whole.requests.count == pieces.requests.count, "seed \(seed): \(text.debugDescription)")
        }
    }
}

@Suite("Frames of a client")
struct WebSocketDecoderTests {
    private func decode(_ bytes: [UInt8], byteByByte: Bool) -> [String] {
        var decoder = WebSocketDecoder(limit: 100_000)
        var found: [String] = []
        do throws(WebSocketDecoder.Violation) {
            for piece in byteByByte ? bytes.map({ [$0] }) : [bytes] {
                decoder.append(piece)
                while let item = try decoder.next() {
                    switch item {
                    case .message(.text(let text)): found.append("text \(text.utf8.count)")
                    case .message(.binary(let bytes)): found.append("binary \(bytes.count)")
                    case .message(.ping(let bytes)): found.append("ping \(bytes.count)")
                    case .message(.pong(let bytes)): found.append("pong \(bytes.count)")
                    case .close(let code, let reason): found.append("close \(code) \(reason)")
                    }
                }
            }
        } catch { found.append("violation \(error.code)") }
        return found
    }

    @Test("messages of every length and in fragments are put together", arguments: [false, true])
    func messages(_ byteByByte: Bool) {
        var bytes: [UInt8] = []
        for count in [0, 1, 125, 126, 65_535, 65_536] {
            bytes += RawClient.frame(1, [UInt8](repeating: 0x61, count: count))
        }
        bytes += RawClient.frame(2, [1, 2], isFinal: false) + RawClient.frame(9, [5])
        bytes += RawClient.frame(0, [3], isFinal: false) + RawClient.frame(0, [4, 5])
        bytes += RawClient.frame(8, [0x03, 0xe8, 0x62])
        #expect(
            decode(bytes, byteByByte: byteByByte) == [
                "text 0", "text 1", "text 125", "text 126", "text 65535", "text 65536", "ping 1", "binary 5",
                "close 1000 b",
            ])
    }

    @Test(
        "what is against RFC 6455 ends the connection with the code it asks for",
        arguments: [
            ([0x81, 0x01, 0x61], "1002"), ([0xc1, 0x80, 0, 0, 0, 0], "1002"), ([0x83, 0x80, 0, 0, 0, 0], "1002"),
            ([0x80, 0x80, 0, 0, 0, 0], "1002"), ([0x09, 0x80, 0, 0, 0, 0], "1002"),
            ([0x81, 0xfe, 0x00, 0x05, 0, 0, 0, 0], "1002"), ([0x81, 0x81, 0, 0, 0, 0, 0xff], "1007"),
            ([0x88, 0x81, 0, 0, 0, 0, 1], "1002"), ([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xed], "1002"),
            ([0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0], "1009"),
            ([0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "1009"),
        ] as [([UInt8], String)])
    func violations(_ bytes: [UInt8], _ code: String) {
        #expect(decode(bytes, byteByByte: false).last == "violation \(code)")
        #expect(decode(bytes, byteByByte: true).last == "violation \(code)")
    }
}

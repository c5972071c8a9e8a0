import Foundation
import Testing

@testable import HTTPTransport

@Suite("WebSocket frames and handshake")
struct WebSocketFrameTests {
    private func frame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] { [first, UInt8(payload.count)] + payload }

    private func messages(_ bytes: [UInt8], in pieces: Int = .max, maximum: Int = 1_000) throws -> [WebSocketMessage] {
        var decoder = WebSocketDecoder(maximumBytes: maximum)
        var out: [WebSocketMessage] = []
        for start in stride(from: 0, to: bytes.count, by: min(pieces, max(bytes.count, 1))) {
            decoder.append(bytes[start..<min(bytes.count, start + min(pieces, bytes.count))])
            while let message = try decoder.next() { out.append(message) }
        }
        return out
    }

    @Test("the answer to the RFC's example key, and SHA-1 of its standard's examples")
    func handshakeAnswer() {
        #expect(WebSocketHandshake.answer(to: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        let hex = { (text: String) in
            WebSocketHandshake.sha1(Array(text.utf8)).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
                .joined()
        }
        #expect(hex("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(hex("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        #expect(
            hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                == "84983e441c3bd26ebaae4aa1f95129e5e54670f1")
    }

    @Test("frames come in any pieces; fragments are joined, control frames may stand between them")
    func pieces() throws {
        let bytes =
            frame(0x81, Array("Hello".utf8)) + frame(0x01, Array("Hel".utf8)) + frame(0x89, [1])
            + frame(0x80, Array("lo".utf8)) + frame(0x8a, []) + frame(0x82, [0, 255]) + frame(0x88, [0x03, 0xe9, 0x78])
        let expected: [WebSocketMessage] = [
            .text(Array("Hello".utf8)), .ping([1]), .text(Array("Hello".utf8)), .pong([]), .binary([0, 255]),
            .close(code: 1_001, reason: "x"),
        ]
        for pieces in [1, 2, 3, 7, Int.max] { #expect(try messages(bytes, in: pieces) == expected) }
    }

    @Test("long frames have long lengths")
    func lengths() throws {
        for count in [125, 126, 65_535, 65_536] {
            let payload = [UInt8](repeating: 65, count: count)
            let masked = WebSocketEncoder.frame(.text, payload, mask: 0x0102_0304)
            // The same frame as a server sends it: without the mask.
            let header = count < 126 ? 2 : count < 65_536 ? 4 : 10
            var bytes = Array(masked[..<header]) + payload
            bytes[1] &= 0x7f
            #expect(try messages(bytes, maximum: 100_000) == [.text(payload)])
            let key = Array(masked[header..<header + 4])
            #expect(key == [1, 2, 3, 4])
            #expect(masked[(header + 4)...].enumerated().allSatisfy { $0.element ^ key[$0.offset & 3] == 65 })
        }
    }

    @Test(
        "what is against the rules ends the connection",
        arguments: [
            [0xc1, 0], [0x83, 0], [0x81, 0x80, 0, 0, 0, 0], [0x80, 0], [0x09, 0], [0x89, 126, 0, 126],
            [0x81, 126, 0, 5], [0x81, 127, 0, 0, 0, 0, 0, 0, 1, 0], [0x81, 127, 255, 0, 0, 0, 0, 0, 0, 0],
            [0x01, 0, 0x01, 0], [0x81, 1, 0xff], [0x88, 1, 3], [0x88, 2, 0x03, 0xed], [0x81, 126, 4, 0],
        ] as [[UInt8]])
    func violations(bytes: [UInt8]) {
        let error = #expect(throws: WebSocketError.self) { try messages(bytes) }
        #expect(error?.code == .protocolViolation)
    }

    @Test(
        "an answer that does not agree is refused",
        arguments: [
            "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 101 X\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
            "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: nonsense\r\n\r\n",
            "SSH-2.0\r\n\r\n",
        ])
    func refusals(answer: String) {
        let handshake = WebSocketHandshake(host: "h", path: "/", headers: [], nonce: Array(0..<16))
        let error = #expect(throws: WebSocketError.self) { try handshake.accept(Array(answer.utf8)) }
        #expect(error?.code == .refused)
    }

    @Test("addresses are taken apart, and senseless ones refused")
    func addresses() throws {
        let address = try WebSocketAddress("wss://stream.example:9443/ws/a?b=c")
        #expect(
            address.url == "https://stream.example:9443/" && address.host == "stream.example:9443"
                && address.path == "/ws/a?b=c")
        #expect(try WebSocketAddress("ws://h?x=1").path == "/?x=1")
        for text in ["http://h/", "wss://", "wss://u:p@h/", "wss://h/ x"] {
            #expect(throws: WebSocketError.self, "\(text)") { try WebSocketAddress(text) }
        }
    }
}

@Suite("WebSocket sessions", .serialized)
struct WebSocketSessionTests {
    private let server: TestServer

    init() throws { server = try #require(try TestServer("websocket_server.py")) }

    private func configuration(_ path: String = "/", silence: Duration = .seconds(20)) -> WebSocketSession.Configuration
    {
        WebSocketSession.Configuration(
            url: "ws://127.0.0.1:\(server.port)\(path)", headers: [("X-Test", "yes")], subscriptions: ["subscribe a"],
            silence: silence, shortestPause: .milliseconds(20), longestPause: .milliseconds(50))
    }

    /// A session and its events, in words.
    private func open(
        _ configuration: WebSocketSession.Configuration
    ) throws -> (session: WebSocketSession, events: AsyncStream<String>) {
        let (events, continuation) = AsyncStream.makeStream(of: String.self)
        let session = try WebSocketSession(configuration) { event in
            switch event {
            case .opened: continuation.yield("opened")
            case .text(let bytes): continuation.yield(String(decoding: bytes, as: UTF8.self))
            case .binary(let bytes): continuation.yield("binary \(bytes.count)")
            case .lost(let error, _): continuation.yield("lost \(error.code.rawValue) \(error.detail)")
            case .ended(let error):
                continuation.yield("ended \(error.code.rawValue)")
                continuation.finish()
            }
        }
        return (session, events)
    }

    @Test("it subscribes, echoes, joins fragments, answers pings and says goodbye")
    func conversation() async throws {
        let (session, events) = try open(configuration("/a?b=1"))
        var iterator = events.makeAsyncIterator()
        #expect(await iterator.next() == "opened")
        #expect(await iterator.next() == "hello 1 /a?b=1 yes")
        #expect(await iterator.next() == "subscribe a")
        for (text, answers) in [
            ("é😀", ["é😀"]), ("fragments", ["one two", "pong between"]), ("ping", ["pong are you there"]),
            ("binary", ["binary 76800"]),
            (String(repeating: "x", count: 70_000), [String(repeating: "x", count: 70_000)]),
        ] {
            #expect(session.send(text))
            var seen: Set<String> = []
            for _ in answers { seen.insert(await iterator.next() ?? "") }
            #expect(seen == Set(answers), "\(text.prefix(20))")
        }
        session.close()
        #expect(await iterator.next() == "ended closed")
        #expect(!session.send("late"))
    }

    @Test(
        "after every loss it connects and subscribes again",
        arguments: [
            ("bye", "lost closedByServer code 4001: maintenance"),
            ("drop", "lost broken the server ended the connection without a word"),
            ("masked", "lost protocolViolation a frame of the server is masked"),
        ])
    func resubscription(command: String, loss: String) async throws {
        let (session, events) = try open(configuration())
        var iterator = events.makeAsyncIterator()
        for number in 1...3 {
            #expect(await iterator.next() == "opened")
            #expect(await iterator.next() == "hello \(number) / yes")
            #expect(await iterator.next() == "subscribe a")
            #expect(session.send(command))
            #expect(await iterator.next() == loss)
        }
        session.close()
    }

    @Test("what came before the end is delivered before the end is told")
    func lastWords() async throws {
        let (session, events) = try open(configuration())
        var iterator = events.makeAsyncIterator()
        for _ in 0..<3 { _ = await iterator.next() }
        session.send("late close")
        #expect(await iterator.next() == "last words")
        #expect(await iterator.next() == "lost closedByServer code 1001")
        session.close()
    }

    @Test("silence counts as failure, though the connection stands")
    func silence() async throws {
        let (session, events) = try open(configuration(silence: .milliseconds(300)))
        var iterator = events.makeAsyncIterator()
        for _ in 0..<3 { _ = await iterator.next() }
        session.send("hush")
        #expect(await iterator.next()?.hasPrefix("lost silent") == true)
        #expect(await iterator.next() == "opened")
        session.close()
    }

    @Test("a refusal is tried again, an address that makes no sense is not")
    func refusals() async throws {
        let (session, events) = try open(configuration("/refuse"))
        var iterator = events.makeAsyncIterator()
        for _ in 0..<2 { #expect(await iterator.next() == "lost refused the server answered 403 instead of 101") }
        session.close()
        var wrong = configuration()
        wrong.url = "http://x/"
        let (other, ends) = try open(wrong)
        var last = ends.makeAsyncIterator()
        #expect(await last.next() == "ended badRequest")
        other.close()
    }

    @Test("TLS is spoken with a server whose certificate is trusted, and with no other")
    func tls() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("quartet-tls-\(server.port)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (certificate, key) = (
            folder.appendingPathComponent("c.pem").path, folder.appendingPathComponent("k.pem").path
        )
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        openssl.arguments =
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days", "2",
            ]
            + [
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out",
                certificate,
            ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        guard openssl.terminationStatus == 0 else {
            print("skipped: openssl cannot make a certificate")
            return
        }
        let secure = try #require(try TestServer("websocket_server.py", [certificate, key]))
        var trusting = configuration()
        trusting.url = "wss://localhost:\(secure.port)/"
        trusting.certificateAuthorities = certificate
        let (session, events) = try open(trusting)
        var iterator = events.makeAsyncIterator()
        #expect(await iterator.next() == "opened")
        #expect(await iterator.next()?.hasPrefix("hello") == true)
        session.close()
        trusting.certificateAuthorities = nil
        let (other, refusals) = try open(trusting)
        var doubts = refusals.makeAsyncIterator()
        #expect(await doubts.next()?.hasPrefix("lost notTrusted") == true)
        other.close()
    }
}

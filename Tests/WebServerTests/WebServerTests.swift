import Foundation
import Synchronization
import Testing

@testable import WebServer

/// Waits for a fact to become true, for at most 60 seconds.
func eventually(_ what: String, _ isTrue: () -> Bool) async throws {
    for _ in 0..<6_000 {
        if isTrue() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("never: \(what)")
}

private func echo(_ request: WebRequest) async -> WebResponse {
    var text = "\(request.method) \(request.path)"
    if !request.body.isEmpty { text += " \(request.body.count)" }
    return WebResponse(text)
}

@Suite("A web server and its clients", .timeLimit(.minutes(20)))
struct WebServerTests {
    @Test("a connection carries request after request, and its answers come in order")
    func keepAlive() async throws {
        let server = try WebServer(handler: echo)
        let port = server.port
        let answers = try await apart {
            let client = try RawClient(port: port)
            var bodies = try [client.get("/a").body, client.get("/b").body]
            client.send(
                "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nxyz"
                    + "GET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            bodies += try [client.answer().body, client.answer().body, client.answer().body, client.takeAll()]
            return bodies
        }
        #expect(answers == ["GET /a", "GET /b", "GET /1", "POST /2 3", "GET /3", ""])
        #expect(server.counters.accepted == 1)
        await server.stop()
    }

    @Test("HEAD has the headers of GET and no body; a client may ask before it sends a body")
    func headAndContinue() async throws {
        let server = try WebServer { _ in
            WebResponse(headers: ["X-A": "b\r\nSet-Cookie: stolen"], content: .bytes(Array("12345".utf8)))
        }
        let port = server.port
        let (head, interim, answer) = try await apart {
            let client = try RawClient(port: port)
            client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
            let head = try client.take(until: "\r\n\r\n")
            client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            let interim = try client.take(until: "\r\n\r\n")
            client.send("ok")
            return (head, interim, try client.answer().body)
        }
        #expect(head.contains("Content-Length: 5\r\n"))
        #expect(head.contains("X-A: bSet-Cookie: stolen\r\n"))
        #expect(interim == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(answer == "12345")
        await server.stop()
    }

    private func exchange(_ server: WebServer, _ bytes: String) async throws -> String {
        let port = server.port
        return try await apart {
            let client = try RawClient(port: port)
            client.send(bytes)
            return try client.takeAll()
        }
    }

    @Test("too long or wrong: the client is told, and the next one is served")
    func limits() async throws {
        let server = try WebServer(handler: echo)
        let long = String(repeating: "x", count: 40_000)
        for (bytes, status) in [
            ("GET / HTTP/1.1\r\nHost: h\r\nX: \(long)\r\n\r\n", "431"), ("GET /\(long) HTTP/1.1\r\n", "414"),
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n", "413"),
            ("nonsense\r\n\r\n", "400"), ("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "200"),
        ] {
            let answer = try await exchange(server, bytes)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(bytes.prefix(60))")
            #expect(answer.contains("Connection: close\r\n"))
        }
        #expect(server.counters.rejected == 4)
        await server.stop()
    }

    @Test(
        "too slow: the client is told",
        arguments: [
            "GET / HTTP/1.1\r\nHost: h\r\n", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc",
        ])
    func slow(_ bytes: String) async throws {
        var limits = WebServerLimits()
        limits.headerTime = .milliseconds(300)
        limits.bodyTime = .milliseconds(300)
        let server = try WebServer(limits: limits, handler: echo)
        // Where the machine stood still before the first byte left, the connection was taken for one that says nothing.
        var answer = ""
        for _ in 0..<100 where answer.isEmpty { answer = try await exchange(server, bytes) }
        #expect(answer.hasPrefix("HTTP/1.1 408 "))
        #expect(try await exchange(server, "") == "", "a connection that says nothing is closed without a word")
        await server.stop()
    }

    @Test("one connection too many is turned away, and taken once another has left")
    func tooMany() async throws {
        var limits = WebServerLimits()
        limits.connections = 2
        let server = try WebServer(limits: limits, handler: echo)
        let port = server.port
        var clients = try await apart {
            let clients = try [RawClient(port: port), RawClient(port: port)]
            _ = try clients.map { try $0.get("/") }
            return clients
        }
        let refusal = try await apart { try RawClient(port: port).takeAll() }
        #expect(refusal.hasPrefix("HTTP/1.1 503 "))
        #expect(server.counters.refused == 1)
        clients.removeLast()
        try await eventually("a place is free") { server.counters.open == 1 }
        #expect(try await apart { try RawClient(port: port).get("/again").status } == 200)
        _ = clients
        await server.stop()
    }

    @Test("two thousand connections at once are all answered")
    func many() async throws {
        var resources = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &resources)
        resources.rlim_cur = min(resources.rlim_max, 65_536)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &resources)
        // Both ends are in this process: two descriptors a connection, and some for everything else.
        let count = min(2_000, (Int(resources.rlim_cur) - 300) / 2)
        var limits = WebServerLimits()
        limits.connections = count
        limits.headerTime = .seconds(120)
        limits.idleTime = .seconds(120)
        let server = try WebServer(limits: limits, handler: echo)
        let port = server.port
        let bodies = try await apart {
            let clients = try (0..<count).map { _ in try RawClient(port: port) }
            for (index, client) in clients.enumerated() {
                client.send("GET /\(index) HTTP/1.1\r\nHost: h\r\n\r\n")
            }
            return try clients.map { try $0.answer().body }
        }
        #expect(bodies == (0..<count).map { "GET /\($0)" })
        #expect(server.counters.refused == 0)
        await server.stop()
    }

    @Test("a stream's chunks arrive as they are sent; its end and its reader's leaving are told")
    func streams() async throws {
        let closed = Atomic<Int>(0)
        let last = Mutex<WebStream?>(nil)
        let server = try WebServer { request in
            guard request.path == "/events" else { return await echo(request) }
            return WebResponse(
                headers: ["Content-Type": "text/event-stream"],
                content: .stream(
                    opened: { stream in
                        stream.send(Array("data: 1\n\n".utf8))
                        last.withLock { $0 = stream }
                    }, closed: { closed.add(1, ordering: .relaxed) }))
        }
        let port = server.port
        let client = try await apart {
            let client = try RawClient(port: port)
            client.send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try client.take(until: "\r\n\r\n").contains("Transfer-Encoding: chunked"))
            #expect(try client.take(until: "data: 1\n\n\r\n") == "9\r\ndata: 1\n\n\r\n")
            return client
        }
        let stream = try #require(last.withLock { $0 })
        stream.send(Array("data: 2\n\n".utf8))
        stream.finish()
        let rest = try await apart { try (client.take(until: "0\r\n\r\n"), client.get("/after").body) }
        #expect(rest.0 == "9\r\ndata: 2\n\n\r\n0\r\n\r\n")
        #expect(rest.1 == "GET /after")
        #expect(closed.load(ordering: .relaxed) == 1)
        try await apart {
            let leaving = try RawClient(port: port)
            leaving.send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n")
            _ = try leaving.take(until: "data: 1\n\n\r\n")
        }
        try await eventually("the reader's leaving is told") { closed.load(ordering: .relaxed) == 2 }
        await server.stop()
    }

    @Test("a reader that takes nothing is dropped once too much waits for it")
    func slowReader() async throws {
        let isClosed = Atomic<Bool>(false)
        var limits = WebServerLimits()
        limits.queuedBytes = 1_000_000
        let server = try WebServer(limits: limits) { _ in
            WebResponse(
                content: .stream(
                    opened: { stream in
                        for _ in 0..<400 { stream.send([UInt8](repeating: 0x61, count: 100_000)) }
                    }, closed: { isClosed.store(true, ordering: .relaxed) }))
        }
        let port = server.port
        let client = try await apart {
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            return client
        }
        try await eventually("the slow reader is dropped") { isClosed.load(ordering: .relaxed) }
        await #expect(throws: (any Error).self) { try await apart { _ = try client.takeAll() } }
        await server.stop()
    }

    @Test("stopping lets a request finish that is being answered, and frees the port")
    func stop() async throws {
        let started = Atomic<Bool>(false)
        let gate = AsyncStream.makeStream(of: Void.self)
        let server = try WebServer { _ in
            started.store(true, ordering: .relaxed)
            for await _ in gate.stream {}
            return WebResponse("done")
        }
        let port = server.port
        async let answer = apart {
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            return try client.takeAll()
        }
        try await eventually("the request is being answered") { started.load(ordering: .relaxed) }
        async let stopping: Void = server.stop(grace: .seconds(60))
        gate.continuation.finish()
        #expect(try await answer.hasSuffix("\r\n\r\ndone"))
        await stopping
        let successor = try WebServer(port: port, handler: echo)
        #expect(successor.port == port)
        #expect(throws: WebServerError.self) { try WebServer(port: port, handler: echo) }
        #expect(throws: WebServerError.self) { try WebServer(host: "localhost", handler: echo) }
        await successor.stop()
    }
}

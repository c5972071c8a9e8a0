import Foundation
import Synchronization
import Testing

@testable import WebServer

/// The sockets of a server by path, and what happened to them.
private final class Room: Sendable {
    let open = Mutex<[WebSocketConnection]>([])
    let ends = Mutex<[WebSocketEnd]>([])

    func response(_ request: WebRequest) -> WebResponse {
        let greeting = "\(request.path)?\(request.rawQuery)"
        return WebResponse(
            content: .webSocket(
                WebSocketHandler(
                    opened: { connection in
                        connection.send(text: greeting)
                        self.open.withLock { $0.append(connection) }
                    },
                    received: { connection, message in
                        switch message {
                        case .text(let text): connection.send(text: text)
                        case .binary(let bytes): connection.send(binary: bytes)
                        case .ping, .pong: break
                        }
                    },
                    closed: { _, end in self.ends.withLock { $0.append(end) } })))
    }
}

@Suite("WebSockets of the server", .timeLimit(.minutes(20)))
struct WebSocketTests {
    @Test("texts, bytes, pings and goodbyes go both ways, each path on its own")
    func echo() async throws {
        let room = Room()
        let server = try WebServer { room.response($0) }
        let port = server.port
        try await apart {
            let client = try RawClient(port: port)
            let opening = try client.openWebSocket("/stream?streams=a@ticker/b@ticker")
            #expect(opening.hasPrefix("HTTP/1.1 101 "))
            #expect(opening.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
            #expect(try client.takeFrame().payload == Array("/stream?streams=a@ticker/b@ticker".utf8))
            client.sendFrame(1, Array("h\u{e9}llo".utf8))
            #expect(try client.takeFrame() == (1, Array("h\u{e9}llo".utf8)))
            let large = [UInt8](repeating: 7, count: 200_000)
            client.sendFrame(2, large)
            #expect(try client.takeFrame() == (2, large))
            client.sendFrame(9, [1, 2])
            #expect(try client.takeFrame() == (10, [1, 2]))
            client.sendFrame(8, [0x0f, 0xa0])
            #expect(try client.takeFrame() == (8, [0x0f, 0xa0]))
            #expect(try client.takeAll() == "")
        }
        try await eventually("the goodbye is told") { !room.ends.withLock { $0.isEmpty } }
        #expect(room.ends.withLock { $0 } == [.closedByClient(code: 4_000, reason: "")])
        await server.stop()
    }

    @Test("what is pushed to many clients reaches each, in order")
    func push() async throws {
        let room = Room()
        let server = try WebServer { room.response($0) }
        let port = server.port
        let clients = try await apart {
            try (0..<100).map { index in
                let client = try RawClient(port: port)
                _ = try client.openWebSocket("/ws/\(index)")
                #expect(try client.takeFrame().payload == Array("/ws/\(index)?".utf8))
                return client
            }
        }
        try await eventually("all are open") { room.open.withLock { $0.count } == 100 }
        for number in 0..<50 {
            for connection in room.open.withLock({ $0 }) { connection.send(text: "tick \(number)") }
        }
        try await apart {
            for client in clients {
                for number in 0..<50 {
                    let payload = try client.takeFrame().payload
                    #expect(payload == Array("tick \(number)".utf8))
                }
            }
        }
        await server.stop()
    }

    @Test("the server closes with a code, drops without a word, or falls silent, as it is told")
    func ends() async throws {
        let room = Room()
        let server = try WebServer { room.response($0) }
        let port = server.port
        let clients = try await apart {
            try (0..<4).map { _ in
                let client = try RawClient(port: port)
                _ = try client.openWebSocket("/")
                _ = try client.takeFrame()
                return client
            }
        }
        let open = room.open.withLock { $0 }
        try #require(open.count == 4)
        open[0].close(code: 1_012, reason: "restart")
        open[1].drop()
        open[2].fallSilent()
        open[3].send(text: "still here")
        try await apart {
            let (code, payload) = try clients[0].takeFrame()
            #expect(code == 8 && payload == [0x03, 0xf4] + Array("restart".utf8))
            clients[0].sendFrame(8, [0x03, 0xf4])
            #expect(try clients[0].takeAll() == "")
            #expect(throws: RawClient.Failure.self) { _ = try clients[1].takeAll() }
            clients[2].sendFrame(9, [])
            #expect(try clients[3].takeFrame().payload == Array("still here".utf8))
            clients[3].sendFrame(1, [0x78])
            #expect(try clients[3].takeFrame().payload == [0x78])
            var byte: UInt8 = 0
            #expect(recv(clients[2].descriptor, &byte, 1, Int32(MSG_DONTWAIT)) == -1 && errno == EAGAIN)
        }
        open[2].drop()
        await server.stop()
    }

    @Test("a plain request for a WebSocket's address is answered 426, a wrong frame with its code")
    func refused() async throws {
        let room = Room()
        var limits = WebServerLimits()
        limits.messageBytes = 1_000
        let server = try WebServer(limits: limits) { room.response($0) }
        let port = server.port
        try await apart {
            #expect(try RawClient(port: port).get("/").status == 426)
            for (frame, code) in [
                ([0x81, 0x01, 0x61], 1_002), (RawClient.frame(1, [0xff]), 1_007),
                (RawClient.frame(1, [UInt8](repeating: 0x61, count: 1_001)), 1_009),
            ] as [([UInt8], Int)] {
                let client = try RawClient(port: port)
                _ = try client.openWebSocket("/")
                _ = try client.takeFrame()
                client.send(frame)
                let (opcode, payload) = try client.takeFrame()
                #expect(opcode == 8 && Int(payload[0]) << 8 | Int(payload[1]) == code)
            }
        }
        await server.stop()
    }

    @Test("a server that stops says so to its WebSockets")
    func stop() async throws {
        let room = Room()
        let server = try WebServer { room.response($0) }
        let port = server.port
        let client = try await apart {
            let client = try RawClient(port: port)
            _ = try client.openWebSocket("/")
            _ = try client.takeFrame()
            return client
        }
        async let stopping: Void = server.stop(grace: .seconds(60))
        try await apart {
            let (opcode, payload) = try client.takeFrame()
            #expect(opcode == 8 && payload.prefix(2) == [0x03, 0xe9])
            client.sendFrame(8, [0x03, 0xe9])
        }
        await stopping
        #expect(room.ends.withLock { $0 } == [.closedByServer])
    }
}

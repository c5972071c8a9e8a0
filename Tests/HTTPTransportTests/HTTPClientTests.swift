import Foundation
import HTTPTransport
import Testing

/// The Python server of the tests, alive as long as this is.
final class TestServer {
    private let process = Process()
    private let input = Pipe()
    let port: Int

    init?(_ name: String = "server.py", _ arguments: [String] = []) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(name)
        process.arguments = ["python3", script.path] + arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), byte != Data([10]) { line += byte }
        guard let port = Int(String(decoding: line, as: UTF8.self)) else { return nil }
        self.port = port
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }
}

// One after the other: starting a server blocks a thread that others would need.
@Suite("HTTP over libcurl", .serialized)
struct HTTPClientTests {
    let server: TestServer
    let client: HTTPClient

    init() throws {
        server = try #require(try TestServer())
        client = try HTTPClient()
    }

    private func json(_ response: HTTPResponse) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any])
    }

    @Test("method, headers, query and body arrive as given, and the answer's headers come back")
    func echo() async throws {
        let response = try await client.send(
            HTTPRequest(
                method: "POST", url: server.url("/echo?a=1&b=%20"), headers: [("X-Key", "k 1"), ("X-Empty", "")],
                body: Array("{\"q\":1}".utf8)))
        let seen = try json(response)
        #expect(response.status == 200 && response.version == "1.1" && response.newConnections == 1)
        #expect(seen["method"] as? String == "POST" && seen["path"] as? String == "/echo?a=1&b=%20")
        #expect(seen["body"] as? String == "{\"q\":1}")
        let headers = try #require(seen["headers"] as? [String: String])
        #expect(headers["x-key"] == "k 1" && headers["user-agent"] == "quartet" && headers["expect"] == nil)
        #expect(response.headers.filter { $0.name == "x-two" }.map(\.value) == ["a", "b"])
        #expect(response.header("content-length") == "\(response.body.count)")
    }

    @Test("PUT, DELETE and an empty POST keep their method", arguments: ["PUT", "DELETE", "POST", "GET"])
    func methods(method: String) async throws {
        let response = try await client.send(HTTPRequest(method: method, url: server.url("/echo")))
        #expect(try json(response)["method"] as? String == method)
        let withBody = try await client.send(HTTPRequest(method: method, url: server.url("/echo"), body: [65, 0x42]))
        #expect(try json(withBody)["method"] as? String == method && json(withBody)["body"] as? String == "AB")
    }

    @Test("a connection is used again, and many requests run at once")
    func reuse() async throws {
        for _ in 0..<3 { _ = try await client.send(HTTPRequest(url: server.url("/echo"))) }
        let fourth = try json(try await client.send(HTTPRequest(url: server.url("/echo"))))
        #expect(fourth["connection"] as? Int == 1 && fourth["served"] as? Int == 4)
        let client = client
        let url = server.url("/meet?8")
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try await client.send(HTTPRequest(url: url)).status } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: 200, count: 8), "each is answered once all eight are there")
    }

    @Test("any status is an answer, redirects are not followed")
    func statuses() async throws {
        let busy = try await client.send(HTTPRequest(url: server.url("/status?429")))
        #expect(busy.status == 429 && busy.header("retry-after") == "7" && busy.text == "{}")
        let redirect = try await client.send(HTTPRequest(url: server.url("/redirect")))
        #expect(redirect.status == 302 && redirect.header("location") == "/echo")
    }

    private func failure(_ request: HTTPRequest) async -> HTTPError? {
        do throws(HTTPError) {
            _ = try await client.send(request)
            return nil
        } catch {
            return error
        }
    }

    @Test("a deadline ends a request, and says that it may have arrived")
    func deadline() async throws {
        let error = await failure(HTTPRequest(url: server.url("/never?secret=1"), timeout: .milliseconds(200)))
        #expect(error?.code == .timedOut && error?.mayHaveBeenSent == true)
        #expect(error?.description.contains("secret") == false)
    }

    @Test("canceling the task ends its request at once")
    func cancellation() async throws {
        let (client, url) = (client, server.url("/never"))
        let task = Task { () async -> HTTPError? in
            do throws(HTTPError) {
                _ = try await client.send(HTTPRequest(url: url))
                return nil
            } catch {
                return error
            }
        }
        _ = try await client.send(HTTPRequest(url: server.url("/echo")))
        task.cancel()
        #expect(await task.value?.code == .canceled)
    }

    @Test("what cannot be sent was not sent, and says so")
    func notSent() async throws {
        let free = try #require(try TestServer()).port
        let refused = await failure(HTTPRequest(url: "http://127.0.0.1:\(free)/"))
        #expect(refused?.code == .cannotConnect && refused?.mayHaveBeenSent == false)
        let unknown = await failure(HTTPRequest(url: "http://name.invalid/", timeout: .seconds(20)))
        #expect(unknown?.mayHaveBeenSent == false)
        for request in [
            HTTPRequest(method: "G ET", url: "http://a/"), HTTPRequest(url: "http://a/ b"),
            HTTPRequest(url: "ftp://a/"),
            HTTPRequest(url: "http://a/", headers: [("X", "a\r\nY: b")]), HTTPRequest(url: "file:///etc/passwd"),
        ] {
            let error = await failure(request)
            #expect(error?.code == .badRequest && error?.mayHaveBeenSent == false, "\(request)")
        }
    }

    @Test("an answer that is too long, also after decompression, ends the request")
    func limits() async throws {
        let big = await failure(HTTPRequest(url: server.url("/big"), maximumResponseBytes: 99_999))
        #expect(big?.code == .tooLarge)
        #expect(
            try await client.send(HTTPRequest(url: server.url("/big"), maximumResponseBytes: 100_000)).body.count
                == 100_000)
        #expect(
            await failure(HTTPRequest(url: server.url("/bomb"), maximumResponseBytes: 1_000_000))?.code == .tooLarge)
        #expect(try await client.send(HTTPRequest(url: server.url("/bomb"))).body.count == 5_000_000)
    }

    @Test("a broken answer is an error", arguments: ["/cut", "/garbage"])
    func broken(path: String) async throws {
        let error = await failure(HTTPRequest(url: server.url(path)))
        #expect(error?.code == .broken && error?.mayHaveBeenSent == true)
    }

    @Test("when a kept connection dies under it, a request is sent again only where that is harmless")
    func repeats() async throws {
        #expect(try await client.send(HTTPRequest(url: server.url("/drop?get"))).text == "kept")
        #expect(try await client.send(HTTPRequest(url: server.url("/drop?get"))).text == "kept")
        #expect(try await client.send(HTTPRequest(url: server.url("/count?/drop?get"))).text == "3")
        let order = HTTPRequest(method: "POST", url: server.url("/drop?order"))
        let error = await failure(order)
        #expect(error?.code == .broken && error?.mayHaveBeenSent == true)
        #expect(try await client.send(HTTPRequest(url: server.url("/count?/drop?order"))).text == "1")
    }

    @Test("a client that has been shut down ends what runs and takes nothing more")
    func shutdown() async throws {
        let (client, url) = (client, server.url("/never"))
        let running = Task { () async -> HTTPError? in
            do throws(HTTPError) {
                _ = try await client.send(HTTPRequest(url: url))
                return nil
            } catch {
                return error
            }
        }
        _ = try await client.send(HTTPRequest(url: server.url("/echo")))
        client.shutdown()
        #expect(await running.value?.code == .closed)
        #expect(await failure(HTTPRequest(url: server.url("/echo")))?.code == .closed)
    }
}

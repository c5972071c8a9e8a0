import AgentCore
import Foundation
import HTTPTransport
import JSONText
import ModelClient
import Testing
import TradingModel

/// The scripted provider of these tests, alive as long as this is.
final class ScriptedProvider {
    private let process = Process()
    private let input = Pipe()
    let port: Int

    init?() throws {
        let output = Pipe()
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "model_server.py")
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", script.path]
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

    var url: String { "http://127.0.0.1:\(port)" }
}

@Suite("Asking a model over HTTP", .serialized)
struct ModelClientTests {
    static let key = "sk-test-0123456789abcdef"
    let provider: ScriptedProvider
    let http: HTTPClient

    init() throws {
        provider = try #require(try ScriptedProvider())
        http = try HTTPClient()
    }

    private func question(within: Span, isStream: Bool = false) -> ModelQuestion {
        let now = WallTime(micros: 1_760_000_000_000_000)
        let request = ChatRequest(
            model: "simulated/scripted", messages: [ChatMessage(.user, "answer in json")], maxTokens: 100,
            isStream: isStream)
        return ModelQuestion(
            id: "q1", dialogueID: "g1", round: 1, request: request, templateVersion: "decision-1", dropped: [],
            askedAt: now,
            boundary: MarketTime(micros: 0), expiresAt: now + within, worstCost: .zero, isShadow: false)
    }

    private func ask(
        _ script: String, within: Span = .seconds(8), isStream: Bool = false
    ) async -> (end: AnswerEnd, latency: Span) {
        let endpoint = ModelEndpoint(baseURL: "\(provider.url)/\(script)", key: Self.key)
        let policy = RetryPolicy(attempts: 3, firstPause: .milliseconds(50), longestPause: .seconds(1))
        let client = ModelClient(http: http, endpoint: endpoint, policy: policy)
        return await client.ask(
            question(within: within, isStream: isStream), now: WallTime(micros: 1_760_000_000_000_000))
    }

    private func requests(_ script: String) async throws -> Int {
        let response = try await http.send(HTTPRequest(url: "\(provider.url)/count/\(script)"))
        return try #require(Int(response.text))
    }

    private func content(_ end: AnswerEnd) -> String? {
        if case .answer(let envelope) = end { envelope.content } else { nil }
    }
    private func sentence(_ end: AnswerEnd) -> String {
        if case .failure(let sentence, _) = end { sentence } else { "" }
    }

    @Test(
        "the question arrives as the provider wants it, the key in its header, and the answer comes back with its cost")
    func whole() async throws {
        let answer = await ask("echo")
        let seen = try JSONValue.parse(try #require(content(answer.end)))
        // It has reached the provider, and what the provider repeats of it is masked, in whatever part of the answer.
        #expect(seen["authorization"] == "Bearer ***")
        #expect(seen["body"]?["model"] == "simulated/scripted")
        #expect(seen["body"]?["response_format"]?["type"] == "json_object")
        guard case .answer(let envelope) = await ask("ok").end else { return #expect(Bool(false)) }
        #expect(envelope.usage?.cost == Money("0.00001") && envelope.finishReason == "stop")
    }

    @Test("a stream is joined; an error in its middle and a cut are told")
    func streams() async throws {
        #expect(content(await ask("stream", isStream: true).end)?.hasPrefix("{\"action\": \"HOLD\"") == true)
        guard case .answer(let broken) = await ask("streamerror", isStream: true).end else {
            return #expect(Bool(false))
        }
        #expect(broken.failure?.message == "Provider disconnected")
        guard case .answer(let cut) = await ask("streamcut", isStream: true).end else { return #expect(Bool(false)) }
        #expect(cut.finishReason.isEmpty)
        var parser = AnswerParser(context: AnswerContext(symbols: ["BTC/USDT"].compactMap { Symbol($0) }))
        #expect(parser.parse(cut).outcome == .refused)
    }

    @Test("an error in the middle of a stream, and its end, are known when they are said, though the line stays open")
    func streamEnds() async throws {
        let failed = await ask("streamfault", within: .seconds(60), isStream: true)
        guard case .answer(let broken) = failed.end else { return #expect(Bool(false), "\(failed.end)") }
        #expect(broken.failure?.message == "Provider disconnected" && failed.latency < .seconds(50))
        let done = await ask("streamdone", within: .seconds(60), isStream: true)
        #expect(content(done.end)?.hasPrefix("{\"action\": \"HOLD\"") == true && done.latency < .seconds(50))
    }

    @Test("an outage is tried again, and so is an overload, once Retry-After is over")
    func retries() async throws {
        #expect(content(await ask("once502").end) != nil)
        #expect(try await requests("once502") == 2)
        let overload = await ask("once429")
        #expect(content(overload.end) != nil)
        #expect(overload.latency >= .seconds(1) && overload.latency < .seconds(8))
        #expect(try await requests("once429") == 2)
    }

    @Test("what cannot help is not tried again: no credit, a Retry-After beyond the deadline")
    func gives() async throws {
        #expect(sentence(await ask("402").end) == "the provider answered with HTTP status 402: Insufficient credits")
        #expect(try await requests("402") == 1)
        let long = await ask("long429")
        #expect(sentence(long.end).contains("429: slow down") && long.latency < .seconds(4))
        #expect(try await requests("long429") == 1)
    }

    @Test("a provider that hangs costs no more time than the deadline, and is not asked twice")
    func hangs() async throws {
        let answer = await ask("hang", within: .milliseconds(400))
        #expect(sentence(answer.end).contains("could not be reached"))
        #expect(answer.latency >= .milliseconds(390) && answer.latency < .seconds(4))
        #expect(try await requests("hang") == 1)
    }

    @Test("an answer that may have been charged is not asked for again: cut off, far too long, no completion")
    func mayBeCharged() async throws {
        for (script, words) in [
            ("cut", "could not be reached"), ("big", "could not be reached"),
            ("html", "no chat completion (content type text/html)"),
        ] {
            let answer = await ask(script)
            #expect(sentence(answer.end).contains(words), "\(script): \(answer.end)")
            #expect(try await requests(script) == 1, "\(script)")
        }
        #expect(content(await ask("gzip").end) != nil)
    }

    @Test("the key is in no error, even where the provider repeats it")
    func keyIsHidden() async throws {
        let answer = await ask("401")
        #expect(sentence(answer.end) == "the provider answered with HTTP status 401: invalid key ***")
        #expect(!"\(ModelEndpoint(baseURL: "http://x", key: Self.key))".contains(Self.key))
        let nowhere = ModelClient(
            http: http, endpoint: ModelEndpoint(baseURL: "http://127.0.0.1:1", key: Self.key),
            policy: RetryPolicy(attempts: 2, firstPause: .milliseconds(10)))
        let refused = await nowhere.ask(question(within: .seconds(2)), now: WallTime(micros: 0))
        #expect(sentence(refused.end).contains("after 2 attempts") && !sentence(refused.end).contains(Self.key))
    }
}

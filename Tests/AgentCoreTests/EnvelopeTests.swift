import AgentCore
import Testing
import TradingModel

/// Synthetic: answers in the envelopes of providers.
@Suite("Envelopes of providers")
struct EnvelopeTests {
    private func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private func body(_ content: String, finish: String = "stop", extra: String = "") -> String {
        "{\"id\":\"gen-1\",\"model\":\"deepseek/deepseek-chat\",\"choices\":[{\"index\":0,\"finish_reason\":\"\(finish)\","
            + "\"message\":{\"role\":\"assistant\",\"content\":\"\(escaped(content))\"\(extra)}}],"
            + "\"usage\":{\"prompt_tokens\":900,\"completion_tokens\":80,\"cost\":9.25e-05}}"
    }

    private func stream(_ content: String, end: String = "data: [DONE]\n\n", finish: String = "\"stop\"") -> String {
        var text = ": OPENROUTER PROCESSING\n\n"
        var rest = Substring(content)
        while !rest.isEmpty {
            let piece = rest.prefix(7)
            rest = rest.dropFirst(7)
            let reason = rest.isEmpty ? finish : "null"
            text +=
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(escaped(String(piece)))\"},\"finish_reason\":\(reason)}]}\n\n"
        }
        return text + end
    }

    @Test("the content of a completion is parsed, its model, tokens and cost are told")
    func completion() throws {
        let answer = parse(body("```json\n\(decision())\n```"))
        #expect(answer.headline.action == .openLong)
        #expect(answer.repairs.first?.kind == .chatCompletion)
        let usage = try #require(answer.envelope?.usage)
        #expect(usage.promptTokens == 900)
        #expect(usage.cost == Money("0.0000925"))
    }

    @Test("a completion that ended for length keeps a decision that is complete, and no other")
    func length() {
        #expect(parse(body(decision() + "\nBecause", finish: "length")).headline.action == .openLong)
        let cut = parse(body("I think that", finish: "length"))
        #expect(codes(cut) == ["TRUNCATED"])
        #expect(codes(parse(body(decision(), finish: "content_filter"))) == ["PROVIDER_ERROR"])
    }

    @Test("a tool call, a refusal and an empty content are told apart")
    func noAnswer() {
        let tool = ",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]"
        #expect(codes(parse(body("", finish: "tool_calls", extra: tool))) == ["TOOL_CALL"])
        #expect(codes(parse(body("", extra: ",\"refusal\":\"no\""))) == ["REFUSED_BY_MODEL"])
        #expect(codes(parse(body(""))) == ["EMPTY_ANSWER"])
    }

    @Test("a stream is joined wherever it is cut, comment lines and all")
    func streams() {
        let text = stream(decision())
        #expect(parse(text).headline.action == .openLong)
        let bytes = Array(text.replacing("\n", with: "\r\n").utf8)
        for cut in [1, 2, 3, 64] {
            var chat = ChatStream()
            var rest = bytes[...]
            while !rest.isEmpty {
                Array(rest.prefix(cut)).withUnsafeBufferPointer { chat.feed($0) }
                rest = rest.dropFirst(cut)
            }
            chat.finish()
            #expect(chat.envelope.content == decision())
            #expect(chat.isDone)
        }
    }

    @Test("an error in the middle of a stream is the answer's failure, whatever came before")
    func midStreamError() {
        let error =
            "data: {\"error\":{\"code\":502,\"message\":\"Provider disconnected\"},\"choices\":[{\"delta\":{\"content\":\"\"},"
            + "\"finish_reason\":\"error\"}]}\n\n"
        let answer = parse(stream(decision(), end: error, finish: "null"))
        #expect(codes(answer) == ["PROVIDER_ERROR"])
        #expect(answer.allCauses.first?.sentence.contains("502: Provider disconnected") == true)
    }

    @Test("a stream that breaks off keeps a decision that is complete, and no other")
    func brokenOff() {
        let whole = stream("[\(decision())]", end: "", finish: "null")
        let answer = parse(whole)
        #expect(answer.headline.action == .openLong)
        #expect(kinds(answer).contains(.truncated))
        #expect(parse(String(whole.prefix(whole.count / 2))).headline.action == .hold)
    }

    @Test("an error body is HOLD with the provider's words")
    func errors() {
        let answer = parse("{\"error\":{\"code\":402,\"message\":\"Insufficient credits\"}}")
        #expect(codes(answer) == ["PROVIDER_ERROR"])
        #expect(answer.allCauses.first?.sentence == "the provider answered with error 402: Insufficient credits")
        #expect(parse("{\"error\": null, \"decision\": \(decision())}").headline.action == .openLong)
    }
}

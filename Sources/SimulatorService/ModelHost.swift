import JSONText
import ScriptedModel
import WebServer

/// The shell of the scripted model: a language model's API below `/v1`, as OpenAI, OpenRouter and DeepSeek have it.
///
/// `POST /v1/chat/completions` asks it; `GET` and `POST /v1/simulated` tell and change what it does.
actor ModelHost {
    /// What it answers, with everything below.
    static let prefixes = ["/v1"]

    private var model: ScriptedModel

    init(seed: UInt64) {
        var settings = ScriptSettings()
        settings.seed = seed
        model = ScriptedModel(settings: settings)
    }

    func answer(_ request: WebRequest) async -> WebResponse {
        switch (request.method, request.path) {
        case ("POST", "/v1/chat/completions"): await ModelHost.response(to: model.reply(to: request.body))
        case ("GET", "/v1/models"):
            .json(
                Array(
                    #"{"object":"list","data":[{"id":"\#(ScriptedModel.model)","object":"model","owned_by":"\#(ScriptedModel.provider)"}]}"#
                        .utf8))
        case ("GET", "/v1/simulated"): .json(Array(model.state.text().utf8))
        case ("POST", "/v1/simulated"): command(request.body)
        default:
            WebResponse(
                status: 404,
                "nothing is at \(request.method) \(request.path): there are POST /v1/chat/completions, GET /v1/models, GET and POST /v1/simulated\n"
            )
        }
    }

    private func command(_ body: [UInt8]) -> WebResponse {
        switch model.command(body) {
        case .success(let state): .json(Array(state.text().utf8))
        case .failure(let error): WebResponse(status: 400, "\(error)\n")
        }
    }

    /// Waits what is to be waited before the head, and turns the rest into a body, a stream, a reset or a silence.
    private nonisolated static func response(to reply: ScriptedReply) async -> WebResponse {
        var steps = reply.steps[...]
        while case .wait(let millis)? = steps.first {
            try? await Task.sleep(for: .milliseconds(millis))
            steps = steps.dropFirst()
        }
        guard let status = reply.status else {
            // Nothing ever comes; who asked gives up, or the program ends.
            try? await Task.sleep(for: .seconds(3_600))
            return WebResponse(content: .reset)
        }
        var headers = WebHeaders()
        for header in reply.headers { headers.add(header.name, header.value) }
        let isWhole = steps.allSatisfy { if case .bytes = $0 { true } else { false } }
        if isWhole, reply.announcedLength != nil || steps.count > 100 {
            return WebResponse(status: status, headers: headers, content: .bytes(reply.body))
        }
        let rest = Array(steps)
        return WebResponse(
            status: status, headers: headers,
            content: .stream(opened: { stream in Task { await play(rest, on: stream) } }, closed: {}))
    }

    private nonisolated static func play(_ steps: [ScriptedReply.Step], on stream: WebStream) async {
        for step in steps {
            switch step {
            case .bytes(let bytes): stream.send(bytes)
            case .wait(let millis): try? await Task.sleep(for: .milliseconds(millis))
            case .hang: return
            case .drop:
                // What was sent is to arrive before the line breaks.
                try? await Task.sleep(for: .milliseconds(50))
                return stream.drop()
            }
        }
        stream.finish()
    }
}

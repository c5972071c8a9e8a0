import Glibc
import ServiceRuntime
import Synchronization
import TradingModel
import WebServer

/// Who may ask what: host names, logins, the marks of a request that another site has made, and the headers of answers.
///
/// Against DNS rebinding only known host names are answered; against other sites' requests every POST needs a token that
/// only a page of ours can read, and an `Origin` that is ours; where a secret is configured, everything but the login
/// needs it or a session.
final class Gate: Sendable {
    /// Failed logins within ``window`` after which an address, or everybody, has to wait.
    static let failuresOfOne = 5
    static let failuresOfAll = 50
    static let window = Span.minutes(1)
    static let sessionLife = Span.hours(12)
    private static let cookie = "quartet_session"
    private static let mostSessions = 1_000

    private struct State {
        var port = 0
        var sessions: [String: WallTime] = [:]
        var failures: [(peer: String, at: WallTime)] = []
    }

    private let settings: DashboardSettings
    private let secret: Secret?
    private let state = Mutex(State())
    /// Goes back in `X-CSRF-Token`; new at each start.
    let csrfToken = Gate.randomToken()

    init(_ settings: DashboardSettings, secret: Secret?) {
        self.settings = settings
        self.secret = secret
    }

    func setPort(_ port: Int) { state.withLock { $0.port = port } }

    /// Answers with `handler` where the request may pass, and marks every answer.
    func guarded(
        _ request: WebRequest, at now: WallTime = .now, _ handler: (WebRequest) async -> WebResponse
    ) async -> WebResponse {
        let refusal = refusal(of: request, at: now)
        var response: WebResponse
        if let refusal {
            response = refusal
        } else if request.path == "/login", request.method == "POST" {
            response = login(request, at: now)
        } else {
            response = await handler(request)
        }
        for (name, value) in Gate.headers where response.headers[name] == nil { response.headers[name] = value }
        return response
    }

    private static let headers = [
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        ),
        ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "geolocation=(), camera=(), microphone=()"), ("Cache-Control", "no-store"),
    ]

    // MARK: Refusals

    private func refusal(of request: WebRequest, at now: WallTime) -> WebResponse? {
        guard let host = request.headers["Host"], isOurs(host) else {
            return .problem(
                421, "this host name is not served here; name it in dashboard.host_names if it is yours.")
        }
        if let refusal = Route.refusal(of: request) { return refusal }
        if request.method == "POST", let refusal = refusalOfPost(request, host) { return refusal }
        guard secret != nil, !Gate.isOpen(request.path), !isLoggedIn(request, at: now) else { return nil }
        return request.path == "/" ? Assets.loginPage : .problem(401, "log in first: POST /login with the token.")
    }

    /// What is shown before a login: nothing of the account.
    private static func isOpen(_ path: String) -> Bool {
        ["/login", "/healthz", "/app.css", "/login.js", "/icon.svg"].contains(path)
    }

    private func refusalOfPost(_ request: WebRequest, _ host: String) -> WebResponse? {
        if let origin = request.headers["Origin"], origin != "http://" + host, origin != "https://" + host {
            return .problem(403, "this request comes from another site.")
        }
        if let site = request.headers["Sec-Fetch-Site"], site != "same-origin", site != "none" {
            return .problem(403, "this request comes from another site.")
        }
        let type = request.headers["Content-Type"] ?? ""
        guard type.lowercased().split(separator: ";").first.map({ $0 == "application/json" }) == true else {
            return .problem(415, "a POST is of type application/json here.")
        }
        if request.path == "/login" || hasBearer(request) { return nil }
        guard let token = request.headers["X-CSRF-Token"], Gate.equal(token, csrfToken) else {
            return .problem(403, "the header X-CSRF-Token is missing or old: GET /api/session tells it.")
        }
        return nil
    }

    private func isOurs(_ host: String) -> Bool {
        var name = host.lowercased()[...]
        if let colon = name.lastIndex(of: ":"), name[name.index(after: colon)...].allSatisfy(\.isNumber),
            !name.hasSuffix("]")
        {
            name = name[..<colon]
        }
        let known = ["localhost", "127.0.0.1", "[::1]", settings.host, "[\(settings.host)]"]
        return known.contains(String(name)) || settings.hostNames.contains { $0.lowercased() == name }
    }

    // MARK: Logins

    private func hasBearer(_ request: WebRequest) -> Bool {
        guard let secret, let header = request.headers["Authorization"], header.hasPrefix("Bearer ") else {
            return false
        }
        return Gate.equal(String(header.dropFirst(7)), secret.reveal())
    }

    private func isLoggedIn(_ request: WebRequest, at now: WallTime) -> Bool {
        if request.headers["Authorization"] != nil {
            // A guessed header counts like a guessed login.
            guard !mustWait(request.peer, at: now) else { return false }
            if hasBearer(request) { return true }
            noteFailure(request.peer, at: now)
            return false
        }
        let names = request.headers.values("Cookie").flatMap { $0.split(separator: ";") }
        let session = names.map { $0.drop { $0 == " " } }.first { $0.hasPrefix(Gate.cookie + "=") }
        guard let id = session?.dropFirst(Gate.cookie.count + 1) else { return false }
        return state.withLock { state in state.sessions[String(id)].map { $0 > now } ?? false }
    }

    private func login(_ request: WebRequest, at now: WallTime) -> WebResponse {
        guard let secret else { return .problem(404, "no login is needed here.") }
        guard !mustWait(request.peer, at: now) else {
            var response = WebResponse.problem(429, "too many wrong tokens; wait a minute.")
            response.headers["Retry-After"] = "60"
            return response
        }
        guard let body = try? LoginRequest.read(request.body), Gate.equal(body.token, secret.reveal()) else {
            noteFailure(request.peer, at: now)
            return .problem(401, "that is not the token.")
        }
        let id = Gate.randomToken()
        state.withLock { state in
            state.sessions = state.sessions.filter { $0.value > now }
            if state.sessions.count >= Gate.mostSessions { state.sessions = [:] }
            state.sessions[id] = now + Gate.sessionLife
        }
        var response = WebResponse(status: 204, content: .bytes([]))
        let life = Gate.sessionLife.micros / 1_000_000
        response.headers["Set-Cookie"] =
            "\(Gate.cookie)=\(id); Path=/; HttpOnly; SameSite=Strict; Max-Age=\(life)"
            + (settings.behindProxy ? "; Secure" : "")
        return response
    }

    private func mustWait(_ peer: String, at now: WallTime) -> Bool {
        let address = Gate.address(peer)
        return state.withLock { state in
            state.failures.removeAll { $0.at + Gate.window <= now }
            return state.failures.count >= Gate.failuresOfAll
                || state.failures.count { $0.peer == address } >= Gate.failuresOfOne
        }
    }

    private func noteFailure(_ peer: String, at now: WallTime) {
        let address = Gate.address(peer)
        state.withLock { $0.failures.append((address, now)) }
    }

    private static func address(_ peer: String) -> String {
        peer.lastIndex(of: ":").map { String(peer[..<$0]) } ?? peer
    }

    // MARK: Tokens

    /// Compares in a time that depends on the given text's length only.
    static func equal(_ given: String, _ secret: String) -> Bool {
        let (given, secret) = (Array(given.utf8), Array(secret.utf8))
        guard !secret.isEmpty else { return false }
        var difference: UInt8 = given.count == secret.count ? 0 : 1
        for (index, byte) in given.enumerated() { difference |= byte ^ secret[index % secret.count] }
        return difference == 0
    }

    /// 256 bits from the kernel, in hexadecimal.
    static func randomToken() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<32).map { _ in
            let byte = UInt8.random(in: 0...255, using: &generator)
            return (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}

import Foundation
import ServiceRuntime
import Testing
import TradingModel
import WebServer
import Wire

@testable import DashboardService

@Suite("Who may ask the dashboard what")
struct GateTests {
    private let now = WallTime(micros: 1_800_000_000_000_000)

    private func ask(
        _ gate: Gate, _ method: String, _ path: String, _ headers: WebHeaders, body: String = "", at now: WallTime
    ) async -> WebResponse {
        let request = WebRequest(
            method: method, path: path, headers: headers, body: Array(body.utf8), peer: "192.0.2.7:5000")
        return await gate.guarded(request, at: now) { _ in WebResponse("passed") }
    }

    private func status(
        _ gate: Gate, _ method: String, _ path: String, _ headers: WebHeaders
    ) async -> Int { await ask(gate, method, path, headers, at: now).status }

    @Test("only known host names are answered: a page that rebinds its name reaches nothing")
    func hosts() async {
        var settings = DashboardSettings()
        settings.hostNames = ["desk.example"]
        let gate = Gate(settings, secret: nil)
        for host in ["127.0.0.1:8787", "localhost", "LOCALHOST:1", "[::1]:8787", "desk.example"] {
            #expect(await status(gate, "GET", "/", ["Host": host]) == 200, "\(host)")
        }
        for host in ["evil.example", "127.0.0.1.evil.example:8787", "localhost.evil", "", "desk.example.evil:1"] {
            #expect(await status(gate, "GET", "/", ["Host": host]) == 421, "\(host)")
        }
    }

    @Test("a POST of another site, without our token or of another type is refused")
    func posts() async {
        let gate = Gate(DashboardSettings(), secret: nil)
        let good: WebHeaders = [
            "Host": "127.0.0.1:8787", "Origin": "http://127.0.0.1:8787", "Content-Type": "application/json",
            "X-CSRF-Token": gate.csrfToken,
        ]
        #expect(await status(gate, "POST", "/api/stop", good) == 200)
        for (name, value, expected) in [
            ("Origin", "http://evil.example", 403), ("Origin", "null", 403), ("Origin", "http://127.0.0.1:1", 403),
            ("Sec-Fetch-Site", "cross-site", 403), ("Sec-Fetch-Site", "same-site", 403),
            ("X-CSRF-Token", "guess", 403), ("X-CSRF-Token", nil, 403), ("Content-Type", "text/plain", 415),
            ("Content-Type", nil, 415), ("Content-Type", "application/x-www-form-urlencoded", 415),
        ] as [(String, String?, Int)] {
            var headers = good
            headers[name] = value
            #expect(await status(gate, "POST", "/api/stop", headers) == expected, "\(name): \(value ?? "absent")")
        }
    }

    @Test("every answer carries a policy without inline script and forbids framing")
    func headers() async {
        let gate = Gate(DashboardSettings(), secret: nil)
        for host in ["localhost", "evil"] {
            let response = await ask(gate, "GET", "/", ["Host": host], at: now)
            let policy = response.headers["Content-Security-Policy"] ?? ""
            #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
            #expect(response.headers["X-Frame-Options"] == "DENY" && response.headers["Cache-Control"] == "no-store")
        }
        for text in [PageHTML.index(withLibrary: false), PageHTML.index(withLibrary: true), PageHTML.login] {
            #expect(!text.contains("style=") && !text.contains("onclick") && !text.contains("<style"))
            for script in text.components(separatedBy: "<script").dropFirst() {
                #expect(script.hasPrefix(" src=\"/"), "no script stands in the page itself")
            }
        }
    }

    @Test("with a secret everything but the login needs it; a session lasts twelve hours")
    func logins() async throws {
        let gate = Gate(DashboardSettings(), secret: Secret("correct horse"))
        let host: WebHeaders = ["Host": "localhost", "Content-Type": "application/json"]
        #expect(await status(gate, "GET", "/api/status", host) == 401)
        #expect(await status(gate, "GET", "/", host) == 401)
        #expect(await status(gate, "GET", "/healthz", host) == 200)
        let wrong = await ask(gate, "POST", "/login", host, body: "{\"token\":\"wrong\"}", at: now)
        #expect(wrong.status == 401)
        let right = await ask(gate, "POST", "/login", host, body: "{\"token\":\"correct horse\"}", at: now)
        #expect(right.status == 204)
        let cookie = try #require(right.headers["Set-Cookie"])
        #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"))
        var later = host
        later["Cookie"] = "other=1; " + cookie.prefix { $0 != ";" }
        #expect(await ask(gate, "GET", "/api/status", later, at: now + .hours(11)).status == 200)
        #expect(await ask(gate, "GET", "/api/status", later, at: now + .hours(12)).status == 401)
        var bearer = host
        bearer["Authorization"] = "Bearer correct horse"
        #expect(await status(gate, "GET", "/api/status", bearer) == 200)
    }

    @Test("after five wrong tokens an address waits a minute, even with the right one")
    func bruteForce() async {
        let gate = Gate(DashboardSettings(), secret: Secret("right"))
        let host: WebHeaders = ["Host": "localhost", "Content-Type": "application/json"]
        for _ in 0..<5 {
            #expect(await ask(gate, "POST", "/login", host, body: "{\"token\":\"x\"}", at: now).status == 401)
        }
        #expect(await ask(gate, "POST", "/login", host, body: "{\"token\":\"right\"}", at: now).status == 429)
        var bearer = host
        bearer["Authorization"] = "Bearer right"
        #expect(await ask(gate, "GET", "/api/status", bearer, at: now).status == 401)
        let later = now + .seconds(61)
        #expect(await ask(gate, "POST", "/login", host, body: "{\"token\":\"right\"}", at: later).status == 204)
    }

    @Test("tokens are compared whole")
    func compare() {
        #expect(Gate.equal("abc", "abc"))
        for wrong in ["", "a", "ab", "abd", "abcabc", "abcd", "ABC"] { #expect(!Gate.equal(wrong, "abc"), "\(wrong)") }
        #expect(!Gate.equal("", ""))
        #expect(Gate.randomToken() != Gate.randomToken() && Gate.randomToken().utf8.count == 64)
    }
}

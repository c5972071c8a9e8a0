import Foundation
import ServiceRuntime
import Testing
import TradingModel
import WebServer
import Wire

@testable import DashboardService

@Suite("The files of the page")
struct AssetTests {
    @Test("SHA-256 of the examples of FIPS 180-4 and around the length of a block")
    func digests() {
        let known = [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (String(repeating: "a", count: 55), "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"),
            (String(repeating: "a", count: 56), "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"),
            (String(repeating: "a", count: 64), "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"),
        ]
        for (text, digest) in known { #expect(SHA256.hexadecimal(Array(text.utf8)) == digest, "\(text.count) bytes") }
        #expect(SHA256.base64([]) == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
    }

    @Test("a chart library that is any other file is not served, and the page does not name it")
    func otherLibrary() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("library-\(UUID().uuidString).js")
        try "alert(1)".write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        for path in [file.path, file.path + ".absent", "/dev/zero"] {
            #expect(throws: Assets.LibraryFault.self, "\(path)") { try Assets.library(at: path) }
        }
        let request = WebRequest(method: "GET", path: "/lightweight-charts.js", headers: ["Host": "localhost"])
        #expect(Assets().response(to: request) == nil)
        #expect(Assets(library: [1]).response(to: request)?.status == 200)
        #expect(!PageHTML.index(withLibrary: false).contains("lightweight-charts"))
        #expect(PageHTML.index(withLibrary: true).contains("tradingview.com"))
    }

    @Test("the figures for Prometheus tell the use of every limit that is asked for, and of no other")
    func limits() {
        var report = RiskReport()
        report.limits = [
            LimitUse("max_daily_trades", scope: "account", used: "5", limit: "20", share: Ratio(raw: Ratio.scale / 4)),
            LimitUse("max_var_pct", scope: "account", used: "1%", limit: "0%", share: .zero),
        ]
        let text = Exposition.text(MetricsView(), Replica(), report, RiskSettings(), at: .distantPast)
        #expect(text.contains("quartet_limit_use_ratio{limit=\"max_daily_trades\",scope=\"account\"} 0.25\n"))
        #expect(!text.contains("max_var_pct") && text.contains("quartet_drawdown_stop_ratio 0.2\n"))
    }
}

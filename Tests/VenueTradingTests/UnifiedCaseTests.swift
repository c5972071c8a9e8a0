import Foundation
import JSONText
import Testing
import VenueTrading

/// ccxt's static cases: a unified call and the request it must become.
@Suite("Calls in the words of ccxt")
struct UnifiedCaseTests {
    /// What differs by nature: time, signature and the ids that ccxt makes up.
    static let ignored: Set = [
        "timestamp", "signature", "recvWindow", "newClientOrderId", "clientAlgoId", "newClientStrategyId",
        "clientOrderId",
    ]

    /// `a=1&b=2` as members.
    static func members(_ text: some StringProtocol) -> [String: String] {
        var out: [String: String] = [:]
        for part in text.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if !ignored.contains(String(pair[0])) { out[String(pair[0])] = pair.count == 2 ? String(pair[1]) : "" }
        }
        return out
    }

    static func path(_ url: String) -> String {
        let rest = url.drop { $0 != ":" }.dropFirst(3)
        return String(rest.drop { $0 != "/" }.prefix { $0 != "?" })
    }

    static func query(_ url: String) -> [String: String] { members(url.drop { $0 != "?" }.dropFirst()) }

    /// Numbers as their plain text, so that 1 and 1.0 and "1" are told apart only where the exchange does.
    static func normal(_ value: JSONValue) -> [String: String] {
        guard case .object(let object) = value else { return ["": value.text()] }
        return Dictionary(
            uniqueKeysWithValues: object.filter { !ignored.contains($0.key) }.map { key, value in
                if case .number(let number) = value { return (key, number.plain ?? number.text) }
                return (key, value.text())
            })
    }

    /// How our request differs from the case's; empty where it does not.
    static func differences(_ entry: JSONValue) throws -> [String] {
        let url = entry["url"]?.text ?? ""
        // A call without a symbol does not say which market it means: ccxt has an option for that, we a venue.
        let isContract = url.contains("/fapi/") || url.contains("/api/v1/")
        var venue = entry["exchange"]?.text ?? ""
        if isContract, venue == "mexc" { venue = "mexc-contract" }
        let form = try OrderForm.read(entry, defaults: .init(venue: venue))
        let context = SigningContext(key: "k", secret: "s", timestamp: 1, receiveWindow: 5000)
        let request = try RequestDesk.request(for: form, context: context)
        var differences: [String] = []
        if let method = entry["http_method"]?.text, method != request.method.rawValue {
            differences.append("method \(request.method.rawValue), not \(method)")
        }
        if path(request.url) != path(url) { differences.append("path \(request.url), not \(url)") }
        if query(request.url) != query(url) { differences.append("query \(request.url), not \(url)") }
        switch entry["output"] {
        case .string(let body)? where body.hasPrefix("{") || body.hasPrefix("["):
            if normal(try JSONValue.parse(request.body)) != normal(try JSONValue.parse(body)) {
                differences.append("body \(request.body), not \(body)")
            }
        case .string(let body)?:
            if members(request.body) != members(body) { differences.append("body \(request.body), not \(body)") }
        case .object?:
            if normal(try JSONValue.parse(request.body)) != normal(entry["output"] ?? .null) {
                differences.append("body \(request.body), not \(entry["output"]?.text() ?? "")")
            }
        default: break
        }
        return differences
    }

    static func name(_ entry: JSONValue) -> String {
        let words = ["exchange", "method", "description"].compactMap { entry[$0]?.text }
        return words.joined(separator: " ") + " " + (entry["input"]?.text() ?? "")
    }

    @Test("every case becomes the request ccxt makes of it", .enabled(if: SharedMessages.isHere))
    func everyCase() throws {
        let cases = SharedMessages.json("ccxt_static.json")["requests"]?.array ?? []
        var right = 0
        for entry in cases {
            // Candles are feed's; and ccxt changes an order with an empty "orderId", which Binance refuses (-1105).
            guard entry["method"]?.text != "fetchOHLCV", entry["method"]?.text != "editOrderWithClientOrderId" else {
                continue
            }
            do {
                let differences = try Self.differences(entry)
                #expect(differences.isEmpty, "\(Self.name(entry)): \(differences)")
                right += differences.isEmpty ? 1 : 0
            } catch {
                Issue.record("\(Self.name(entry)): \(error)")
            }
        }
        #expect(right >= 40)
    }

    @Test(
        "what ccxt makes of many drawn calls is made here too, and what it refuses is refused",
        .enabled(if: ProcessInfo.processInfo.environment["QUARTET_CCXT_CASES"] != nil))
    func drawnCases() throws {
        let file = ProcessInfo.processInfo.environment["QUARTET_CCXT_CASES"] ?? ""
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        var (same, refused, stricter) = (0, 0, 0)
        for line in lines {
            let entry = try JSONValue.parse(String(line))
            let isRefused = entry["refused"] != nil
            do {
                let differences = try Self.differences(entry)
                #expect(!isRefused && differences.isEmpty, "\(Self.name(entry)): \(differences)")
                same += 1
            } catch let refusal as CallRefusal {
                // Impossible orders are refused here that ccxt leaves to the exchange.
                let isKnown = [.contradiction, .unsupported, .dust].contains(refusal.code)
                #expect(isRefused || isKnown, "\(Self.name(entry)): \(refusal)")
                if isRefused { refused += 1 } else { stricter += 1 }
            }
        }
        print("ccxt: \(same) the same, \(refused) refused by both, \(stricter) only here")
        #expect(same > lines.count / 2)
    }
}

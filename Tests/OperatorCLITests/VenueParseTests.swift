import ArgumentParser
import Foundation
import Testing
import Venues

@testable import OperatorCLI

@Suite("quartet venue parse")
struct VenueParseTests {
    private func explain(
        _ text: String, _ venue: VenueDialect, _ kind: Venues.MessageKind, endpoint: String? = nil
    ) throws -> (lines: [[String: Any]], failures: Int) {
        var out: [UInt8] = []
        let failures = VenueParseCommand.explain(
            Array(text.utf8), venue: venue, kind: kind, VenueMessages.Context(endpoint: endpoint)
        ) { out += $0 }
        let lines = try String(decoding: out, as: UTF8.self).split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        return (lines, failures)
    }

    @Test("one line in is one line out; what cannot be understood says where, and the rest goes on")
    func lines() throws {
        let text = """
            {"u":7,"s":"BTCUSDT","b":"10.5","B":"1","a":"11","A":"2"}
            {"e":"aggTrade","E":1
            {"code":-1121,"msg":"Invalid symbol."}

            {"e":"kline","E":1700000000123,"s":"BTCUSDT","k":{"t":1700000000000,"T":1700000059999,"s":"BTCUSDT","i":"1m","o":"1","c":"2","h":"3","l":"1","v":"5","n":1,"x":true,"q":"1","V":"1","Q":"1","new":1}}
            """
        let (lines, failures) = try explain(text, .binance, .ws)
        #expect(failures == 1 && lines.count == 4)
        let quote = try #require(lines[0]["data"] as? [String: Any])
        #expect(lines[0]["type"] as? String == "best_bid_ask" && quote["bid"] as? String == "10.5")
        #expect(lines[1]["line"] as? Int == 2 && (lines[1]["error"] as? String)?.isEmpty == false)
        let refusal = try #require(lines[2]["data"] as? [String: Any])
        #expect(lines[2]["type"] as? String == "error" && refusal["code"] as? String == "-1121")
        #expect((refusal["advice"] as? String)?.isEmpty == false)
        let candle = try #require(lines[3]["data"] as? [String: Any])
        #expect(candle["open_time"] as? Int == 1_700_000_000_000_000 && candle["is_closed"] as? Bool == true)
        // What no table knows is harmless, and told.
        #expect((lines[3]["unknown"] as? [String: Any])?.isEmpty == false)
    }

    @Test("the answer of REST over several lines is one message, its endpoint found or given")
    func rest() throws {
        let text = """
            [
              [1700000000000, "1", "3", "1", "2", "5", 1700000059999, "7", 1, "2", "3", "0"]
            ]
            """
        for endpoint in [nil, "klines", "GET /api/v3/klines?symbol=BTCUSDT"] {
            let (lines, failures) = try explain(text, .binance, .rest, endpoint: endpoint)
            #expect(failures == 0 && lines.count == 1 && lines[0]["endpoint"] as? String == "klines")
        }
    }

    @Test("binary messages of MEXC stand as hexadecimal digits, and nonsense is one clear error a line")
    func binary() throws {
        let (lines, failures) = try explain("0a01781a03425443\nzz\n", .mexc, .ws)
        #expect(lines.count == 2 && failures == 1)
    }

    @Test("venue and kind are demanded, and an endpoint that nobody has is refused with those there are")
    func words() throws {
        #expect(throws: (any Error).self) { try VenueParseCommand.parse(["--kind", "ws", "-"]) }
        #expect(throws: (any Error).self) { try VenueParseCommand.parse(["--venue", "binnance", "--kind", "ws", "-"]) }
        #expect(throws: (any Error).self) {
            try VenueParseCommand.parse(["--venue", "binance", "--kind", "rest", "--endpoint", "kline_s", "-"])
        }
        _ = try VenueParseCommand.parse(["--venue", "binance-usdm", "--kind", "rest", "--endpoint", "klines", "-"])
    }
}

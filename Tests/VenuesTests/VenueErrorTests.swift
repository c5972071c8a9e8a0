import Foundation
import JSONText
import Testing
import TradingModel

@testable import Venues

@Suite("Refusals of exchanges")
struct VenueErrorTests {
    private func category(_ venue: VenueDialect, _ text: String, status: Int? = nil) throws -> VenueError {
        let message = try VenueMessages.parse(text, venue: venue, kind: .rest, .init(status: status))
        #expect(message.type == "error", "\(text)")
        let code = try message.data["code"]?.node.string() ?? ""
        let words = try message.data["message"]?.node.string() ?? ""
        return .classify(venue, code: code, message: words, status: status)
    }

    @Test(
        "each refusal is of the kind that tells what to do next",
        arguments: [
            (.binance, -1003, "Too many requests; current limit is 1200 requests per minute.", 429, .rateLimited),
            (.binance, -1003, "Way too much request weight used; IP banned until 1771748578656.", 418, .banned),
            (.binance, -1021, "Timestamp for this request is outside of the recvWindow.", 400, .clock),
            (.binance, -1013, "Filter failure: LOT_SIZE", 400, .refused),
            (.binance, -2010, "Account has insufficient balance for requested action.", 400, .insufficientBalance),
            (.binance, -2010, "Duplicate order sent.", 400, .duplicate),
            (.binance, -2010, "Order would immediately match and take.", 400, .refused),
            (.binance, -2011, "Unknown order sent.", 400, .notFound),
            (.binance, -2013, "Order does not exist.", 400, .notFound),
            (.binance, -2015, "Invalid API-key, IP, or permissions for action.", 401, .authentication),
            (.binance, -1121, "Invalid symbol.", 400, .notFound),
            (.binance, -1102, "Mandatory parameter 'symbol' was not sent", 400, .invalidRequest),
            (.binance, -1007, "Timeout waiting for response from backend server.", 504, .unknownOutcome),
            (.binance, -1006, "Execution status unknown.", 200, .unknownOutcome),
            (.binanceUSDM, -1003, "Unknown error, please check your request or try again later.", 503, .unknownOutcome),
            (
                .binanceUSDM, -1003, "Internal error; unable to process your request. Please try again.", 503,
                .unavailable
            ),
            (.binanceUSDM, -1008, "Request throttled by system-level protection.", 503, .unavailable),
            (.binanceUSDM, -4059, "No need to change position side.", 400, .alreadyDone),
            (.binanceUSDM, -4046, "No need to change margin type.", 400, .alreadyDone),
            (.binanceUSDM, -2019, "Margin is insufficient.", 400, .insufficientBalance),
            (.binanceUSDM, -2022, "ReduceOnly Order is rejected.", 400, .refused),
            (.binanceUSDM, -4116, "ClientOrderId is duplicated.", 400, .duplicate),
            (.binanceUSDM, -4164, "Order's notional must be no smaller than 5", 400, .refused),
            (.bybit, 10006, "Too many visits. Exceeded the API Rate Limit.", 200, .rateLimited),
            (.bybit, 10002, "invalid request, please check your server timestamp or recv_window param.", 200, .clock),
            (.bybit, 10003, "API key is invalid.", 200, .authentication),
            (.bybit, 10016, "Server error.", 200, .unknownOutcome),
            (.bybit, 110007, "ab not enough for new order", 200, .insufficientBalance),
            (.bybit, 170131, "Balance insufficient", 200, .insufficientBalance),
            (.bybit, 110001, "Order does not exist", 200, .notFound),
            (.bybit, 110072, "OrderLinkedID is duplicate", 200, .duplicate),
            (.bybit, 110043, "Set leverage not modified", 200, .alreadyDone),
            (.bybit, 110094, "Order notional value below the lower limit", 200, .refused),
            (.mexc, 700003, "Timestamp for this request is outside of the recvWindow.", 400, .clock),
            (.mexc, 700002, "Signature for this request is not valid.", 400, .authentication),
            (.mexc, 30004, "Insufficient position", 400, .insufficientBalance),
            (.mexc, 30002, "The minimum transaction volume cannot be less than : 5", 400, .refused),
            (.mexc, 429, "Too Many Requests", 429, .rateLimited),
            (.mexc, -2011, "Unknown order sent", 400, .notFound),
        ] as [(VenueDialect, Int, String, Int, VenueError.Category)])
    func categories(venue: VenueDialect, code: Int, message: String, status: Int, category: VenueError.Category) throws
    {
        let text =
            venue == .bybit
            ? "{\"retCode\":\(code),\"retMsg\":\"\(message)\",\"result\":{},\"retExtInfo\":{},\"time\":1672282722429}"
            : "{\"code\":\(code),\"msg\":\"\(message)\"}"
        #expect(try self.category(venue, text, status: status).category == category)
    }

    @Test("the end of a ban, the exchange's clock and the outcome are told")
    func details() throws {
        let ban = try category(
            .binance,
            #"{"code":-1003,"msg":"Way too many requests; IP(1.2.3.4) banned until 1771748578656. Please use"}"#)
        #expect(ban.category == .banned && ban.bannedUntil == MarketTime(micros: 1_771_748_578_656_000))
        #expect(ban.outcome == .notDone && ban.isRetryable)
        let clock = try category(
            .bybit,
            #"{"retCode":10002,"retMsg":"invalid request, please check your server timestamp or recv_window param. req_timestamp[1706972576658],server_timestamp[1706972587026],recv_window[5000]","result":{}}"#
        )
        #expect(clock.serverTime == MarketTime(micros: 1_706_972_587_026_000))
        let unknown = try category(
            .binance,
            #"{"code":-1006,"msg":"An unexpected response was received from the message bus. Execution status unknown."}"#
        )
        #expect(unknown.outcome == .unknown && !unknown.isRetryable)
        #expect(try category(.binance, #"{"code":-9999,"msg":"?"}"#).outcome == .unknown)
    }

    @Test("an answer with code 200 is no refusal, and a silent gateway leaves the outcome unknown")
    func notErrors() throws {
        let done = try VenueMessages.parse(
            #"{"code": 200, "msg": "The operation of cancel all open order is done."}"#, venue: .binanceUSDM,
            kind: .rest)
        #expect(done.type == "acknowledgement")
        #expect(VenueError.classify(.binance, status: 502, body: "<html>").outcome == .unknown)
        #expect(VenueError.classify(.binance, status: 418, body: "").category == .banned)
        #expect(VenueError.classify(.bybit, status: 403, body: "").category == .rateLimited)
    }

    @Test("the documented codes are all recognised")
    func documentedCodes() throws {
        guard MessageFixtures.lines("error_codes.json") != nil else { return }
        let file = MessageFixtures.folder.appendingPathComponent("error_codes.json")
        let text = try String(contentsOf: file, encoding: .utf8)
        let tables = try JSONValue.parse(text).node
        for (name, venue) in [("binance", VenueDialect.binance), ("bybit", .bybit), ("mexc", .mexc)] {
            var unrecognized: [String] = []
            for entry in try tables[name].elements() {
                let code = try entry["code"].text()
                var words = (try? entry["messages"][0].string()) ?? ""
                if words.isEmpty { words = (try? entry["message"].string()) ?? (try? entry["meaning"].string()) ?? "" }
                if VenueError.classify(venue, code: code, message: words).category == .unrecognized {
                    unrecognized.append(code)
                }
            }
            #expect(unrecognized.isEmpty, "\(name): \(unrecognized)")
        }
    }

    @Test("quoted refusals are understood", .enabled(if: MessageFixtures.lines("error_payloads.jsonl") != nil))
    func payloads() throws {
        let kinds: [String: VenueError.Category] = [
            "s-err-01": .rateLimited, "s-err-03": .refused, "s-err-05": .notFound, "s-err-06": .unknownOutcome,
            "s-err-07": .unavailable, "s-err-08": .alreadyDone, "s-err-09": .authentication,
            "s-err-13": .clock, "s-err-14": .authentication, "s-err-15": .clock,
        ]
        for line in MessageFixtures.lines("error_payloads.jsonl") ?? [] {
            let node = line.node
            let id = try node["id"].string()
            let expected = kinds[id]
            guard expected != nil || ["s-err-10", "s-err-11"].contains(id),
                let venue = VenueDialect(rawValue: try node["exchange"].string())
            else { continue }
            let status = try node["http_status"].ifPresent?.integer()
            let dialect = venue == .binance && (status == 503 || expected == .alreadyDone) ? .binanceUSDM : venue
            let message = try VenueMessages.parse(
                try node["raw_text"].string(), venue: dialect, kind: .rest, .init(status: status.map(Int.init)))
            let category = message.type == "error" ? try message.data["category"]?.node.string() : nil
            #expect(category == expected?.rawValue, "\(id)")
        }
    }
}

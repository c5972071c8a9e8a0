import Foundation
import JSONText
import Testing

@testable import Venues

@Suite("What messages say")
struct MessageValueTests {
    /// The data of a message as compact JSON.
    private func data(
        _ venue: VenueDialect, _ kind: MessageKind, _ text: String, _ endpoint: String? = nil
    ) throws -> (type: String, json: String) {
        let message = try VenueMessages.parse(text, venue: venue, kind: kind, .init(endpoint: endpoint))
        #expect(message.unknown.isEmpty, "\(message.unknown)")
        return (message.type, message.data.description)
    }

    @Test(
        "Binance's documented examples",
        arguments: [
            (
                .ws,
                #"{"u":400900217,"s":"BNBUSDT","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66000000"}"#,
                "best_bid_ask",
                #"{"update_id":400900217,"symbol":"BNBUSDT","bid":"25.3519","bid_quantity":"31.21","ask":"25.3652","ask_quantity":"40.66"}"#
            ),
            (
                .ws,
                #"{"e":"aggTrade","E":1672515782136,"s":"BNBBTC","a":12345,"p":"0.001","q":"100","f":100,"l":105,"T":1672515782136,"m":true,"M":true}"#,
                "trade",
                #"{"event":"aggTrade","event_time":1672515782136000,"symbol":"BNBBTC","id":"12345","price":"0.001","quantity":"100","first_trade_id":"100","last_trade_id":"105","time":1672515782136000,"is_buyer_maker":true,"is_best_match":true}"#
            ),
            (
                .ws,
                #"{"e":"depthUpdate","E":1672515782136,"s":"BNBBTC","U":157,"u":160,"b":[["0.0024","10"]],"a":[["0.0026","100"]]}"#,
                "book_update",
                #"{"event":"depthUpdate","event_time":1672515782136000,"symbol":"BNBBTC","first_update_id":157,"last_update_id":160,"bids":[["0.0024","10"]],"asks":[["0.0026","100"]]}"#
            ),
            (
                .rest, #"{"serverTime":1499827319559}"#, "server_time", #"{"server_time":1499827319559000}"#
            ),
            (
                .rest,
                #"[[1499040000000,"0.01634790","0.80000000","0.01575800","0.01577100","148976.11427815",1499644799999,"2434.19055334",308,"1756.87402397","28.46694368","0"]]"#,
                "candle",
                #"[{"open_time":1499040000000000,"open":"0.0163479","high":"0.8","low":"0.015758","close":"0.015771","volume":"148976.11427815","close_time":1499644799999000,"quote_volume":"2434.19055334","trade_count":308,"taker_buy_volume":"1756.87402397","taker_buy_quote_volume":"28.46694368"}]"#
            ),
            (
                .rest, #"{"symbol":"LTCBTC","price":"4.00000200"}"#, "price", #"{"symbol":"LTCBTC","price":"4.000002"}"#
            ),
        ] as [(MessageKind, String, String, String)])
    func binanceSpot(kind: MessageKind, text: String, type: String, json: String) throws {
        let data = try data(.binance, kind, text)
        #expect(data.type == type)
        #expect(data.json == json)
    }

    @Test("a closed and a forming candle of a stream are told apart, the wrapper is taken off")
    func kline() throws {
        let text =
            #"{"stream":"bnbbtc@kline_1m","data":{"e":"kline","E":1672515782136,"s":"BNBBTC","k":{"t":1672515780000,"T":1672515839999,"s":"BNBBTC","i":"1m","f":100,"L":200,"o":"0.0010","c":"0.0020","h":"0.0025","l":"0.0015","v":"1000","n":100,"x":false,"q":"1.0000","V":"500","Q":"0.500","B":"123456"}}}"#
        let message = try VenueMessages.parse(text, venue: .binance, kind: .ws)
        #expect(message.type == "candle" && message.header["stream"] == "bnbbtc@kline_1m")
        #expect(
            message.data["is_closed"] == false && message.data["close"] == "0.002" && message.data["symbol"] == "BNBBTC"
        )
        #expect(message.data["open_time"] == 1_672_515_780_000_000)
    }

    @Test("Bybit's documented examples")
    func bybit() throws {
        let book = try VenueMessages.parse(
            #"{"topic":"orderbook.50.BTCUSDT","type":"delta","ts":1687940967466,"data":{"s":"BTCUSDT","b":[["30247.20","30.028"],["30245.40","0"]],"a":[],"u":177400507,"seq":66544703342},"cts":1687940967464}"#,
            venue: .bybit, kind: .ws)
        #expect(book.type == "book_update" && book.header["update"] == "delta" && book.header["depth"] == "50")
        #expect(
            book.header["event_time"] == 1_687_940_967_466_000 && book.header["matching_time"] == 1_687_940_967_464_000)
        #expect(book.data["bids"]?.description == #"[["30247.2","30.028"],["30245.4","0"]]"#)
        let kline = try VenueMessages.parse(
            #"{"retCode":0,"retMsg":"OK","result":{"symbol":"BTCUSD","category":"inverse","list":[["1670608800000","17071","17073","17027","17055.5","268611","15.74462667"]]},"retExtInfo":{},"time":1672025956592}"#,
            venue: .bybit, kind: .rest)
        #expect(kline.type == "candle" && kline.header["symbol"] == "BTCUSD" && kline.header["category"] == "inverse")
        #expect(kline.data[0]?["close"] == "17055.5" && kline.data[0]?["open_time"] == 1_670_608_800_000_000)
        let time = try VenueMessages.parse(
            #"{"retCode":0,"retMsg":"OK","result":{"timeSecond":"1688639403","timeNano":"1688639403423213947"},"retExtInfo":{},"time":1688639403423}"#,
            venue: .bybit, kind: .rest)
        #expect(time.type == "server_time" && time.header["server_time"] == 1_688_639_403_423_000)
    }

    @Test("a level's further numbers are kept")
    func widerLevels() throws {
        let message = try VenueMessages.parse(
            #"{"retCode":0,"retMsg":"OK","result":{"s":"BTCUSDT","b":[["116600.00","4.428","0.000"]],"a":[],"ts":1752472188075,"u":1,"seq":2,"cts":1752472188071},"retExtInfo":{},"time":1752472188077}"#,
            venue: .bybit, kind: .rest, .init(endpoint: "/v5/market/rpi_orderbook"))
        #expect(message.data["bids"]?.description == #"[["116600","4.428","0"]]"#)
        let old = try VenueMessages.parse(
            #"{"lastUpdateId":1,"bids":[["4.00","431",[]]],"asks":[["5","1",[]]]}"#, venue: .binance, kind: .rest)
        #expect(old.data["bids"]?.description == #"[["4","431"]]"#)
    }

    @Test("unknown members are harmless and are listed with their place")
    func unknownMembers() throws {
        let message = try VenueMessages.parse(
            #"{"u":1,"s":"A","b":"1","B":"1","a":"1","A":"1","zz":{"q":[1]}}"#, venue: .binance, kind: .ws)
        #expect(message.type == "best_bid_ask" && message.unknown["zz"]?.description == #"{"q":[1]}"#)
        let list = try VenueMessages.parse(
            #"[{"symbol":"A","price":"1","new":1},{"symbol":"B","price":"2","new":2}]"#, venue: .binance, kind: .rest)
        #expect(list.unknown.count == 1 && list.unknown["[].new"] == 1)
    }

    @Test("a member that is missing or senseless costs one sentence with its place")
    func errors() {
        #expect(throws: JSONError(.badValue, path: "[1].price", "\"12abc\" is not a decimal number")) {
            try VenueMessages.parse(
                #"[{"symbol":"A","price":"1"},{"symbol":"B","price":"12abc"}]"#, venue: .binance, kind: .rest,
                .init(endpoint: "/api/v3/ticker/price"))
        }
        #expect(throws: JSONError(.missing, path: "a", "a value is missing")) {
            try VenueMessages.parse(
                #"{"e":"depthUpdate","s":"X","U":1,"u":2,"b":[]}"#, venue: .binance, kind: .ws)
        }
    }

    @Test("responses parse to the values that ccxt finds in them")
    func ccxt() throws {
        guard MessageFixtures.lines("error_payloads.jsonl") != nil else { return }
        let file = MessageFixtures.folder.appendingPathComponent("ccxt_static.json")
        let cases = try JSONValue.parse(try String(contentsOf: file, encoding: .utf8)).node["responses"].elements()
        var count = 0
        for node in cases {
            guard let venue = VenueDialect(rawValue: try node["exchange"].string()),
                let response = node["httpResponse"].value
            else { continue }
            let parsed = node["parsedResponse_without_info"]
            let names: [(ours: String, theirs: String)]
            switch try node["method"].string() {
            case "fetchTicker":
                names = [
                    ("open", "open"), ("high", "high"), ("low", "low"), ("last", "last"), ("bid", "bid"),
                    ("ask", "ask"),
                    ("bid_quantity", "bidVolume"), ("ask_quantity", "askVolume"), ("volume", "baseVolume"),
                    ("quote_volume", "quoteVolume"), ("price_change", "change"),
                ]
            case "fetchOrderBook": names = [("last_update_id", "nonce")]
            default: continue
            }
            let message = try VenueMessages.parse(response, venue: venue, kind: .rest)
            for (ours, theirs) in names {
                #expect(try message.data.node[ours].double() == parsed[theirs].double(), "\(ours)")
                count += 1
            }
            for side in ["bids", "asks"] where message.type == "order_book" {
                #expect(try message.data.node[side][0][0].double() == parsed[side][0][0].double())
                #expect(try message.data.node[side][0][1].double() == parsed[side][0][1].double())
            }
        }
        #expect(count > 0)
    }
}

@Suite("MEXC's protobuf")
struct MexcProtobufTests {
    /// A field of the wire format.
    private func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
        varint(UInt64(number << 3 | 2)) + varint(UInt64(bytes.count)) + bytes
    }
    private func field(_ number: Int, _ value: UInt64) -> [UInt8] { varint(UInt64(number << 3)) + varint(value) }
    private func text(_ number: Int, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }
    private func varint(_ value: UInt64) -> [UInt8] {
        var (rest, out) = (value, [UInt8]())
        while rest >= 0x80 {
            out.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return out + [UInt8(rest)]
    }

    private var deals: [UInt8] {
        let deal = text(1, "115091.25") + text(2, "0.000059") + field(3, 1) + field(4, 1_755_973_886_258)
        let body = field(1, deal) + field(1, deal) + text(2, "spot@public.aggre.deals.v3.api.pb@100ms")
        return text(1, "spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDC") + field(314, body) + text(3, "BTCUSDC")
            + field(6, 1_755_973_886_309) + field(99, 7)
    }

    @Test("a push message is read as its JSON form is, in hexadecimal and in base64")
    func push() throws {
        let hexadecimal = deals.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let entries = Array(MessageLines(Array((hexadecimal + "\n" + base64(deals)).utf8), venue: .mexc))
        #expect(entries.count == 2)
        for entry in entries {
            let message = try VenueMessages.parse(try entry.value.get(), venue: .mexc, kind: .ws)
            #expect(message.type == "trade" && message.header["symbol"] == "BTCUSDC")
            #expect(
                message.data.description
                    == #"[{"price":"115091.25","quantity":"0.000059","side":"buy","time":1755973886258000},{"price":"115091.25","quantity":"0.000059","side":"buy","time":1755973886258000}]"#
            )
        }
    }

    @Test("bytes that are cut off or no message are refused, whatever they are")
    func damage() {
        for length in 0..<deals.count { _ = try? MexcProtobuf.json(Array(deals.prefix(length))) }
        var generator = UInt64(7)
        for _ in 0..<5_000 {
            var bytes = deals
            generator = generator &* 6_364_136_223_846_793_005 &+ 1
            bytes[Int(generator >> 33) % bytes.count] = UInt8(truncatingIfNeeded: generator >> 40)
            _ = try? MexcProtobuf.json(bytes)
        }
        #expect(throws: ProtobufError.self) { try MexcProtobuf.json(Array(deals.dropLast(1))) }
        #expect(throws: ProtobufError.self) { try MexcProtobuf.json([]) }
    }

    private func base64(_ bytes: [UInt8]) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var out = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = Array(bytes[start..<min(start + 3, bytes.count)])
            let word = (0..<3).reduce(0) { $0 << 8 | ($1 < group.count ? Int(group[$1]) : 0) }
            for index in 0..<4 {
                out.append(index <= group.count ? letters[word >> (18 - 6 * index) & 63] : "=")
            }
        }
        return out
    }
}

@Suite("Texts of messages")
struct MessageLinesTests {
    private func entries(_ text: String) -> [(Int, Bool)] {
        MessageLines(Array(text.utf8), venue: .binance).map { entry in
            if case .success = entry.value { (entry.line, true) } else { (entry.line, false) }
        }
    }

    @Test("one a line, over several lines, and with errors between, each with its line")
    func lines() {
        #expect(entries("{}\n\n[1]\n").map(\.0) == [1, 3])
        let mixed = entries("{\n \"a\": 1\n}\nnonsense\n{\"b\":2} rest\n[1,\n2]\n{\"c\":\n")
        #expect(mixed.map(\.0) == [1, 4, 5, 6, 8])
        #expect(mixed.map(\.1) == [true, false, false, true, false])
        #expect(entries("").isEmpty && entries(" \n ").isEmpty)
    }
}

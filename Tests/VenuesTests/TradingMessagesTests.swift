import Foundation
import JSONText
import Testing

@testable import Venues

@Suite("Messages about orders and accounts")
struct TradingMessagesTests {
    /// What Quartet asks an exchange about its account.
    static let paths = [
        "/api/v3/order", "/api/v3/openOrders", "/api/v3/allOrders", "/api/v3/myTrades", "/api/v3/account",
        "/api/v3/orderList", "/api/v3/openOrderList", "/fapi/v1/order", "/fapi/v1/openOrder", "/fapi/v1/allAlgoOrders",
        "/fapi/v1/batchOrders", "/fapi/v1/userTrades", "/fapi/v3/account", "/fapi/v1/leverage",
        "/fapi/v1/symbolConfig", "/fapi/v1/commissionRate", "/fapi/v1/listenKey", "/fapi/v1/income", "/v5/order/cancel",
        "/v5/order/history", "/v5/order/realtime", "/v5/order/create-batch", "/v5/position/list", "/v5/execution/list",
        "/v5/account/wallet-balance",
    ]
    /// Streams by what `endpoint` they are read as.
    static let privateTypes: Set = [
        "order", "order_update", "fill", "position", "balance", "account", "account_update",
    ]

    @Test("every real answer about orders and accounts is read by a table that knows all its members")
    func restFixtures() throws {
        var count = 0
        for file in ["binance_fixtures.jsonl", "bybit_fixtures.jsonl", "mexc_fixtures.jsonl"] {
            for fixture in MessageFixtures.all(file) ?? [] {
                guard let path = fixture.path, Self.paths.contains(path), !fixture.hasPlaceholders else { continue }
                for text in fixture.messages {
                    let message = try VenueMessages.parse(
                        text, venue: fixture.venue, kind: fixture.kind, .init(endpoint: path))
                    #expect(message.type != "other", "\(fixture.id) \(path)")
                    #expect(message.unknown.isEmpty, "\(fixture.id): \(JSONValue.object(message.unknown))")
                    count += 1
                }
            }
        }
        #expect(count >= 20 || MessageFixtures.all("binance_fixtures.jsonl") == nil)
    }

    @Test("every real event of a private stream is read by a table that knows all its members")
    func streamFixtures() throws {
        var count = 0
        for file in ["binance_fixtures.jsonl", "bybit_fixtures.jsonl", "mexc_fixtures.jsonl"] {
            for fixture in MessageFixtures.all(file) ?? [] where fixture.kind == .ws && !fixture.hasPlaceholders {
                for text in fixture.messages {
                    guard let message = try? VenueMessages.parse(text, venue: fixture.venue, kind: .ws),
                        Self.privateTypes.contains(message.type)
                    else { continue }
                    #expect(message.unknown.isEmpty, "\(fixture.id): \(JSONValue.object(message.unknown))")
                    count += 1
                }
            }
        }
        #expect(count >= 40 || MessageFixtures.all("binance_fixtures.jsonl") == nil)
    }

    private func data(
        _ text: String, _ venue: VenueDialect, _ kind: MessageKind, _ endpoint: String? = nil
    ) throws -> (ParsedMessage, JSONNode) {
        let message = try VenueMessages.parse(text, venue: venue, kind: kind, .init(endpoint: endpoint))
        return (message, message.data.node)
    }

    @Test("Binance spot: an execution report tells fill, fee and what is filled so far")
    func executionReport() throws {
        let (message, data) = try data(
            #"""
            {"e":"executionReport","E":1700000000001,"s":"ETHUSDT","c":"qe1","S":"SELL","o":"LIMIT","f":"GTC","q":"1.00","p":"2500.10",
             "P":"0","x":"TRADE","X":"PARTIALLY_FILLED","r":"NONE","i":77,"l":"0.25","z":"0.5","L":"2500.10","n":"0.00062","N":"BNB",
             "T":1700000000000,"t":901,"w":true,"m":true,"O":1699999999000,"Z":"1250.05"}
            """#, .binance, .ws)
        #expect(message.type == "order_update" && message.unknown.isEmpty)
        #expect(try data["client_order_id"].string() == "qe1" && data["status"].string() == "partially_filled")
        #expect(try data["last_quantity"].string() == "0.25" && data["filled_quantity"].string() == "0.5")
        #expect(try data["fee"].string() == "0.00062" && data["fee_asset"].string() == "BNB")
        #expect(try data["trade_id"].string() == "901" && data["side"].string() == "sell")
        #expect(try data["is_maker"].bool() && data["transaction_time"].integer() == 1_700_000_000_000_000)
    }

    @Test("Binance USDⓈ-M: a conditional order has the same names as any other, and its own status words")
    func algoOrder() throws {
        let (message, data) = try data(
            #"""
            [{"algoId":5,"clientAlgoId":"qs1","algoType":"CONDITIONAL","orderType":"STOP_MARKET","symbol":"BTCUSDT","side":"SELL",
              "positionSide":"BOTH","timeInForce":"GTC","quantity":"0.010","algoStatus":"NEW","triggerPrice":"58000.0","price":"0",
              "reduceOnly":true,"createTime":1700000000000,"updateTime":1700000000001}]
            """#, .binanceUSDM, .rest, "/fapi/v1/openAlgoOrders")
        #expect(message.type == "order" && message.unknown.isEmpty)
        #expect(try data[0]["client_order_id"].string() == "qs1" && data[0]["order_id"].string() == "5")
        #expect(try data[0]["stop_price"].string() == "58000" && data[0]["type"].string() == "stop_market")
    }

    @Test("Bybit: an execution and a position of the private stream")
    func bybitStream() throws {
        let (fill, fills) = try data(
            #"""
            {"id":"1","topic":"execution","creationTime":1700000000002,"data":[{"category":"linear","symbol":"BTCUSDT","execFee":"-0.01",
             "execId":"x1","execPrice":"60000.5","execQty":"0.001","execType":"Trade","execValue":"60.0005","isMaker":true,
             "orderId":"o1","orderLinkId":"qe1","side":"Buy","execTime":"1700000000001","leavesQty":"0"}]}
            """#, .bybit, .ws)
        #expect(fill.type == "fill" && fill.unknown.isEmpty)
        #expect(try fills[0]["fee"].string() == "-0.01" && fills[0]["price"].string() == "60000.5")
        let (position, positions) = try data(
            #"""
            {"retCode":0,"retMsg":"OK","result":{"category":"linear","nextPageCursor":"","list":[{"symbol":"BTCUSDT","side":"Sell",
             "size":"0.3","avgPrice":"61000","leverage":"5","positionIdx":0,"unrealisedPnl":"-1.5"}]},"time":1}
            """#, .bybit, .rest, "/v5/position/list")
        #expect(position.type == "position")
        #expect(try positions[0]["quantity"].string() == "0.3" && positions[0]["side"].string() == "sell")
    }

    @Test("MEXC: a filled order of the private stream, in the words of the protocol buffers")
    func mexcStream() throws {
        let (message, data) = try data(
            #"""
            {"channel":"spot@private.orders.v3.api.pb","symbol":"MXUSDT","sendTime":1700000000001,"privateOrders":{"id":"C1",
             "clientId":"qe1","price":"0.8","quantity":"10","amount":"8","avgPrice":"0.8","orderType":1,"tradeType":2,
             "remainAmount":"0","remainQuantity":"0","lastDealQuantity":"10","cumulativeQuantity":"10","cumulativeAmount":"8",
             "status":2,"createTime":1700000000000}}
            """#, .mexc, .ws)
        #expect(message.type == "order_update" && message.unknown.isEmpty)
        #expect(try data["side"].string() == "sell" && data["filled_quantity"].string() == "10")
    }

    @Test("orders that ccxt has read are read the same here")
    func ccxtResponses() throws {
        let file = MessageFixtures.folder.appendingPathComponent("ccxt_static.json")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            return print("skipped: no \(file.path)")
        }
        guard case .array(let cases)? = try JSONValue.parse(text)["responses"] else { return }
        let statuses = ["new": "open", "partially_filled": "open", "filled": "closed", "canceled": "canceled"]
        var count = 0
        for entry in cases
        where ["createOrder", "fetchOrders", "fetchOrder"].contains(try entry["method"]?.node.string()) {
            let venue = try #require(VenueDialect(rawValue: try entry["exchange"]?.node.string() ?? ""))
            let endpoint = try entry["method"]?.node.string() == "fetchOrders" ? "/api/v3/allOrders" : "/api/v3/order"
            let message = try VenueMessages.parse(
                try #require(entry["httpResponse"]), venue: venue, kind: .rest, .init(endpoint: endpoint))
            #expect(message.type == "order" && message.unknown.isEmpty)
            let theirs = try #require(entry["parsedResponse_without_info"])
            let pairs = zip(
                (try? message.data.node.elements()) ?? [message.data.node],
                (try? theirs.node.elements()) ?? [theirs.node])
            for (ours, theirs) in pairs {
                #expect(try ours["order_id"].string() == theirs["id"].string())
                #expect(try statuses[ours["status"].string()] == theirs["status"].string())
                #expect(try ours["side"].string() == theirs["side"].string())
                for (name, word) in [
                    ("price", "price"), ("quantity", "amount"), ("filled_quantity", "filled"),
                    ("filled_notional", "cost"),
                ] {
                    #expect(try ours[name].decimalText() == theirs[word].decimalText(), "\(name)")
                }
                count += 1
            }
        }
        #expect(count >= 2)
    }

    @Test("every documented code is known, and whatever may have happened counts as unknown")
    func codes() throws {
        let file = MessageFixtures.folder.appendingPathComponent("error_codes.json")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            return print("skipped: no \(file.path)")
        }
        let table = try JSONValue.parse(text)
        var count = 0
        for (name, venue) in [("binance", VenueDialect.binance), ("bybit", .bybit), ("mexc", .mexc)] {
            guard case .array(let entries)? = table[name] else { continue }
            for entry in entries {
                let code = try entry["code"]?.node.text() ?? ""
                var words = [(try? entry["message"]?.node.string()) ?? ""]
                if case .array(let list)? = entry["messages"] { words = list.compactMap { try? $0.node.string() } }
                for message in words {
                    let error = VenueError.classify(venue, code: code, message: message)
                    #expect(error.category != .unrecognized, "\(venue) \(code) \(message)")
                    count += 1
                }
            }
        }
        #expect(count > 450)
    }

    @Test(
        "what became of an order is told by the code: done, not done, or to be asked for",
        arguments: [
            (
                VenueDialect.binance, "-1006",
                "An unexpected response was received from the message bus. Execution status unknown.",
                VenueError.Outcome.unknown
            ),
            (
                .binance, "-1007",
                "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
                .unknown
            ),
            (.binance, "-2010", "Account has insufficient balance for requested action.", .notDone),
            (.binance, "-2010", "Duplicate order sent.", .done),
            (.binance, "-1021", "Timestamp for this request is outside of the recvWindow.", .notDone),
            (.binanceUSDM, "-4116", "clientOrderId is duplicated", .done),
            (.binanceUSDM, "-4059", "No need to change position side.", .done),
            (.bybit, "10016", "Server error.", .unknown),
            (.bybit, "170007", "Timeout waiting for response from backend server.", .unknown),
            (.bybit, "110007", "Available balance is insufficient", .notDone),
            (.bybit, "110072", "OrderLinkedID is duplicate", .done),
            (.mexc, "30004", "Insufficient position", .notDone), (.mexc, "504", "Gateway Time-out", .unknown),
            (.mexc, "987654", "words nobody has seen", .unknown),
        ])
    func outcomes(venue: VenueDialect, code: String, message: String, outcome: VenueError.Outcome) {
        #expect(VenueError.classify(venue, code: code, message: message).outcome == outcome)
    }
}

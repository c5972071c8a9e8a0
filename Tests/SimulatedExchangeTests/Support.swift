import JSONText
import Testing
import TradingModel
import VenueTrading

@testable import SimulatedExchange

/// An exchange and the shell's side of it, with clocks that go on by hand.
final class Rig {
    var exchange: ExchangeBox
    var market: MarketTime
    var wall = WallTime(micros: 1_700_000_000_000_000)
    /// All that was sent to each connection, in order.
    var received: [ConnectionID: [String]] = [:]
    var others: [BoxDirective] = []
    private var nextRequest: UInt64 = 1

    static let start = MarketTime(micros: 1_748_736_000_000_000)

    init(
        symbols: [String] = ["BTC/USDT", "ETH/USDT"], seed: UInt64 = 1, lookBack: Int = 30,
        change: (inout BoxSettings) -> Void = { _ in }
    ) {
        var settings = BoxSettings(start: Rig.start)
        settings.symbols = symbols.compactMap { Symbol($0) }
        settings.seed = seed
        settings.lookBack = lookBack
        change(&settings)
        exchange = ExchangeBox(settings)
        market = settings.start
    }

    var time: BoxTime { BoxTime(market: market, wall: wall) }

    func handle(_ event: BoxEvent) -> [BoxDirective] {
        var directives: [BoxDirective] = []
        exchange.handle(event, at: time, into: &directives)
        for directive in directives {
            if case .send(let id, let bytes, _) = directive {
                received[id, default: []].append(String(decoding: bytes, as: UTF8.self))
            } else {
                others.append(directive)
            }
        }
        return directives
    }

    /// Lets time go by on both clocks, a second at a time.
    func pass(_ span: Span) {
        let end = market + span
        while market < end {
            let step = min(Span.seconds(1), end - market)
            market = market + step
            wall = wall + step
            _ = handle(.tick)
        }
    }

    /// Sends a request as it is; `nil` where it got no answer.
    func send(
        _ method: String, _ path: String, query: String = "", body: String = "", key: String? = nil
    ) -> BoxReply? {
        let id = nextRequest
        nextRequest += 1
        let request = BoxRequest(id: id, method: method, path: path, query: query, apiKey: key, body: body)
        for directive in handle(.request(request)) {
            if case .reply(id, let reply, _) = directive { return reply }
        }
        return nil
    }

    /// An open request.
    func get(_ path: String, _ query: String = "") throws -> JSONValue {
        let reply = try #require(send("GET", path, query: query))
        return try JSONValue.parse(reply.body)
    }

    /// A signed request by the client's own signer.
    func signed(
        _ method: String, _ path: String, _ query: String = "", skew: Int64 = 0, key: BoxKey = .standard
    ) throws -> (status: Int, value: JSONValue) {
        let reply = try #require(signedReply(method, path, query, skew: skew, key: key))
        return (reply.status, try JSONValue.parse(reply.body))
    }

    func signedReply(
        _ method: String, _ path: String, _ query: String = "", skew: Int64 = 0, key: BoxKey = .standard
    ) -> BoxReply? {
        let stamp = market.micros / 1_000 + skew
        let text = (query.isEmpty ? "" : query + "&") + "timestamp=\(stamp)"
        let whole = text + "&signature=" + Signer.signature(of: text, secret: key.secret)
        if method == "POST" { return send(method, path, body: whole, key: key.key) }
        return send(method, path, query: whole, key: key.key)
    }

    /// The code of a refusal; `nil` where it was none.
    func code(_ method: String, _ path: String, _ query: String = "") throws -> Int64? {
        let (status, value) = try signed(method, path, query)
        return status == 200 ? nil : try value.node["code"].integer()
    }

    func open(_ path: String, _ query: String = "", id: UInt64 = 1) -> ConnectionID {
        let connection = ConnectionID(id)
        _ = handle(.opened(connection, path: path, query: query))
        return connection
    }

    /// What a connection got since the last time.
    func take(_ id: ConnectionID) -> [String] {
        defer { received[id] = [] }
        return received[id] ?? []
    }

    func admin(_ method: String, _ path: String, _ body: String = "") throws -> JSONValue {
        let reply = try #require(send(method, path, body: body))
        return try JSONValue.parse(reply.body)
    }

    func price(_ symbol: String, _ market: BoxMarket = .usdm) throws -> Price {
        let index = try #require(exchange.places[market.rawValue][symbol])
        return exchange.listings[index].price(exchange.listings[index].lastTicks)
    }
}

extension JSONValue {
    var text: String? { if case .string(let text) = self { text } else { nil } }
    var list: [JSONValue] { if case .array(let list) = self { list } else { [] } }
    var whole: Int64? { if case .number(let number) = self { number.integer } else { nil } }
}

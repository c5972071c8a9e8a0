import ExecutionCore
import JSONText
import TradingModel
import VenueTrading
import Venues

// MARK: - The connection

extension VenueConnector {
    /// Connects the stream of the account; where the exchange wants a listen key, that is asked for first.
    mutating func openStream(_ turn: inout ConnectorTurn) {
        stream.isWanted = true
        stream.isSubscribed = false
        switch market {
        case .binanceUSDM, .mexcSpot: enqueue(.openUserStream, for: .keepStream, .entry, &turn)
        case .binanceSpot, .mexcContract: connect(policy.streamURL, ping: nil, &turn)
        case .bybitSpot, .bybitLinear: connect(policy.streamURL, ping: "{\"op\":\"ping\"}", &turn)
        }
    }

    private func connect(_ url: String, ping: String?, _ turn: inout ConnectorTurn) {
        turn.directives.append(.openStream(url: url, pingText: ping))
    }

    /// The listen key's life is made longer; where that fails, a new one is asked for.
    mutating func keepStream(_ turn: inout ConnectorTurn) {
        guard let key = stream.listenKey else { return openStream(&turn) }
        enqueue(.keepUserStream(key: key), for: .keepStream, .entry, &turn)
    }

    mutating func heardKeepStream(_ outcome: CallOutcome, _ turn: inout ConnectorTurn) {
        switch outcome {
        case .data(let message):
            if let key = message.data.text("listen_key"), key != stream.listenKey {
                stream.listenKey = key
                // Binance's routed address (since 2026) and MEXC take the key as a parameter.
                let isRouted = market == .mexcSpot || policy.streamURL.contains("/private/")
                let separator = isRouted ? "?listenKey=" : "/"
                connect(
                    policy.streamURL + separator + key,
                    ping: market == .mexcSpot ? "{\"method\":\"PING\"}" : nil, &turn)
            }
            turn.schedule(.keepStream, after: .minutes(25))
        case .refused(let error):
            stream.listenKey = nil
            turn.log(
                .warning, "\(market.title) gives no stream of orders (\(error.words)): orders are asked for instead")
            turn.schedule(.openStream, after: backOff("stream", 5))
        case .unreadable(let why):
            stream.listenKey = nil
            turn.log(.warning, "\(market.title) gives no stream of orders (\(why)): orders are asked for instead")
            turn.schedule(.openStream, after: backOff("stream", 5))
        }
    }

    mutating func streamOpened(_ turn: inout ConnectorTurn) {
        switch market {
        case .binanceUSDM: subscribed(&turn)
        case .mexcSpot:
            let topics = ["deals", "orders", "account"].map { "\"spot@private.\($0).v3.api.pb\"" }
            say("{\"method\":\"SUBSCRIPTION\",\"params\":[\(topics.joined(separator: ","))],\"id\":1}", &turn)
        case .binanceSpot, .bybitSpot, .bybitLinear:
            // Signed in this moment: the signature is good for some seconds only.
            guard let request = try? request(.openUserStream, at: turn.now) else { return }
            say(request.body, &turn)
        case .mexcContract: break
        }
    }

    private func say(_ text: String, _ turn: inout ConnectorTurn) { turn.directives.append(.say(text)) }

    private mutating func subscribed(_ turn: inout ConnectorTurn) {
        guard !stream.isSubscribed else { return }
        stream.isSubscribed = true
        stream.losses = 0
        if stream.hasBeenUp { turn.report(.resumed) }
        stream.hasBeenUp = true
    }

    /// Until it is there again, orders are asked for.
    mutating func streamLost(_ reason: String, _ turn: inout ConnectorTurn) {
        if stream.isSubscribed {
            turn.log(.warning, "the stream of orders of \(market.title) is lost (\(reason)): orders are asked for")
            for id in trackedOrder where tracked[id]?.isOver == false {
                checkLater(id, after: .seconds(2), &turn)
            }
        }
        stream.isSubscribed = false
        stream.losses += 1
        // A listen key that has ended connects no more: after some attempts a new one is asked for.
        guard stream.losses % 4 == 0, stream.listenKey != nil else { return }
        stream.listenKey = nil
        turn.schedule(.openStream, after: .seconds(1))
    }
}

// MARK: - What it says

extension VenueConnector {
    mutating func hear(stream bytes: [UInt8], _ turn: inout ConnectorTurn) {
        do {
            take(try VenueMessages.parse(try MexcProtobuf.json(bytes), venue: dialect, kind: .ws), &turn)
        } catch {
            turn.log(.warning, "a message of the stream of \(market.title) was not read: \(error)")
        }
    }

    mutating func hear(stream text: String, _ turn: inout ConnectorTurn) {
        do throws(JSONError) {
            take(try VenueMessages.parse(text, venue: dialect, kind: .ws), &turn)
        } catch {
            turn.log(.warning, "a message of the stream of \(market.title) was not read: \(error)")
        }
    }

    private mutating func take(_ message: ParsedMessage, _ turn: inout ConnectorTurn) {
        switch message.type {
        case "acknowledgement": acknowledged(message, &turn)
        case "error":
            let words = VenueError(message.data, dialect, status: nil).words
            turn.log(.error, "the stream of orders of \(market.title) refuses: \(words)")
        case "order_update":
            for item in message.data.items { take(order: item, message, &turn) }
        case "fill" where message.endpoint != "trade_lite":
            for item in message.data.items { take(fill: item, message, &turn) }
        case "account_update" where message.data.text("reason") == "funding_fee":
            askFunding(since: clock.now(turn.now) - .hours(1), &turn)
        case "stream_ended":
            stream.listenKey = nil
            streamLost("the exchange ended it", &turn)
            openStream(&turn)
        default: break
        }
    }

    private mutating func acknowledged(_ message: ParsedMessage, _ turn: inout ConnectorTurn) {
        guard market.venue == .bybit, message.data.text("op") == "auth" else { return subscribed(&turn) }
        say("{\"op\":\"subscribe\",\"args\":[\"order\",\"execution\"]}", &turn)
    }

    private mutating func take(order data: JSONValue, _ message: ParsedMessage, _ turn: inout ConnectorTurn) {
        var data = data
        if data.text("symbol") == nil, case .object(var object) = data, let symbol = message.header["symbol"] {
            object["symbol"] = symbol
            data = .object(object)
        }
        guard var reading = OrderReading(data, market), let symbol = symbols[reading.spelling] else { return }
        if reading.updatedAt == nil { reading.updatedAt = message.header["event_time"].flatMap(Self.time) }
        guard let id = identify(clientOrderID: reading.clientOrderID, venueOrderID: reading.venueOrderID) else {
            return meet(external: reading, symbol, data, &turn)
        }
        if message.endpoint == "algo_update" { return take(conditional: reading, of: id, symbol, &turn) }
        // What a conditional order has become has an id of its own; any other order under two ids is two orders.
        let isConditional = tracked[id]?.isConditional ?? false
        let isSecond = isConditional && tracked[id]?.venueOrderID.map { $0 != reading.venueOrderID } ?? false
        if isSecond { byVenueID[reading.venueOrderID] = id }
        if !isSecond { track(id, symbol, venueOrderID: reading.venueOrderID, isConditional: reading.isConditional) }
        let isAlive = reading.status == .accepted || reading.status == .partiallyFilled
        if isAlive, !isSecond {
            let time = reading.updatedAt ?? clock.now(turn.now)
            turn.report(.accepted(id, venueOrderID: reading.venueOrderID, at: time))
        }
        if reading.execution == "trade" || reading.execution == "calculated" {
            tell(part: data, of: id, symbol, reading.side, &turn)
        }
        take(reading, of: id, &turn)
    }

    private static func time(_ value: JSONValue) -> MarketTime? {
        (try? value.node.integer()).map { MarketTime(micros: $0) }
    }

    /// A conditional order of Binance's: what it becomes is an order with an id of its own.
    private mutating func take(
        conditional reading: OrderReading, of id: ClientOrderID, _ symbol: Symbol, _ turn: inout ConnectorTurn
    ) {
        track(id, symbol, venueOrderID: reading.venueOrderID, isConditional: true)
        if let actual = reading.actualOrderID {
            byVenueID[actual] = id
            // From here on it is a market order: nothing of it may be missed.
            tracked[id]?.isImmediate = true
            return checkLater(id, after: .seconds(1), &turn)
        }
        switch reading.status {
        case .accepted:
            turn.report(
                .accepted(id, venueOrderID: reading.venueOrderID, at: reading.updatedAt ?? clock.now(turn.now)))
        case .canceled, .expired, .rejected: take(reading, of: id, &turn)
        default: checkLater(id, after: .seconds(1), &turn)
        }
    }

    private mutating func tell(
        part data: JSONValue, of id: ClientOrderID, _ symbol: Symbol, _ side: OrderSide?, _ turn: inout ConnectorTurn
    ) {
        let spelling = MarketSymbol(symbol).spelling(at: market)
        guard var part = FillReading(data, spelling: spelling), let side = part.side ?? side else { return }
        if part.time == .distantPast { part.time = clock.now(turn.now) }
        tell(fill(part, of: id, symbol, side: side), &turn)
    }

    private mutating func take(fill data: JSONValue, _ message: ParsedMessage, _ turn: inout ConnectorTurn) {
        if let payment = payment(data) { return turn.report(.funding(payment)) }
        let spelling = data.text("symbol") ?? message.header["symbol"].flatMap { try? $0.node.text() }
        guard let spelling, let symbol = symbols[spelling],
            let part = FillReading(data, spelling: spelling)
        else { return }
        guard let id = identify(clientOrderID: part.clientOrderID, venueOrderID: part.orderID) else {
            // Somebody else's order: it is told of with its order.
            return startTour(since: clock.now(turn.now) - .minutes(10), &turn)
        }
        tell(part: data, of: id, symbol, part.side, &turn)
        if let order = tracked[id], order.told >= order.filled, order.filled.isPositive, order.isImmediate {
            checkLater(id, after: .seconds(1), &turn)
        }
    }

    /// An order that is not from us: a hand at the exchange's screen, a liquidation, or what a conditional order of ours
    /// has become before we heard of it.
    private mutating func meet(
        external reading: OrderReading, _ symbol: Symbol, _ data: JSONValue, _ turn: inout ConnectorTurn
    ) {
        let mayBeOurs = trackedOrder.contains { id in
            tracked[id].map { $0.isConditional && !$0.isOver && $0.symbol == symbol } ?? false
        }
        if mayBeOurs {
            for id in trackedOrder {
                guard let order = tracked[id], order.isConditional, !order.isOver, order.symbol == symbol else {
                    continue
                }
                tracked[id]?.isImmediate = true
                checkLater(id, after: .milliseconds(200), &turn)
            }
            return startTour(since: clock.now(turn.now) - .minutes(10), &turn)
        }
        let id = externalID(reading)
        track(id, symbol, venueOrderID: reading.venueOrderID, isConditional: reading.isConditional)
        tracked[id]?.isExternal = true
        var request = reading.request(id, symbol)
        let word = reading.clientOrderID ?? ""
        if word.hasPrefix("autoclose-") || word.hasPrefix("adl_autoclose") || word.hasPrefix("settlement_autoclose") {
            request.purpose = .exit
            request.exitReason = .liquidation
        }
        turn.report(
            .adopted(request, venueOrderID: reading.venueOrderID, at: reading.updatedAt ?? clock.now(turn.now)))
        if reading.execution == "trade" || reading.execution == "calculated" {
            tell(part: data, of: id, symbol, reading.side, &turn)
        }
        take(reading, of: id, &turn)
    }
}

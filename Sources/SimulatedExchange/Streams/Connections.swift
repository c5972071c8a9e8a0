import JSONText
import TradingModel

extension ExchangeBox {
    /// A WebSocket was opened: `/ws`, `/ws/a/b`, `/stream?streams=a/b`, `/ws-api/v3`, each also behind `/spot` or `/usdm`.
    mutating func openStream(_ id: ConnectionID, path: String, query: String) {
        let (plain, named) = ExchangeBox.plainPath(path)
        var rest = plain.split(separator: "/").map(String.init)
        // Binance has split its addresses by purpose: /public, /market and /private carry the same streams here.
        if let first = rest.first, ["public", "market", "private"].contains(first) { rest.removeFirst() }
        let isAPI = rest.first == "ws-api" || rest.first == "ws-fapi"
        let isCombined = rest.first == "stream"
        guard isAPI || isCombined || rest.first == "ws" || rest.isEmpty else {
            out.append(.close(id, code: 1_008, reason: "no stream is at \(path)"))
            return
        }
        let market = named ?? (rest.first == "ws-fapi" ? .usdm : .spot)
        connections[id] = StreamConnection(id: id, market: market, isCombined: isCombined, isAPI: isAPI)
        guard !isAPI else { return }
        var names = isCombined ? [] : Array(rest.dropFirst())
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let value = Parameters.decode(parts[1]) else { continue }
            if parts[0] == "streams" { names += value.split(separator: "/").map(String.init) }
            if parts[0] == "listenKey" { names.append(value) }
        }
        for name in names { subscribe(id, name) }
    }

    mutating func closeStream(_ id: ConnectionID) {
        guard let connection = connections[id] else { return }
        for name in connection.subscriptions { unsubscribe(id, name) }
        connections[id] = nil
    }

    mutating func readStream(_ id: ConnectionID, _ text: String) {
        guard let connection = connections[id], !connection.isFrozen else { return }
        counters.messages += 1
        let second = now.wall.micros / 1_000_000
        if connection.messageSecond != second {
            connections[id]?.messageSecond = second
            connections[id]?.messages = 0
        }
        connections[id]?.messages += 1
        if connection.messages >= (connection.market == .spot ? 5 : 10), connection.messageSecond == second,
            !connection.isAPI
        {
            out.append(.close(id, code: 1_008, reason: "Too many requests"))
            closeStream(id)
            return
        }
        guard let message = try? JSONValue.parse(text), case .object(let object) = message else {
            send(id, ["error": ["code": 3, "msg": "Invalid JSON: the message is no object"]])
            return
        }
        if connection.isAPI { return answerAPI(id, object) }
        let number = object["id"] ?? JSONValue.null
        var names: [String] = []
        if case .array(let list)? = object["params"] {
            for case .string(let name) in list { names.append(name) }
        }
        switch object["method"] {
        case .string("SUBSCRIBE"):
            for name in names { subscribe(id, name) }
            send(id, ["result": .null, "id": number])
        case .string("UNSUBSCRIBE"):
            for name in names { unsubscribe(id, name) }
            send(id, ["result": .null, "id": number])
        case .string("LIST_SUBSCRIPTIONS"):
            let list = connection.subscriptions + connection.userStreams
            send(id, ["result": .array(list.map { .string($0) }), "id": number])
        case .string("SET_PROPERTY"):
            if case .array(let list)? = object["params"], list.count == 2, case .bool(let flag) = list[1] {
                connections[id]?.isCombined = flag
            }
            send(id, ["result": .null, "id": number])
        default:
            send(
                id,
                [
                    "error": [
                        "code": 2,
                        "msg": "Invalid request: unknown method, known are SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS",
                    ], "id": number,
                ])
        }
    }

    mutating func send(_ id: ConnectionID, _ value: JSONValue) {
        var bytes: [UInt8] = []
        value.write(to: &bytes)
        out.append(.send(id, bytes, after: .zero))
    }

    /// Adds a stream; one that is there already, or that no symbol has, changes nothing, as at the exchange.
    private mutating func subscribe(_ id: ConnectionID, _ name: String) {
        guard let connection = connections[id] else { return }
        if listenKeys.contains(where: { $0.text == name && $0.market == connection.market }) {
            if !connection.userStreams.contains(name) { connections[id]?.userStreams.append(name) }
            return
        }
        guard !connection.subscriptions.contains(name) else { return }
        connections[id]?.subscriptions.append(name)
        if let kind = StreamKind(global: name, market: connection.market) {
            StreamTopic.add(id, to: kind, in: &globalStreams[connection.market.rawValue])
        } else if let (index, kind) = stream(name, connection.market) {
            StreamTopic.add(id, to: kind, in: &listings[index].streams)
            if kind.needsBook { watchBook(index) }
            if kind.family == .ticker || kind.family == .miniTicker || kind.interval != nil { loadHistory(index) }
        }
    }

    private mutating func watchBook(_ index: Int) {
        listings[index].depthWatchers += 1
        if !listings[index].isBookCurrent { requote(index) }
        if listings[index].depthWatchers == 1 {
            // Who comes now needs a snapshot anyway: changes count from here.
            listings[index].book.clearChanges()
            listings[index].publishedID = listings[index].updateID
        }
    }

    private mutating func unsubscribe(_ id: ConnectionID, _ name: String) {
        guard let connection = connections[id] else { return }
        connections[id]?.userStreams.removeAll { $0 == name }
        guard connection.subscriptions.contains(name) else { return }
        connections[id]?.subscriptions.removeAll { $0 == name }
        if let kind = StreamKind(global: name, market: connection.market) {
            StreamTopic.remove(id, from: kind, in: &globalStreams[connection.market.rawValue])
        } else if let (index, kind) = stream(name, connection.market) {
            StreamTopic.remove(id, from: kind, in: &listings[index].streams)
            if kind.needsBook { listings[index].depthWatchers -= 1 }
        }
    }

    /// `btcusdt@kline_1m` → listing and kind.
    private func stream(_ name: String, _ market: BoxMarket) -> (Int, StreamKind)? {
        guard let at = name.firstIndex(of: "@"),
            let index = places[market.rawValue][name[..<at].uppercased()],
            let kind = StreamKind(String(name[name.index(after: at)...]), market: market)
        else { return nil }
        return (index, kind)
    }

    // MARK: Sending events

    /// Sends one event to who listens, with what is wrong with the way there.
    mutating func deliver(_ payload: [UInt8], _ name: String, to ids: [ConnectionID]) {
        for id in ids {
            guard let connection = connections[id], !connection.isFrozen else { continue }
            if now.wall < connection.silentUntil { continue }
            transmit(payload, name, connection, faults.streamFault(name, isUser: false))
        }
    }

    mutating func transmit(
        _ payload: [UInt8], _ name: String, _ connection: StreamConnection, _ fault: Fault?
    ) {
        let id = connection.id
        let frame = envelope(payload, name, connection)
        switch fault?.kind {
        case .gap: break
        case .duplicate:
            out.append(.send(id, frame, after: .zero))
            out.append(.send(id, frame, after: .zero))
        case .outOfOrder where connection.held == nil:
            connections[id]?.held = (name, payload)
            return
        case .garbage:
            out.append(.send(id, Array(frame.prefix(frame.count / 2)) + Array("\u{1}garbage".utf8), after: .zero))
        case .latency: out.append(.send(id, frame, after: fault?.delay ?? .zero))
        case .disconnect:
            out.append(.sever(id))
            closeStream(id)
            return
        case .halfOpen:
            out.append(.freeze(id))
            connections[id]?.isFrozen = true
            return
        case .silence:
            connections[id]?.silentUntil = now.wall + (fault?.delay ?? .seconds(60))
            return
        default: out.append(.send(id, frame, after: .zero))
        }
        if let held = connection.held {
            connections[id]?.held = nil
            out.append(.send(id, envelope(held.payload, held.name, connection), after: .zero))
        }
    }

    private func envelope(_ payload: [UInt8], _ name: String, _ connection: StreamConnection) -> [UInt8] {
        if connection.isAPI {
            return Array(#"{"subscriptionId":\#(name),"event":"#.utf8) + payload + [UInt8(ascii: "}")]
        }
        guard connection.isCombined else { return payload }
        return Array(#"{"stream":"\#(name)","data":"#.utf8) + payload + [UInt8(ascii: "}")]
    }
}

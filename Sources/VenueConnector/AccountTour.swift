import ExecutionCore
import JSONText
import TradingModel
import VenueTrading
import Venues

/// The way through everything that the exchange holds for us, one question after the other.
struct AccountTour: Sendable {
    enum Step: Sendable {
        case open(Symbol?, isConditional: Bool, cursor: String?)
        case fills(Symbol)
        /// An order that only its fills tell of.
        case order(Symbol, String)
        /// The fills of an open order that are older than what was asked for.
        case fillsOf(Symbol, String)
        case positions(cursor: String?)
        case balances
    }

    let since: MarketTime
    var steps: [Step]
    var open: [OrderReading] = []
    var ended: [String: OrderReading] = [:]
    var fills: [FillReading] = []
    var positions: [VenuePosition] = []
    var wallet: Money?
    var hasLookedDeeper = false
    /// How often the current step was not answered.
    var failures = 0
    /// Which tour it is.
    var number = 0
}

extension VenueConnector {
    mutating func startTour(since: MarketTime, _ turn: inout ConnectorTurn) {
        guard setUp.isDone else { return }
        if let tour {
            // Who asks meanwhile is answered by this one, unless it does not go back far enough.
            if since < tour.since { nextTour = min(since, nextTour ?? since) }
            return
        }
        let all = instruments.keys.sorted()
        // MEXC tells the open orders of one symbol at a time; at Binance a few symbols cost less than all of them.
        let isOneByOne = market == .mexcSpot || market.venue == .binance && all.count <= 20
        let scopes: [Symbol?] = isOneByOne ? all : [nil]
        var steps: [AccountTour.Step] = scopes.map { .open($0, isConditional: false, cursor: nil) }
        if keepsApart { steps += scopes.map { .open($0, isConditional: true, cursor: nil) } }
        steps += instruments.keys.sorted().map { .fills($0) }
        steps.append(market.isSpot ? .balances : .positions(cursor: nil))
        tours += 1
        tour = AccountTour(since: since, steps: steps)
        tour?.number = tours
        askStep(&turn)
        askFunding(since: since - .hours(24), &turn)
    }

    mutating func askStep(_ turn: inout ConnectorTurn) {
        guard let tour else { return }
        guard let step = tour.steps.first else { return lookDeeper(&turn) }
        let call: TradingCall
        var extras = JSONObject()
        switch step {
        case .open(let symbol, let isConditional, let cursor):
            let limit = market.venue == .bybit ? 50 : nil
            call = .openOrders(symbol.map { MarketSymbol($0) }, isConditional: isConditional, limit: limit)
            extras["cursor"] = cursor.map { .string($0) }
        case .fills(let symbol):
            let since = max(0, tour.since.micros / 1_000)
            let limit = market.venue == .bybit || market == .mexcSpot ? 100 : 1_000
            call = .fills(MarketSymbol(symbol), nil, TimeWindow(since: since, limit: limit))
        case .order(let symbol, let id): call = .query(OrderKey(symbol: MarketSymbol(symbol), venueOrderID: id))
        case .fillsOf(let symbol, let id):
            call = .fills(
                MarketSymbol(symbol), OrderKey(symbol: MarketSymbol(symbol), venueOrderID: id), TimeWindow())
        case .positions(let cursor):
            call = .positions(nil)
            extras["cursor"] = cursor.map { .string($0) }
        case .balances: call = .balances
        }
        enqueue(call, for: .tour, .entry, extras: extras, &turn)
    }

    /// Asks the same again after a pause: an exchange that answers now and then is told of in the end.
    mutating func failTour(_ reason: String, _ turn: inout ConnectorTurn) {
        if let found = tour, found.failures < 8 {
            tour?.failures += 1
            return turn.schedule(.tour(found.number), after: backOff("tour", found.failures))
        }
        // Execution asks again until it is answered.
        tour = nil
        nextTour = nil
        turn.log(.warning, "\(market.title) did not tell of the account: \(reason)")
    }

    mutating func heardTour(_ outcome: CallOutcome, _ turn: inout ConnectorTurn) {
        guard let step = tour?.steps.first else { return }
        switch outcome {
        case .unreadable(let why): return failTour(why, &turn)
        case .refused(let error):
            guard case .order = step, error.category == .notFound else { return failTour(error.words, &turn) }
            tour?.steps.removeFirst()
            tour?.failures = 0
        case .data(let message):
            tour?.steps.removeFirst()
            tour?.failures = 0
            take(message, step)
        }
        askStep(&turn)
    }

    private mutating func take(_ message: ParsedMessage, _ step: AccountTour.Step) {
        let items = message.data.items
        let cursor = message.header["next_page_cursor"].flatMap { try? $0.node.text() }
        let next = cursor.flatMap { $0.isEmpty || items.isEmpty ? nil : $0 }
        guard var found = tour else { return }
        switch step {
        case .open(let symbol, let isConditional, _):
            found.open += items.compactMap { OrderReading($0, market) }
            if let next { found.steps.insert(.open(symbol, isConditional: isConditional, cursor: next), at: 0) }
        case .fills(let symbol), .fillsOf(let symbol, _):
            let spelling = MarketSymbol(symbol).spelling(at: market)
            let known = Set(found.fills.map(\.name))
            found.fills += items.compactMap { FillReading($0, spelling: spelling) }.filter { !known.contains($0.name) }
        case .order(_, let id):
            if let reading = items.first.flatMap({ OrderReading($0, market) }) { found.ended[id] = reading }
        case .positions:
            found.positions += items.compactMap(position)
            if let next { found.steps.insert(.positions(cursor: next), at: 0) }
        case .balances:
            found.wallet = wallet(message)
            found.positions = holdings(message)
        }
        tour = found
    }

    private func position(_ item: JSONValue) -> VenuePosition? {
        guard let spelling = item.text("symbol"), let symbol = symbols[spelling],
            let quantity: Quantity = item.decimal("quantity"), !quantity.isZero
        else { return nil }
        let isShort = quantity.isNegative || item.text("side") == "sell"
        return VenuePosition(symbol: symbol, side: isShort ? .short : .long, quantity: quantity.magnitude)
    }

    /// What a spot account holds of the coins that are traded.
    private func holdings(_ message: ParsedMessage) -> [VenuePosition] {
        let data = message.data[0] ?? message.data
        var amounts: [String: Quantity] = [:]
        for item in data["balances"]?.items ?? [] {
            guard let asset = item.text("asset") else { continue }
            let free: Quantity? = item.decimal("balance") ?? item.decimal("free")
            let locked: Quantity? = item["balance"] == nil ? item.decimal("locked") : nil
            amounts[asset] = (free ?? .zero) + (locked ?? .zero)
        }
        return instruments.keys.sorted().compactMap { symbol in
            guard let amount = amounts[symbol.baseCurrency], amount.isPositive else { return nil }
            return VenuePosition(symbol: symbol, side: .long, quantity: amount)
        }
    }

    /// Asks for the orders behind fills that nobody has told of, then for older fills of open orders; then it is over.
    private mutating func lookDeeper(_ turn: inout ConnectorTurn) {
        guard let found = tour, !found.hasLookedDeeper else { return finishTour(&turn) }
        tour?.hasLookedDeeper = true
        let open = Set(found.open.map(\.venueOrderID))
        var asked: Set<String> = []
        for fill in found.fills {
            guard let order = fill.orderID, !open.contains(order), let symbol = symbols[fill.spelling],
                asked.insert(order).inserted
            else { continue }
            if let id = identify(clientOrderID: nil, venueOrderID: order), let known = tracked[id] {
                let isTold = found.fills.filter { $0.orderID == order }.allSatisfy { known.fills.contains($0.name) }
                // Conditional orders are asked for by their own id, elsewhere.
                if isTold || known.isConditional { continue }
            }
            tour?.steps.append(.order(symbol, order))
        }
        for order in found.open {
            guard let filled = order.filled, filled.isPositive, let symbol = symbols[order.spelling] else { continue }
            let told = found.fills.filter { $0.orderID == order.venueOrderID }.reduce(Quantity.zero) {
                $0 + $1.quantity
            }
            if told < filled { tour?.steps.append(.fillsOf(symbol, order.venueOrderID)) }
        }
        askStep(&turn)
    }

    private mutating func finishTour(_ turn: inout ConnectorTurn) {
        guard let found = tour else { return }
        tour = nil
        let byOrder = Dictionary(grouping: found.fills) { $0.orderID ?? "" }
        func order(_ reading: OrderReading) -> VenueOrder? {
            guard let symbol = symbols[reading.spelling] else { return nil }
            let known = identify(clientOrderID: reading.clientOrderID, venueOrderID: reading.venueOrderID)
            return venueOrder(
                reading, byOrder[reading.venueOrderID] ?? [], known ?? externalID(reading), symbol, turn.now)
        }
        let open = found.open.compactMap(order)
        let ended = found.ended.values.compactMap(order).sorted {
            ($0.updatedAt, $0.venueOrderID) < ($1.updatedAt, $1.venueOrderID)
        }
        for one in open + ended {
            let isExternal = identify(clientOrderID: one.request.clientOrderID.text, venueOrderID: nil) == nil
            note(one)
            if isExternal { tracked[one.request.clientOrderID]?.isExternal = true }
        }
        var account = VenueAccount(openOrders: open, endedOrders: ended, positions: found.positions, cash: nil)
        account.isHoldings = market.isSpot
        account.wallet = found.wallet
        turn.report(.account(account))
        if let since = nextTour {
            nextTour = nil
            startTour(since: since, &turn)
        }
    }
}

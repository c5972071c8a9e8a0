import JSONText
import TradingModel

/// Brings prices and quantities to the instrument's steps and remembers what that changed.
///
/// A price goes to the nearest tick, a quantity and a cost down: more than was wanted is never ordered.
struct StepWriter {
    let steps: TradingSteps
    private(set) var notes: [String] = []

    init(steps: TradingSteps) { self.steps = steps }

    mutating func price(_ value: ExactDecimal, _ name: String = "price") throws(CallRefusal) -> String {
        guard value.isPositive else { throw CallRefusal(.badAmount, "the \(name) \(value) is not above zero") }
        guard let step = steps.price, !value.isMultiple(of: step) else { return value.description }
        guard let nearest = value.rounded(toMultipleOf: step, .halfEven), nearest.isPositive else {
            throw CallRefusal(.badAmount, "the \(name) \(value) is below half of the tick \(step)")
        }
        notes.append("the \(name) \(value) became \(nearest): the tick is \(step)")
        return nearest.description
    }

    mutating func quantity(_ value: ExactDecimal?, _ name: String = "quantity") throws(CallRefusal) -> String {
        guard let value else { throw CallRefusal(.missing, "an order needs a \(name)") }
        return try cut(value, to: steps.quantity, name, "lot")
    }

    mutating func cost(_ value: ExactDecimal) throws(CallRefusal) -> String {
        try cut(value, to: steps.cost ?? steps.price, "cost", "step")
    }

    private mutating func cut(
        _ value: ExactDecimal, to step: ExactDecimal?, _ name: String, _ unit: String
    ) throws(CallRefusal) -> String {
        guard value.isPositive else { throw CallRefusal(.badAmount, "the \(name) \(value) is not above zero") }
        guard let step, !value.isMultiple(of: step) else { return value.description }
        guard let whole = value.rounded(toMultipleOf: step, .down), whole.isPositive else {
            throw CallRefusal(.dust, "the \(name) \(value) is less than one \(unit) of \(step): it cannot be traded")
        }
        notes.append("the \(name) \(value) was cut to \(whole): the \(unit) is \(step)")
        return whole.description
    }
}

extension OrderDraft {
    /// What contradicts itself at any exchange; `nil` where nothing does.
    func checkShape(at market: TradingMarket) throws(CallRefusal) {
        func refuse(_ sentence: String) -> CallRefusal { CallRefusal(.contradiction, sentence) }
        if kind == .limit, limitPrice == nil {
            throw CallRefusal(.missing, "a limit order needs a price")
        }
        if isPostOnly, kind == .market {
            throw refuse("a market order cannot be post-only: it takes what is there")
        }
        if isPostOnly, let timeInForce, timeInForce != .goodTilCanceled {
            throw refuse("a post-only order rests in the book and cannot be \(timeInForce.rawValue)")
        }
        if kind == .market, timeInForce == .fillOrKill {
            throw refuse("a market order takes no time in force: it fills at once what it can")
        }
        if market.isSpot, isReduceOnly {
            throw refuse("reduce-only is for derivatives: \(market.title) holds no positions to reduce")
        }
        if market.isSpot, closesPosition {
            throw refuse("\(market.title) holds no positions that an order could close")
        }
        if cost != nil, kind != .market || !market.isSpot {
            throw refuse("a cost instead of a quantity is for market orders on spot")
        }
        if let id = clientOrderID, !market.accepts(clientOrderID: id) {
            throw CallRefusal(
                .illegalClientOrderID,
                "\"\(id)\" is no client order id for \(market.title): it takes 1 to \(market.longestClientOrderID) "
                    + "characters of A-Z a-z 0-9 _ -")
        }
    }

    /// What a spot market order is worth at its price, where it has one; else its cost.
    var spending: ExactDecimal? {
        if let cost { return cost }
        guard let quantity, let limitPrice else { return nil }
        return quantity.times(limitPrice)
    }
}

extension OrderKey {
    /// Adds the client order id, or else the exchange's, under the names given.
    func add(to members: inout JSONObject, client: String, venue: String) throws(CallRefusal) {
        if let clientOrderID {
            members.add(client, clientOrderID)
        } else if let venueOrderID {
            members.add(venue, venueOrderID)
        } else {
            throw CallRefusal(.missing, "an order is named by its client order id or by the exchange's order id")
        }
    }
}

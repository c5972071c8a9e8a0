import JSONText
public import TradingModel

/// One trade of a run, as far as two runs can be compared.
public struct ComparedTrade: Hashable, Sendable {
    public var id: String
    public var symbol: Symbol
    public var side: PositionSide
    public var strategy: String
    public var quantity: Quantity
    public var entryPrice: Price
    public var exitPrice: Price
    public var entryTime: MarketTime
    public var exitTime: MarketTime
    public var fees: Money
    public var net: Money
    public var exitReason: String

    public init(_ trade: Trade) {
        id = trade.id
        symbol = trade.symbol
        side = trade.side
        strategy = trade.strategy
        quantity = trade.quantity
        entryPrice = trade.entryPrice
        exitPrice = trade.exitPrice
        entryTime = trade.entryTime
        exitTime = trade.exitTime
        fees = trade.fees
        net = trade.netPnL
        exitReason = trade.exitReason.rawValue
    }
}

/// Why two runs differ, trade by trade: size, timing, slippage, reason of the exit, fees, and trades one of them lacks.
///
/// Trades belong together by the id of the proposal they came from, which is the same in every run; what is left, by symbol,
/// side, strategy and the nearest entry within ``tolerance``. The difference of two results is split exactly: first the
/// size at A's prices, then the entry and the exit at B's size, then the fees; what rounding of the averages leaves is `rest`.
public struct RunComparison: Sendable {
    /// Why a part of a result differs.
    public enum Cause: String, Sendable, CaseIterable {
        case missingInA = "missing in A"
        case missingInB = "missing in B"
        case size
        case entryTiming = "entry timing"
        case entrySlippage = "entry slippage"
        case exitReason = "exit reason"
        case exitTiming = "exit timing"
        case exitSlippage = "exit slippage"
        case fee
        case rest
    }

    /// Two trades that belong together, or one without its other.
    public struct Pair: Sendable {
        public let a: ComparedTrade?
        public let b: ComparedTrade?
        /// What each cause makes of B's result less A's.
        public let parts: [(cause: Cause, amount: Money)]
        public var difference: Money { (b?.net ?? .zero) - (a?.net ?? .zero) }
        public var isSame: Bool { parts.isEmpty && a != nil && b != nil }
        public var time: MarketTime { a?.entryTime ?? b?.entryTime ?? .distantPast }

        /// One sentence for a person.
        public var sentence: String {
            guard let trade = a ?? b else { return "" }
            let name = "\(Wording.time(trade.entryTime)) \(trade.symbol) \(trade.side.rawValue) \(trade.strategy)"
            guard let a else {
                return "\(name): only in B, net \(Wording.money(trade.net)), left by \(trade.exitReason)"
            }
            guard let b else {
                return "\(name): only in A, net \(Wording.money(trade.net)), left by \(trade.exitReason)"
            }
            let words = parts.map { "\($0.cause.rawValue) \(Self.signed($0.amount))\(Self.detail($0.cause, a, b))" }
            return "\(name): \(Self.signed(difference)) = " + words.joined(separator: ", ")
        }

        private static func signed(_ money: Money) -> String { (money.isNegative ? "" : "+") + Wording.money(money) }

        private static func detail(_ cause: Cause, _ a: ComparedTrade, _ b: ComparedTrade) -> String {
            switch cause {
            case .size: " (\(a.quantity) → \(b.quantity))"
            case .entrySlippage: " (\(a.entryPrice) → \(b.entryPrice))"
            case .entryTiming: " (\(span(a.entryTime, b.entryTime)), \(a.entryPrice) → \(b.entryPrice))"
            case .exitSlippage: " (\(a.exitPrice) → \(b.exitPrice))"
            case .exitTiming: " (\(span(a.exitTime, b.exitTime)), \(a.exitPrice) → \(b.exitPrice))"
            case .exitReason: " (\(a.exitReason) → \(b.exitReason), \(a.exitPrice) → \(b.exitPrice))"
            case .fee: " (\(Wording.money(a.fees)) → \(Wording.money(b.fees)))"
            case .missingInA, .missingInB, .rest: ""
            }
        }

        private static func span(_ a: MarketTime, _ b: MarketTime) -> String {
            b < a ? "\(a - b) earlier" : "\(b - a) later"
        }
    }

    public let pairs: [Pair]
    /// How far apart the entries of two trades without a common id may be.
    public static let tolerance = Span.minutes(15)

    public init(_ a: [ComparedTrade], _ b: [ComparedTrade]) {
        var left = Dictionary(grouping: b.indices) { b[$0].id }.mapValues {
            $0.sorted { b[$0].entryTime < b[$1].entryTime }
        }
        var taken = Set<Int>()
        var pairs: [Pair] = []
        var unmatched: [ComparedTrade] = []
        for trade in a.sorted(by: { ($0.entryTime, $0.id) < ($1.entryTime, $1.id) }) {
            if let index = left[trade.id]?.first, b[index].symbol == trade.symbol {
                left[trade.id]?.removeFirst()
                taken.insert(index)
                pairs.append(Self.pair(trade, b[index]))
            } else {
                unmatched.append(trade)
            }
        }
        let rest = b.indices.filter { !taken.contains($0) }.sorted { b[$0].entryTime < b[$1].entryTime }
        for trade in unmatched {
            let near = rest.filter { index in
                !taken.contains(index) && b[index].symbol == trade.symbol && b[index].side == trade.side
                    && b[index].strategy == trade.strategy && Self.distance(b[index], trade) <= Self.tolerance
            }.min { Self.distance(b[$0], trade) < Self.distance(b[$1], trade) }
            guard let near else {
                pairs.append(Pair(a: trade, b: nil, parts: [(.missingInB, -trade.net)]))
                continue
            }
            taken.insert(near)
            pairs.append(Self.pair(trade, b[near]))
        }
        for index in rest where !taken.contains(index) {
            pairs.append(Pair(a: nil, b: b[index], parts: [(.missingInA, b[index].net)]))
        }
        self.pairs = pairs.sorted { $0.time < $1.time }
    }

    public var isSame: Bool { pairs.allSatisfy(\.isSame) }
    public var difference: Money { pairs.reduce(.zero) { $0 + $1.difference } }

    /// What each cause makes of the whole, in their order, with the number of trades it touches.
    public var totals: [(cause: Cause, trades: Int, amount: Money)] {
        Cause.allCases.compactMap { cause in
            let parts = pairs.flatMap(\.parts).filter { $0.cause == cause }
            return parts.isEmpty ? nil : (cause, parts.count, parts.reduce(.zero) { $0 + $1.amount })
        }
    }

    private static func distance(_ a: ComparedTrade, _ b: ComparedTrade) -> Span {
        a.entryTime < b.entryTime ? b.entryTime - a.entryTime : a.entryTime - b.entryTime
    }

    private static func pair(_ a: ComparedTrade, _ b: ComparedTrade) -> Pair {
        var parts: [(cause: Cause, amount: Money)] = []
        var rest = b.net - a.net
        func add(_ cause: Cause, _ amount: Money) {
            rest -= amount
            parts.append((cause, amount))
        }
        let sign = a.side == .long ? 1 : -1
        if a.quantity != b.quantity {
            let gain = (a.exitPrice - a.entryPrice).raw * (b.quantity - a.quantity).raw
            add(.size, Money(raw: gain).times(sign))
        }
        if a.entryPrice != b.entryPrice || a.entryTime != b.entryTime {
            let loss = Money(raw: (b.entryPrice - a.entryPrice).raw * b.quantity.raw).times(-sign)
            add(a.entryTime == b.entryTime ? .entrySlippage : .entryTiming, loss)
        }
        if a.exitPrice != b.exitPrice || a.exitTime != b.exitTime || a.exitReason != b.exitReason {
            let gain = Money(raw: (b.exitPrice - a.exitPrice).raw * b.quantity.raw).times(sign)
            let cause: Cause =
                a.exitReason != b.exitReason ? .exitReason : a.exitTime == b.exitTime ? .exitSlippage : .exitTiming
            add(cause, gain)
        }
        if a.fees != b.fees { add(.fee, a.fees - b.fees) }
        // Averages of several fills are rounded to 12 decimals; less than a hundred-millionth is that and nothing else.
        if rest.magnitude > Money(raw: Money.scale / 100_000_000) { parts.append((.rest, rest)) }
        return Pair(a: a, b: b, parts: parts)
    }
}

/// A comparison as text and as JSON.
extension RunComparison {
    public func lines(limit: Int) -> [String] {
        let same = pairs.count(where: \.isSame)
        var lines = ["\(pairs.count) trades, \(same) of them the same"]
        guard !isSame else { return lines }
        let rows = totals.map { [$0.cause.rawValue, "\($0.trades)", Wording.money($0.amount)] }
        lines += TextReport.table(
            "WHY B DIFFERS FROM A", ["Cause", "Trades", "Result"],
            rows + [["TOTAL", "\(pairs.count - same)", Wording.money(difference)]],
            isRight: [1, 2])
        lines.append("")
        let different = pairs.filter { !$0.isSame }
        lines += different.prefix(limit).map(\.sentence)
        if different.count > limit { lines.append("and \(different.count - limit) more; --limit shows them") }
        return lines
    }

    public func text() -> String {
        var out = JSONBuilder()
        out.add("kind", .string("comparison"))
        out.add("trades", .init(pairs.count))
        out.add("same", .init(pairs.count(where: \.isSame)))
        out.add("difference", .string(difference.description))
        out.add(
            "causes",
            .array(
                totals.map { total in
                    var part = JSONBuilder()
                    part.add("cause", .string(total.cause.rawValue))
                    part.add("trades", .init(total.trades))
                    part.add("amount", .string(total.amount.description))
                    return part.value
                }))
        out.add("differences", .array(pairs.filter { !$0.isSame }.map { .string($0.sentence) }))
        return out.value.text()
    }
}

/// The trades of a report that was written as JSON.
extension RunComparison {
    /// Reads `report.json`. Throws one sentence that names what is wrong.
    public static func trades(ofReport bytes: [UInt8]) throws(UnreadableReport) -> [ComparedTrade] {
        do throws(JSONError) {
            let root = JSONNode(try JSONValue.parse(bytes))
            var trades: [ComparedTrade] = []
            for node in try root["trades"].elements() { trades.append(ComparedTrade(try trade(node))) }
            return trades
        } catch {
            throw UnreadableReport(description: "\(error)")
        }
    }

    private static func trade(_ node: JSONNode) throws(JSONError) -> Trade {
        var trade = Trade()
        trade.id = try node["id"].string()
        guard let symbol = Symbol(try node["symbol"].string()) else { throw node["symbol"].bad("is no symbol") }
        guard let side = PositionSide(rawValue: try node["side"].string()) else { throw node["side"].bad("is no side") }
        guard let reason = ExitReason(rawValue: try node["exitReason"].string()) else {
            throw node["exitReason"].bad("is no exit reason")
        }
        (trade.symbol, trade.side, trade.exitReason) = (symbol, side, reason)
        trade.strategy = try node["strategy"].string()
        trade.quantity = try node["quantity"].decimal()
        trade.entryPrice = try node["entryPrice"].decimal()
        trade.exitPrice = try node["exitPrice"].decimal()
        trade.entryTime = MarketTime(micros: try node["entryTime"].integer())
        trade.exitTime = MarketTime(micros: try node["exitTime"].integer())
        trade.fees = try node["fees"].decimal()
        trade.netPnL = try node["netPnl"].decimal()
        return trade
    }
}

/// Why a report cannot be compared; one sentence.
public struct UnreadableReport: Error, CustomStringConvertible, Sendable {
    public let description: String
}

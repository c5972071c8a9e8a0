public import TradingModel

/// A series of returns, each a share of equity, kept in constant space.
public struct ReturnSeries: Hashable, Sendable {
    public private(set) var count = 0
    private var mean = 0.0
    /// Sum of squared deviations. Algorithm: B. P. Welford, Technometrics 4 (1962), 419–420, doi:10.1080/00401706.1962.10490022.
    private var deviations = 0.0
    private var growth = 1.0

    public init() {}

    public mutating func add(_ value: Double) {
        count += 1
        let distance = value - mean
        mean += distance / Double(count)
        deviations += distance * (value - mean)
        growth *= 1 + value
    }

    /// The growth by all of them, one after the other.
    public var compounded: Ratio { Ratio(rounding: growth - 1, .halfEven)?.rounded(toDigits: 10, .halfEven) ?? .zero }

    /// Mean over sample standard deviation, not annualised; `nil` below two, or where they are all the same.
    public var sharpe: Double? {
        guard count >= 2, deviations > 0 else { return nil }
        return mean / (deviations / Double(count - 1)).squareRoot()
    }
}

/// How language models compare, kept up with every answer and closed position in constant time.
public struct StandingsBook: Sendable {
    /// What a question came to.
    public struct Ending: Hashable, Sendable {
        public var outcome: DialogueOutcome
        public var isLate: Bool
        public var isCached: Bool
        public var latency: Span

        public init(outcome: DialogueOutcome, isLate: Bool, isCached: Bool, latency: Span) {
            self.outcome = outcome
            self.isLate = isLate
            self.isCached = isCached
            self.latency = latency
        }
    }

    private struct One: Sendable {
        var standing = ModelStanding()
        var returns = ReturnSeries()
        var paper = ReturnSeries()
        var latency: Span = .zero
        var timed: Int64 = 0
    }

    private var models: [String: One] = [:]

    public init() {}

    private mutating func change(_ model: String, _ body: (inout One) -> Void) {
        var one = models[model] ?? One()
        one.standing.model = model
        body(&one)
        models[model] = one
    }

    public mutating func addQuestion(_ model: String, isSimulated: Bool) {
        change(model) { one in
            one.standing.questions += 1
            if isSimulated { one.standing.isSimulated = true }
        }
    }

    /// What was spent on it, in US dollars.
    public mutating func addCost(_ amount: Money, _ model: String) { change(model) { $0.standing.cost += amount } }

    public mutating func add(_ ending: Ending, _ model: String) {
        change(model) { one in
            switch ending.outcome {
            case .open: break
            case .decided: one.standing.decided += 1
            case .held: one.standing.held += 1
            case .refused: one.standing.refused += 1
            case .failed: one.standing.failed += 1
            }
            if ending.isLate { one.standing.late += 1 }
            if ending.outcome != .failed, !ending.isCached {
                one.latency = one.latency + ending.latency
                one.timed += 1
            }
        }
    }

    /// A position it opened is closed; `equity` is the account's when it was proposed.
    public mutating func addTrade(_ netPnL: Money, equity: Money, _ model: String) {
        change(model) { one in
            one.standing.trades += 1
            if netPnL.isPositive { one.standing.wins += 1 }
            one.standing.netPnL += netPnL
            if equity.isPositive, let share = netPnL.ratio(to: equity, .halfEven) { one.returns.add(share.double) }
        }
    }

    /// A position on paper is closed.
    public mutating func addPaper(_ result: Ratio, _ model: String) {
        change(model) { one in
            one.standing.paperTrades += 1
            if result.isPositive { one.standing.paperWins += 1 }
            one.paper.add(result.double)
        }
    }

    /// Best return first; then on paper; the one that was asked more before another.
    public var standings: [ModelStanding] {
        models.values.map { one in
            var standing = one.standing
            if one.timed > 0 { standing.averageLatency = Span(micros: one.latency.micros / one.timed) }
            standing.returnOnEquity = one.returns.compounded
            standing.sharpeRatio = one.returns.sharpe
            standing.paperReturn = one.paper.compounded
            standing.paperSharpeRatio = one.paper.sharpe
            return standing
        }.sorted { a, b in
            if a.returnOnEquity != b.returnOnEquity { return a.returnOnEquity > b.returnOnEquity }
            if a.paperReturn != b.paperReturn { return a.paperReturn > b.paperReturn }
            return a.questions == b.questions ? a.model < b.model : a.questions > b.questions
        }
    }
}

import RiskCore
import TradingModel

/// The rules of risk a second time, written plainly from `docs/risk.md` and the exit rules, without the core's types,
/// shortcuts or memory: lists of what has happened, asked anew each time. Numbers are raw: prices, quantities and ratios in
/// 10⁻¹², money in 10⁻²⁴, times in microseconds.
struct NaiveRisk {
    struct Position {
        var id: String
        var strategy: String
        var symbol: Symbol
        /// 1 for long, −1 for short.
        var sign: Int128
        var quantity: Int128
        var entry: Int128
        var leverage: Int128
        var stop: Int128
        /// 0 where there is none.
        var target: Int128
        var condition: NaiveCondition?
        var openedAt: Int64
        /// Every price that counted since the entry, the entry first.
        var prices: [Int128]
        var judgedAt: Int64
        var isClosing = false
        var fees: Int128

        var cost: Int128 { entry * quantity }
        var margin: Int128 { (cost + leverage - 1) / leverage }
        var best: Int128 { sign > 0 ? prices.max()! : prices.min()! }
    }

    /// An entry that was approved and has not been settled.
    struct Pending {
        var proposal: Proposal
        var quantity: Int128
        /// What it was sized at, and what the last trade was.
        var price: Int128
        var last: Int128
        var condition: NaiveCondition?
        var margin: Int128 {
            let leverage = Int128(proposal.leverage)
            return (price * quantity + leverage - 1) / leverage
        }
    }

    struct Closed {
        var id: String
        var symbol: Symbol
        var sign: Int128
        var at: Int64
        var reason: ExitReason
        var profit: Int128
    }

    struct Lock {
        var symbol: Symbol?
        var sign: Int128?
        var until: Int64
    }

    let rules: ModelRules

    // What was heard of the market.
    var time: Int64
    var wall: Int64
    var session = "feed-1"
    var isLost = false
    var isReconciled = true
    var tickers: [Symbol: Ticker] = [:]
    var heardAt: [Symbol: Int64] = [:]
    var priceWalls: [Int64] = []
    var isSilent = false
    var staleSymbols: Set<Symbol> = []
    var candles: [Symbol: [Timeframe: [Candle]]] = [:]
    var funding: [Symbol: FundingRate] = [:]
    /// What the texts of conditions mean; a text that is not here cannot be read.
    var conditions: [String: NaiveCondition] = [:]
    /// Market and wall time of the last clock of a market that goes on in real time.
    var realClock: (market: Int64, wall: Int64)?

    // The account.
    var balance: Int128
    var positions: [Symbol: Position] = [:]
    /// Entries that filled at or beyond their target.
    var moved = 0
    var pending: [Symbol: Pending] = [:]
    /// Orders whose outcome is unknown, by symbol.
    var unresolved: Set<Symbol> = []
    var peak: Int128
    var day: Int64
    var dayStart: Int128
    var isDayLost = false
    var approvalDays: [Int64] = []
    var approvalTimes: [Int64] = []

    // Who may trade.
    var automatic = TradingState.active
    var hold: TradingState?
    var symbolHolds: [Symbol: TradingState] = [:]
    var strategyHolds: [String: TradingState] = [:]
    var isKillFile = false

    var closed: [Closed] = []
    var locks: [Lock] = []
    /// What must be left with the event at hand.
    var exits: [Symbol: ExitReason] = [:]
    /// Entries on their way that must be called back with it.
    var calledBack: Set<Symbol> = []

    init(_ rules: ModelRules, balance: Int128, time: Int64, wall: Int64) {
        self.rules = rules
        self.balance = balance
        self.time = time
        self.wall = wall
        peak = balance
        dayStart = balance
        day = rules.day(of: time)
    }

    // MARK: The account

    var equity: Int128 {
        var sum = balance
        for position in positions.values {
            let last = tickers[position.symbol]?.last.raw ?? position.entry
            sum += position.sign * (last - position.entry) * position.quantity
        }
        return sum
    }

    mutating func enterDay() {
        let today = rules.day(of: time)
        guard today > day else { return }
        day = today
        dayStart = equity
        isDayLost = false
    }

    /// The equity is seen: the peak, the day's loss and the drawdown's state follow it.
    mutating func see() {
        let now = equity
        peak = max(peak, now)
        if dayStart > 0, now < dayStart, (dayStart - now) * 100 >= rules.dailyLoss * dayStart { isDayLost = true }
        let fall = peak > 0 ? peak - now : 0
        let before = automatic
        if peak > 0, fall * 100 >= rules.stop * peak {
            automatic = .halted
        } else if peak > 0, fall * 100 >= rules.warning * peak {
            automatic = max(automatic, .reducing)
        } else if fall * 100 < rules.recovery * peak || fall == 0 {
            automatic = .active
        }
        if automatic == .halted, before != .halted, rules.isFlattenedOnHalt { leaveAll(.drawdownHalt) { _ in true } }
    }

    /// Money was brought or taken away: neither profit nor loss.
    mutating func deposit(_ amount: Int128) {
        let before = equity
        balance += amount
        let after = equity
        peak = max(peak, before)
        if before > 0, after > 0 {
            peak = max(after, Wide.ceiling(peak, after, over: before))
            dayStart = Wide.ceiling(dayStart, after, over: before)
        } else {
            peak = max(0, after)
            dayStart = max(0, after)
        }
        see()
    }

    /// An entry has traded, wholly or in part.
    mutating func opened(_ symbol: Symbol, quantity: Int128, price: Int128, fee: Int128, at moment: Int64) {
        guard let entry = pending.removeValue(forKey: symbol) else { return }
        balance -= fee
        let sign: Int128 = entry.proposal.action == .enterLong ? 1 : -1
        var stop = entry.proposal.stopLoss?.raw ?? 0
        var target = entry.proposal.takeProfit?.raw ?? 0
        // Filled where the profit was to be taken: stop and target go along, as far away as they were.
        if target > 0, sign * price >= sign * target, sign * target > sign * entry.last, price + target > entry.last {
            target += price - entry.last
            if stop > 0 { stop = max(1, stop + price - entry.last) }
            moved += 1
        }
        positions[symbol] = Position(
            id: entry.proposal.id, strategy: entry.proposal.strategy, symbol: symbol,
            sign: sign, quantity: quantity, entry: price, leverage: Int128(entry.proposal.leverage), stop: stop,
            target: target, condition: entry.condition, openedAt: moment, prices: [price],
            judgedAt: moment, fees: fee)
        see()
    }

    /// A position was left. Returns the trade's profit over its margin.
    mutating func left(_ symbol: Symbol, price: Int128, fee: Int128, at moment: Int64, _ reason: ExitReason) -> Int128 {
        guard let position = positions.removeValue(forKey: symbol) else { return 0 }
        let gross = position.sign * (price - position.entry) * position.quantity
        balance += gross - fee
        let profit = Wide.halfEven(gross - fee - position.fees, 1_000_000_000_000, over: position.margin)
        see()
        return profit
    }

    // MARK: Who may trade

    var state: TradingState { max(automatic, max(hold ?? .active, isSilent ? .reducing : .active)) }

    mutating func leaveAll(_ reason: ExitReason, where matches: (Position) -> Bool) {
        for (symbol, position) in positions where !position.isClosing && matches(position) { leave(symbol, reason) }
        for (symbol, entry) in pending {
            let position = Position(
                id: "", strategy: entry.proposal.strategy, symbol: symbol, sign: 1, quantity: 0, entry: 0, leverage: 1,
                stop: 0, target: 0, openedAt: 0, prices: [], judgedAt: 0, fees: 0)
            if matches(position) { calledBack.insert(symbol) }
        }
    }

    mutating func leave(_ symbol: Symbol, _ reason: ExitReason) {
        positions[symbol]?.isClosing = true
        exits[symbol] = reason
    }

    /// What the operator says. Returns whether it is done.
    mutating func obey(_ verb: OperatorCommand.Verb, _ symbol: Symbol?, _ strategy: String?) -> Bool {
        if verb == .flatten {
            if let symbol, !rules.symbols.contains(symbol), positions[symbol] == nil { return false }
            leaveAll(.operatorFlatten) {
                (symbol == nil || $0.symbol == symbol) && (strategy == nil || $0.strategy == strategy)
            }
            return true
        }
        if verb == .resume, isKillFile { return false }
        if symbol != nil, strategy != nil { return false }
        if let symbol, !rules.symbols.contains(symbol) { return false }
        let asked: TradingState? = verb == .halt ? .halted : verb == .reduce ? .reducing : nil
        if let symbol {
            if asked == nil, symbolHolds[symbol] == nil { return false }
            symbolHolds[symbol] = asked
        } else if let strategy {
            if asked == nil, strategyHolds[strategy] == nil { return false }
            strategyHolds[strategy] = asked
        } else if let asked {
            if isKillFile { return false }
            hold = asked
        } else {
            hold = nil
            symbolHolds = [:]
            strategyHolds = [:]
            if automatic != .active {
                automatic = .active
                peak = equity
            }
        }
        return true
    }

    // MARK: Protections, as freqtrade has them

    mutating func close(_ trade: Closed) {
        closed.append(trade)
        for protection in rules.protections {
            let recent = closed.filter { $0.at > trade.at - protection.lookBack.micros && $0.at <= trade.at }
            let until = trade.at + protection.stopDuration.micros
            let sided: (Closed) -> Bool = { !protection.isOnlyPerSide || $0.sign == trade.sign }
            let side = protection.isOnlyPerSide ? trade.sign : nil
            switch protection.method {
            case .cooldownPeriod:
                locks.append(Lock(symbol: trade.symbol, sign: nil, until: until))
            case .stoplossGuard:
                let kinds: Set<ExitReason> = [.stopLoss, .ladder, .peakPullback, .liquidation]
                let stops = recent.filter {
                    kinds.contains($0.reason) && $0.profit != 0 && $0.profit < protection.requiredProfit.raw
                        && sided($0)
                }
                for symbol in [nil, trade.symbol] where symbol != nil || !protection.isOnlyPerPair {
                    let counted = stops.filter { symbol == nil || $0.symbol == symbol }
                    guard counted.count >= protection.tradeLimit, let last = counted.map(\.at).max() else { continue }
                    locks.append(Lock(symbol: symbol, sign: side, until: last + protection.stopDuration.micros))
                }
            case .lowProfitPairs:
                let own = recent.filter { $0.symbol == trade.symbol }
                let sum = own.filter(sided).map(\.profit).reduce(0, +)
                if own.count >= protection.tradeLimit, sum < protection.requiredProfit.raw {
                    locks.append(Lock(symbol: trade.symbol, sign: side, until: until))
                }
            case .maxDrawdown:
                guard recent.count >= protection.tradeLimit else { continue }
                var (sum, high, fall): (Int128, Int128, Int128) = (0, 0, 0)
                for one in recent.sorted(by: { ($0.at, $0.id) < ($1.at, $1.id) }) {
                    sum += one.profit
                    high = max(high, sum)
                    fall = max(fall, high - sum)
                }
                if fall > protection.maximumAllowedDrawdown.raw {
                    locks.append(Lock(symbol: nil, sign: nil, until: until))
                }
            }
        }
    }
}

/// Products wider than 128 bits.
enum Wide {
    /// a · b / c toward zero and what is left, of magnitudes.
    private static func divide(_ a: Int128, _ b: Int128, _ c: Int128) -> (quotient: UInt128, remainder: UInt128) {
        c.magnitude.dividingFullWidth(a.magnitude.multipliedFullWidth(by: b.magnitude))
    }
    static func floor(_ a: Int128, _ b: Int128, over c: Int128) -> Int128 { Int128(divide(a, b, c).quotient) }
    static func ceiling(_ a: Int128, _ b: Int128, over c: Int128) -> Int128 {
        let (quotient, remainder) = divide(a, b, c)
        return Int128(quotient) + (remainder == 0 ? 0 : 1)
    }
    static func halfEven(_ a: Int128, _ b: Int128, over c: Int128) -> Int128 {
        let (quotient, remainder) = divide(a, b, c)
        let double = remainder * 2
        let isUp = double > c.magnitude || (double == c.magnitude && quotient % 2 == 1)
        let value = Int128(quotient) + (isUp ? 1 : 0)
        return (a < 0) != (b < 0) ? -value : value
    }
}

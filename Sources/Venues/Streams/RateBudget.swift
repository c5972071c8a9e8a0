public import TradingModel

/// What may be sent to one exchange with one account, and when.
///
/// Every service that talks to the exchange draws on the same limits, by the exchange's own weights. Exits come before
/// entries, entries before market data: the less urgent leave a reserve that only the more urgent may use. What the
/// exchange answers (429, 418, its own count of the weight used) overrules what we have counted.
public struct RateBudget: Sendable {
    /// How urgent a request is.
    public enum Priority: Int, Sendable, Comparable, CaseIterable {
        case exit = 0
        case entry = 1
        case marketData = 2
        public static func < (a: Priority, b: Priority) -> Bool { a.rawValue < b.rawValue }
    }

    /// At most `limit` of something in each window of `span`; windows begin at multiples of their length, as the
    /// exchanges count them.
    public struct Limit: Hashable, Sendable {
        public var name: String
        public var limit: Int
        public var span: Span
        public init(_ name: String, limit: Int, span: Span) {
            self.name = name
            self.limit = limit
            self.span = span
        }
    }

    public enum Answer: Hashable, Sendable {
        case go
        /// Not before this moment.
        case wait(until: WallTime, reason: String)
    }

    private struct Window: Sendable {
        let limit: Limit
        var start = WallTime.distantPast
        var used = 0
    }

    private var windows: [Window]
    private var blockedUntil = WallTime.distantPast
    private var blockReason = ""
    /// How often in a row the exchange has refused for too many requests.
    private var strikes = 0

    /// Shares of a limit that market data and entries may not touch.
    private static let reserve: [Priority: Int] = [.exit: 0, .entry: 10, .marketData: 30]
    /// What a refusal without a time costs at least.
    private static let pause = Span.seconds(10)

    public init(_ limits: [Limit]) { windows = limits.map { Window(limit: $0) } }

    public var limits: [Limit] { windows.map(\.limit) }

    /// The published limits of an exchange's account or address.
    public static func standard(_ dialect: VenueDialect) -> RateBudget {
        switch dialect {
        // exchangeInfo, "rateLimits": the weight of an address a minute, orders of an account.
        case .binance:
            RateBudget([
                Limit("weight", limit: 6_000, span: .minutes(1)), Limit("orders", limit: 100, span: .seconds(10)),
                Limit("orders", limit: 200_000, span: .hours(24)),
            ])
        case .binanceUSDM:
            RateBudget([
                Limit("weight", limit: 2_400, span: .minutes(1)), Limit("orders", limit: 300, span: .seconds(10)),
                Limit("orders", limit: 1_200, span: .minutes(1)),
            ])
        // "Rate Limit": 600 requests in 5 seconds an address, 10 orders a second an account.
        case .bybit:
            RateBudget([
                Limit("weight", limit: 600, span: .seconds(5)), Limit("orders", limit: 10, span: .seconds(1)),
            ])
        // "LIMITS": 500 a 10 seconds.
        case .mexc:
            RateBudget([
                Limit("weight", limit: 500, span: .seconds(10)), Limit("orders", limit: 5, span: .seconds(1)),
            ])
        }
    }

    /// A process's part of an exchange's limits: `percent` of the weight is its own, and of what the whole address has
    /// used, by the exchange's count, it stays away from the last twentieth.
    public static func share(_ dialect: VenueDialect, percent: Int) -> RateBudget {
        var limits: [Limit] = []
        for window in standard(dialect).windows {
            guard window.limit.name == "weight" else {
                limits.append(window.limit)
                continue
            }
            limits.append(Limit("weight", limit: window.limit.limit * percent / 100, span: window.limit.span))
            limits.append(Limit("address", limit: window.limit.limit * 95 / 100, span: window.limit.span))
        }
        return RateBudget(limits)
    }

    /// Nothing may be sent before this moment, by the exchange's word; `nil` where it has said nothing.
    public func blocked(at now: WallTime) -> WallTime? { blockedUntil > now ? blockedUntil : nil }

    /// Whether a request of this weight, and this number of orders in it, may be sent now; counted where it may.
    public mutating func request(weight: Int, orders: Int = 0, _ priority: Priority, at now: WallTime) -> Answer {
        if now < blockedUntil { return .wait(until: blockedUntil, reason: blockReason) }
        var wait: (until: WallTime, reason: String)?
        for index in windows.indices {
            roll(index, now)
            let window = windows[index]
            let cost = window.limit.name == "orders" ? orders : weight
            guard cost > 0 else { continue }
            let reserve = window.limit.limit * (RateBudget.reserve[priority] ?? 0) / 100
            // A request that alone is more than what is left for its kind may use an empty window.
            let most = window.used == 0 ? window.limit.limit : window.limit.limit - reserve
            guard window.used + cost > most else { continue }
            let until = window.start + window.limit.span
            if until > wait?.until ?? .distantPast {
                wait = (
                    until, "\(window.used) of \(window.limit.limit) \(window.limit.name) in \(window.limit.span) used"
                )
            }
        }
        if let wait { return .wait(until: wait.until, reason: wait.reason) }
        for index in windows.indices {
            windows[index].used += windows[index].limit.name == "orders" ? orders : weight
        }
        return .go
    }

    /// The exchange's own count of the weight used in the current window of that length (`X-MBX-USED-WEIGHT-1M`): others
    /// at the same address count too.
    public mutating func observe(used: Int, name: String = "weight", span: Span, at now: WallTime) {
        for index in windows.indices where windows[index].limit.name == name && windows[index].limit.span == span {
            roll(index, now)
            windows[index].used = max(windows[index].used, used)
        }
    }

    /// An answer came: what it says about limits is honoured. Statuses 429 and 418, and Bybit's 403, block everything,
    /// exits too: a request into a ban makes it longer.
    public mutating func observe(status: Int, retryAfter: Span?, error: VenueError?, at now: WallTime) {
        let isRefused = status == 429 || status == 418 || error?.category == .rateLimited || error?.category == .banned
        guard isRefused else {
            if (200..<300).contains(status) { strikes = 0 }
            return
        }
        strikes += 1
        // Without a time of the exchange each further refusal doubles the pause, up to some ten minutes.
        let own = RateBudget.pause * Int64(1 << min(strikes - 1, 6))
        var until = now + (retryAfter ?? own)
        if let banned = error?.bannedUntil { until = max(until, WallTime(micros: banned.micros)) }
        blockedUntil = max(blockedUntil, until)
        blockReason =
            status == 418 || error?.category == .banned ? "the exchange has banned us" : "the exchange asks us to wait"
    }

    private mutating func roll(_ index: Int, _ now: WallTime) {
        let length = windows[index].limit.span.micros
        let start = WallTime(micros: now.micros - now.micros % length)
        guard start > windows[index].start else { return }
        windows[index].start = start
        windows[index].used = 0
    }
}

extension RateBudget {
    /// The same limits, of which only a part is ours: two processes share an address.
    public func reduced(toPercent share: Int) -> RateBudget {
        RateBudget(
            limits.map { limit in
                // Only execution places orders: that limit is all ours.
                guard limit.name != "orders" else { return limit }
                return Limit(limit.name, limit: max(1, limit.limit * share / 100), span: limit.span)
            })
    }
}

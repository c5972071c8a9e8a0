import TradingModel

/// Counts requests as Binance does: weights a minute for each market, orders by the account, bans for who goes on.
struct RateLimiter: Sendable {
    struct Window: Sendable {
        let span: Int64
        let limit: Int
        var start: Int64 = .min
        var used = 0

        mutating func roll(_ now: Int64) {
            let open = now / span * span
            if open != start { (start, used) = (open, 0) }
        }
    }

    var weights: [Window]
    var orders: [[Window]]
    private(set) var bannedUntil: WallTime = .distantPast
    private(set) var bans = 0
    private var refusals = 0
    private var refusalsWindow: Int64 = .min
    let refusalsBeforeBan: Int

    init(_ settings: BoxSettings) {
        weights = [
            Window(span: 60_000_000, limit: settings.spotWeightLimit),
            Window(span: 60_000_000, limit: settings.futuresWeightLimit),
        ]
        orders = [
            [Window(span: 10_000_000, limit: 100), Window(span: 86_400_000_000, limit: 200_000)],
            [Window(span: 10_000_000, limit: 300), Window(span: 60_000_000, limit: 1_200)],
        ]
        refusalsBeforeBan = settings.refusalsBeforeBan
    }

    /// Seconds until the current minute is over.
    func secondsLeft(_ now: WallTime) -> Int64 { max(1, (60_000_000 - now.micros % 60_000_000) / 1_000_000) }

    /// Bans the address for two minutes, and twice as long each further time, up to three days.
    mutating func ban(at now: WallTime) {
        let length = min(Int64(120) << Int64(min(bans, 12)), 3 * 86_400)
        bans += 1
        bannedUntil = now + .seconds(length)
    }

    /// `nil` where the request may pass; its weight is counted either way.
    mutating func admit(_ market: BoxMarket, weight: Int, at now: WallTime) -> Refusal? {
        if now < bannedUntil { return banRefusal }
        weights[market.rawValue].roll(now.micros)
        weights[market.rawValue].used += weight
        guard weights[market.rawValue].used > weights[market.rawValue].limit else { return nil }
        if refusalsWindow != weights[market.rawValue].start {
            refusalsWindow = weights[market.rawValue].start
            refusals = 0
        }
        refusals += 1
        if refusals > refusalsBeforeBan {
            ban(at: now)
            return banRefusal
        }
        return RateLimiter.tooMuch(weights[market.rawValue].limit)
    }

    var banRefusal: Refusal {
        Refusal(
            -1003,
            "Way too much request weight used; IP banned until \(bannedUntil.micros / 1_000). Please use WebSocket Streams for live updates to avoid bans.",
            status: 418)
    }

    static func tooMuch(_ limit: Int) -> Refusal {
        Refusal(
            -1003,
            "Too much request weight used; current limit is \(limit) request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.",
            status: 429)
    }

    /// The same for new orders.
    mutating func admitOrder(_ market: BoxMarket, at now: WallTime) -> Refusal? {
        for index in orders[market.rawValue].indices {
            orders[market.rawValue][index].roll(now.micros)
            orders[market.rawValue][index].used += 1
            let window = orders[market.rawValue][index]
            if window.used > window.limit {
                let name = window.span == 10_000_000 ? "10 SECOND" : window.span == 60_000_000 ? "1 MINUTE" : "1 DAY"
                return Refusal(
                    -1015, "Too many new orders; current limit is \(window.limit) orders per \(name).", status: 429)
            }
        }
        return nil
    }
}

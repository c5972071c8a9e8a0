import JSONText

/// An opinion made of the figures in a prompt by a fixed rule: the same prompt is the same opinion.
///
/// It follows the trend of the longer timeframes where the shorter ones agree and nothing is stretched. It is there to give the rest
/// of the system something to work on, not to make money.
struct Judgement {
    var action = "HOLD"
    var symbol = ""
    var leverage = 0
    var size = 0.0
    var stop = 0.0
    var target = 0.0
    var confidence = 0.0
    var reasoning = ""
    var invalidation = ""

    /// Below this strength nothing is worth a trade.
    private static let threshold = 0.35

    init(_ facts: PromptFacts, isContrary: Bool = false) {
        if let closing = facts.positions.first(where: { !$0.isForeign && Self.isLost($0, facts) }) {
            action = "CLOSE"
            symbol = closing.symbol
            confidence = 0.7
            reasoning =
                "\(closing.symbol) has moved \(Self.text(closing.result, 2)) % in favour of the \(closing.isLong ? "long" : "short") and the trend of the longer timeframes has turned against it."
            return
        }
        let held = Set(facts.positions.map(\.symbol))
        var best: (market: PromptFacts.Market, strength: Double)?
        for market in facts.markets where !held.contains(market.symbol) {
            let strength = Self.strength(market)
            if abs(strength) > abs(best?.strength ?? 0) { best = (market, strength) }
        }
        guard facts.isTradingActive, let (market, strength) = best, abs(strength) >= Self.threshold else {
            reasoning =
                facts.markets.isEmpty
                ? "There is no market data to judge."
                : "No market shows a trend on which the timeframes agree\(best.map { "; the strongest is \($0.market.symbol) with \(Self.text($0.strength, 2))" } ?? "")."
            return
        }
        open(market, isContrary ? -strength : strength)
    }

    private mutating func open(_ market: PromptFacts.Market, _ strength: Double) {
        let isLong = strength > 0
        let hour = market.readings["1h"] ?? market.readings["15m"] ?? [:]
        let range = (hour["ATR(14)"] ?? market.price * 0.01) / market.price * 100
        action = isLong ? "OPEN_LONG" : "OPEN_SHORT"
        symbol = market.symbol
        confidence = Self.rounded(min(0.92, 0.5 + abs(strength) * 0.4), 2)
        leverage = abs(strength) > 0.8 ? 3 : 2
        size = Self.rounded(5 + 10 * (abs(strength) - Self.threshold), 1)
        stop = -Self.rounded(min(5, max(1, range * 2)), 2)
        target = Self.rounded(min(15, max(3, -stop * 2)), 2)
        let edge = market.price * (1 + (isLong ? 0.8 : -0.8) * stop / 100)
        invalidation = "close 1h \(isLong ? "below" : "above") \(Self.text(edge, market.price < 10 ? 6 : 2))"
        let isAbove = (hour["EMA(12)"] ?? 0) > (hour["EMA(26)"] ?? 0)
        let fast = hour["EMA(12)"].map { Self.text($0, 4) } ?? "unknown"
        let slow = hour["EMA(26)"].map { Self.text($0, 4) } ?? "unknown"
        let rsi = hour["RSI(14)"].map { Self.text($0, 1) } ?? "unknown"
        reasoning =
            "On 1h EMA(12) \(fast) is \(isAbove ? "above" : "below") EMA(26) \(slow) and RSI(14) is \(rsi); 15m and 4h agree\(isAbove == isLong ? "" : ", and the move looks spent"). The stop is two average true ranges away."
    }

    /// -1…1: the side and the agreement of trend and momentum over 15m, 1h and 4h.
    static func strength(_ market: PromptFacts.Market) -> Double {
        var sum = 0.0
        var weights = 0.0
        for (timeframe, weight) in [("15m", 1.0), ("1h", 2.0), ("4h", 1.0)] {
            guard let readings = market.readings[timeframe], let fast = readings["EMA(12)"],
                let slow = readings["EMA(26)"], let range = readings["ATR(14)"], range > 0
            else { continue }
            let trend = max(-1, min(1, (fast - slow) / range))
            let momentum = (readings["MACD histogram"] ?? 0) > 0 ? 1.0 : -1.0
            sum += weight * (0.7 * trend + 0.3 * momentum)
            weights += weight
        }
        guard weights >= 2 else { return 0 }
        let strength = sum / weights
        let rsi = market.readings["1h"]?["RSI(14)"] ?? 50
        // What has run already is not run after.
        if strength > 0 && rsi > 75 || strength < 0 && rsi < 25 { return strength / 2 }
        return strength
    }

    private static func isLost(_ position: PromptFacts.Position, _ facts: PromptFacts) -> Bool {
        guard let market = facts.markets.first(where: { $0.symbol == position.symbol }) else { return false }
        let strength = strength(market)
        return position.result < 0 && (position.isLong ? strength < -0.2 : strength > 0.2)
    }

    var json: JSONValue {
        var members: [(String, JSONValue)] = [("action", .string(action))]
        if !symbol.isEmpty { members.append(("symbol", .string(symbol))) }
        if leverage > 0 {
            members.append(("leverage", JSONValue(leverage)))
            members.append(("position_size_percent", Self.number(size)))
            members.append(("stop_loss_percent", Self.number(stop)))
            members.append(("take_profit_percent", Self.number(target)))
        }
        if confidence > 0 { members.append(("confidence", Self.number(confidence))) }
        members.append(("reasoning", .string(reasoning)))
        if !invalidation.isEmpty { members.append(("invalidation_condition", .string(invalidation))) }
        return .object(JSONObject(members))
    }

    static func number(_ value: Double) -> JSONValue { JSONNumber(text(value, 6)).map(JSONValue.number) ?? 0 }

    static func rounded(_ value: Double, _ digits: Int) -> Double {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        return (value * scale).rounded() / scale
    }

    /// A decimal without exponent and without trailing zeros.
    static func text(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "0" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let whole = Int64((abs(value) * scale).rounded())
        var fraction = String(whole % Int64(scale))
        fraction = String(repeating: "0", count: max(0, digits - fraction.count)) + fraction
        while fraction.hasSuffix("0") { fraction.removeLast() }
        let sign = value < 0 && whole > 0 ? "-" : ""
        return sign + String(whole / Int64(scale)) + (fraction.isEmpty || digits == 0 ? "" : "." + fraction)
    }
}

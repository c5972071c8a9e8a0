public import TradingModel

/// One protection as the file has it, with freqtrade's key names:
/// `{method: StoplossGuard, lookback_period: 60, trade_limit: 4, stop_duration: 30, only_per_pair: false}`.
///
/// Periods are minutes, or candles of `timeframe` (5m unless named) where the key ends in `_candles`.
public struct ProtectionSetting: Sendable, Equatable {
    public enum Method: String, Sendable, CaseIterable {
        case stoplossGuard = "StoplossGuard"
        case cooldownPeriod = "CooldownPeriod"
        case lowProfitPairs = "LowProfitPairs"
        case maxDrawdown = "MaxDrawdown"
    }

    public var method = Method.cooldownPeriod
    public var lookbackMinutes = 60
    public var stopMinutes = 60
    /// Absent: 10 for `StoplossGuard`, else 1.
    public var tradeLimit: Int?
    public var requiredProfit: Ratio = .zero
    public var onlyPerPair = false
    public var onlyPerSide = false
    public var maxAllowedDrawdown: Ratio = .zero
}

extension ProtectionSetting: SettingValue {
    static var noun: String { "a protection such as {method: CooldownPeriod, stop_duration: 60}" }
    static var plural: String { "protections such as {method: CooldownPeriod, stop_duration: 60}" }

    init(raw: RawSetting) throws(SettingMismatch) {
        self.init()
        var entries: [(key: String, value: RawSetting)] = []
        if case .text(let text) = raw {
            // From the environment: `method=CooldownPeriod;stop_duration=60`.
            for part in text.split(separator: ";") {
                guard let equals = part.firstIndex(of: "=") else { throw SettingMismatch(.text(String(part))) }
                entries.append((trimmed(part[..<equals]), .text(trimmed(part[part.index(after: equals)...]))))
            }
        } else {
            entries = try pairs(of: raw)
        }
        var minutes = 5
        if let timeframe = entries.first(where: { $0.key == "timeframe" })?.value.scalar {
            guard let named = Timeframe(rawValue: timeframe) else { throw SettingMismatch(.text(timeframe)) }
            minutes = Int(named.span.micros / 60_000_000)
        }
        guard entries.contains(where: { $0.key == "method" }) else { throw SettingMismatch(.text("without a method")) }
        for (key, value) in entries { try take(key, value, candleMinutes: minutes) }
    }

    private mutating func take(_ key: String, _ value: RawSetting, candleMinutes: Int) throws(SettingMismatch) {
        switch key {
        case "method":
            guard let text = value.scalar, let method = Method(rawValue: text) else { throw SettingMismatch(value) }
            self.method = method
        case "lookback_period": lookbackMinutes = try Self.count(value, upTo: 527_040)
        case "lookback_period_candles": lookbackMinutes = try Self.count(value, upTo: 105_408) * candleMinutes
        case "stop_duration": stopMinutes = try Self.count(value, upTo: 527_040)
        case "stop_duration_candles": stopMinutes = try Self.count(value, upTo: 105_408) * candleMinutes
        case "trade_limit": tradeLimit = try Self.count(value, upTo: 2_000)
        case "required_profit": requiredProfit = try Ratio(raw: value)
        case "max_allowed_drawdown": maxAllowedDrawdown = try Ratio(raw: value)
        case "only_per_pair": onlyPerPair = try Bool(raw: value)
        case "only_per_side": onlyPerSide = try Bool(raw: value)
        case "timeframe": break
        default: throw SettingMismatch(.text(key))
        }
    }

    private static func count(_ value: RawSetting, upTo most: Int) throws(SettingMismatch) -> Int {
        let count = try Int(raw: value)
        guard (1...most).contains(count) else { throw SettingMismatch(value) }
        return count
    }

    private var fields: [(key: String, value: String)] {
        var fields = [
            ("method", method.rawValue), ("lookback_period", "\(lookbackMinutes)"), ("stop_duration", "\(stopMinutes)"),
        ]
        if let tradeLimit { fields.append(("trade_limit", "\(tradeLimit)")) }
        if !requiredProfit.isZero { fields.append(("required_profit", "\(requiredProfit)")) }
        if onlyPerPair { fields.append(("only_per_pair", "true")) }
        if onlyPerSide { fields.append(("only_per_side", "true")) }
        if !maxAllowedDrawdown.isZero { fields.append(("max_allowed_drawdown", "\(maxAllowedDrawdown)")) }
        return fields
    }

    var text: String { fields.map { "\($0.key)=\($0.value)" }.joined(separator: ";") }
    var yaml: String { "{" + fields.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "}" }
}

/// What becomes of a proposal whose invalidation cannot be read.
public enum UnreadableInvalidation: String, Sendable, CaseIterable, SettingChoice {
    case refuse, mark
}

/// Percent of the cases that lose no more than the value at risk.
public enum VarConfidence: String, Sendable, CaseIterable, SettingChoice {
    case ninety = "90"
    case ninetyFive = "95"
    case ninetySevenAndAHalf = "97.5"
    case ninetyNine = "99"
}

extension SettingRange where Value == [Symbol: Int] {
    static var leverages: SettingRange {
        SettingRange("with leverages from 1 to 125") { $0.values.allSatisfy { (1...125).contains($0) } }
    }
}

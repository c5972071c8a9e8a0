import TradingModel

/// Numbers and times as a reader of reports expects them.
enum Wording {
    static func money(_ value: Money, digits: Int = 3) -> String { decimal(value, digits: digits) }

    /// With exactly `digits` decimals, rounded half-even.
    static func decimal<T: FixedPoint>(_ value: T, digits: Int) -> String {
        let rounded = value.rounded(toDigits: digits, .halfEven)
        let parts = rounded.magnitude.description.split(separator: ".")
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        let sign = rounded.isNegative ? "-" : ""
        guard digits > 0 else { return sign + String(parts[0]) }
        return sign + parts[0] + "." + fraction + String(repeating: "0", count: max(0, digits - fraction.count))
    }

    static func number(_ value: Double?, digits: Int = 2) -> String {
        guard let value, value.isFinite else { return "–" }
        guard let exact = Ratio(rounding: value, .halfEven) else { return "\(value)" }
        return decimal(exact, digits: digits)
    }

    /// A share in percent.
    static func percent(_ value: Double?, digits: Int = 2) -> String {
        value.map { number($0 * 100, digits: digits) + "%" } ?? "–"
    }

    static func time(_ time: MarketTime) -> String {
        let civil = CivilTime(micros: time.micros)
        return date(time) + " \(two(civil.hour)):\(two(civil.minute)):\(two(civil.second))"
    }

    static func date(_ time: MarketTime) -> String {
        let civil = CivilTime(micros: time.micros)
        return "\(civil.year)-\(two(civil.month))-\(two(civil.day))"
    }

    /// `2 days, 3:04:05`.
    static func duration(_ span: Span?) -> String {
        guard let span else { return "–" }
        let seconds = span.micros / 1_000_000
        let days = seconds / 86_400
        let clock = "\(seconds % 86_400 / 3_600):\(two(Int(seconds % 3_600 / 60))):\(two(Int(seconds % 60)))"
        return days == 0 ? clock : "\(days) \(days == 1 ? "day" : "days"), \(clock)"
    }

    static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}

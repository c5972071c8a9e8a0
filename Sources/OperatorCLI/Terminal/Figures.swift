import TradingModel

/// Numbers and times in the form an operator reads. Exact values are in `--json`.
enum Figures {
    /// A decimal rounded half-even to `digits` decimals, with exactly that many: `12.50`.
    static func decimal<T: FixedPoint>(_ value: T, digits: Int, grouped: Bool = true) -> String {
        let rounded = value.rounded(toDigits: digits, .halfEven)
        var text = rounded.magnitude.description
        var fraction = ""
        if let point = text.firstIndex(of: ".") {
            fraction = String(text[text.index(after: point)...])
            text = String(text[..<point])
        }
        if grouped { text = group(text) }
        let sign = rounded.isNegative ? "-" : ""
        guard digits > 0 else { return sign + text }
        return sign + text + "." + fraction + String(repeating: "0", count: max(0, digits - fraction.count))
    }

    /// Money with two decimals: `10,012.35`.
    static func money(_ value: Money) -> String { decimal(value, digits: 2) }

    /// Money with its sign always shown: `+12.35`, `-3.00`, `0.00`.
    static func result(_ value: Money) -> Cell {
        let text = money(value)
        let rounded = value.rounded(toDigits: 2, .halfEven)
        if rounded.isZero { return Cell(text, .faint) }
        return rounded.isNegative ? Cell(text, .bad) : Cell("+" + text, .good)
    }

    /// A price as it is, without trailing zeros.
    static func price(_ value: Price) -> String {
        let parts = value.description.split(separator: ".", maxSplits: 1)
        guard let whole = parts.first else { return "0" }
        let digits = whole.drop { $0 == "-" }
        return (value.isNegative ? "-" : "") + group(String(digits)) + (parts.count > 1 ? "." + parts[1] : "")
    }

    /// A ratio in percent: `12.5 %`.
    static func percent(_ value: Ratio, digits: Int = 1) -> String { decimal(value.percent, digits: digits) + " %" }

    /// A fraction in percent: 0.125 is `12.5 %`; `–` where it is not a number.
    static func percent(_ value: Double, digits: Int = 1) -> String {
        value.isFinite ? fixed(value * 100, digits: digits) + " %" : "–"
    }

    /// A whole number with thousands set apart: `1,234,567`.
    static func count(_ value: Int) -> String { (value < 0 ? "-" : "") + group(String(value.magnitude)) }

    /// A count with its noun: `1 hole`, `2 holes`.
    static func counted(_ value: Int, _ noun: String) -> String { count(value) + " " + noun + (value == 1 ? "" : "s") }

    /// A floating-point number with exactly `digits` decimals, without exponent; `–` where it is not a number.
    static func fixed(_ value: Double, digits: Int) -> String {
        guard value.isFinite else { return value.isNaN ? "–" : (value < 0 ? "-∞" : "∞") }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (value.magnitude * scale).rounded()
        guard scaled < 1e15 else { return "\(value)" }
        let whole = Int64(scaled)
        let sign = value < 0 && whole != 0 ? "-" : ""
        let unit = Int64(scale)
        guard digits > 0 else { return sign + group(String(whole)) }
        let fraction = String(whole % unit)
        return sign + group(String(whole / unit)) + "." + String(repeating: "0", count: digits - fraction.count)
            + fraction
    }

    /// Bytes in the unit that keeps the number small: `812 B`, `9.6 MB`.
    static func bytes(_ value: Int) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var amount = Double(value)
        var index = 0
        while amount >= 1000, index < units.count - 1 {
            amount /= 1000
            index += 1
        }
        return index == 0 ? "\(value) B" : fixed(amount, digits: amount < 100 ? 1 : 0) + " " + units[index]
    }

    /// Microseconds in the unit that keeps the number small: `38 µs`, `1.2 ms`, `2.0 s`.
    static func micros(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        if value < 1_000 { return fixed(value, digits: value < 10 ? 1 : 0) + " µs" }
        if value < 1_000_000 { return fixed(value / 1_000, digits: 1) + " ms" }
        return fixed(value / 1_000_000, digits: 1) + " s"
    }

    /// How long ago or how long: `420 ms`, `3.2 s`, `4m 05s`, `3h 07m`, `2d 03h`.
    static func age(_ span: Span) -> String {
        let micros = max(0, span.micros)
        if micros < 1_000_000 { return "\(micros / 1_000) ms" }
        if micros < 60_000_000 { return fixed(Double(micros) / 1_000_000, digits: 1) + " s" }
        let seconds = micros / 1_000_000
        if seconds < 3_600 { return "\(seconds / 60)m \(two(seconds % 60))s" }
        if seconds < 86_400 { return "\(seconds / 3_600)h \(two(seconds % 3_600 / 60))m" }
        return "\(seconds / 86_400)d \(two(seconds % 86_400 / 3_600))h"
    }

    /// Date and time to the second in UTC: `2025-05-20 12:30:45`.
    static func time<T: Instant>(_ instant: T) -> String {
        let civil = CivilTime(micros: instant.micros)
        return
            "\(civil.year)-\(two(civil.month))-\(two(civil.day)) \(two(civil.hour)):\(two(civil.minute)):\(two(civil.second))"
    }

    /// The time of day to the millisecond in UTC: `12:30:45.120`.
    static func timeOfDay<T: Instant>(_ instant: T) -> String {
        let civil = CivilTime(micros: instant.micros)
        let milli = String(civil.microsecond / 1_000)
        return "\(two(civil.hour)):\(two(civil.minute)):\(two(civil.second))."
            + String(repeating: "0", count: 3 - milli.count) + milli
    }

    private static func two<I: BinaryInteger>(_ value: I) -> String { value < 10 ? "0\(value)" : "\(value)" }

    private static func group(_ digits: String) -> String {
        guard digits.count > 3 else { return digits }
        var grouped = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { grouped.append(",") }
            grouped.append(digit)
        }
        return grouped
    }
}

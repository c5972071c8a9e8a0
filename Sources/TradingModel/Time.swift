/// A moment on a clock, in integer microseconds since 1970-01-01 00:00 UTC.
///
/// Market and wall time are different types on purpose: market time (the venue's clock, carried in messages) drives
/// every decision; wall time (this machine's) only drives timeouts and staleness. Nothing converts one into the other.
public protocol Instant: Hashable, Comparable, Sendable, CustomStringConvertible {
    var micros: Int64 { get }
    init(micros: Int64)
}

extension Instant {
    @inlinable public static func < (a: Self, b: Self) -> Bool { a.micros < b.micros }
    @inlinable public static func + (a: Self, b: Span) -> Self { Self(micros: a.micros + b.micros) }
    @inlinable public static func - (a: Self, b: Span) -> Self { Self(micros: a.micros - b.micros) }
    @inlinable public static func - (a: Self, b: Self) -> Span { Span(micros: a.micros - b.micros) }

    /// ISO 8601 in UTC with microseconds where there are any: `2025-05-20T00:00:00Z`.
    public var description: String { CivilTime(micros: micros).iso8601 }
}

/// The venue's clock.
public struct MarketTime: Instant {
    public let micros: Int64
    @inlinable public init(micros: Int64) { self.micros = micros }
    /// Before every market event.
    public static let distantPast = MarketTime(micros: 0)
}

/// This machine's clock.
public struct WallTime: Instant {
    public let micros: Int64
    @inlinable public init(micros: Int64) { self.micros = micros }
    public static let distantPast = WallTime(micros: 0)
}

/// A length of time in integer microseconds.
public struct Span: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let micros: Int64
    @inlinable public init(micros: Int64) { self.micros = micros }
    public static let zero = Span(micros: 0)
    public static func microseconds(_ n: Int64) -> Span { Span(micros: n) }
    public static func milliseconds(_ n: Int64) -> Span { Span(micros: n * 1_000) }
    public static func seconds(_ n: Int64) -> Span { Span(micros: n * 1_000_000) }
    public static func minutes(_ n: Int64) -> Span { Span(micros: n * 60_000_000) }
    public static func hours(_ n: Int64) -> Span { Span(micros: n * 3_600_000_000) }
    @inlinable public static func < (a: Span, b: Span) -> Bool { a.micros < b.micros }
    @inlinable public static func + (a: Span, b: Span) -> Span { Span(micros: a.micros + b.micros) }
    @inlinable public static func - (a: Span, b: Span) -> Span { Span(micros: a.micros - b.micros) }
    @inlinable public static func * (a: Span, b: Int64) -> Span { Span(micros: a.micros * b) }

    /// `36h`, `1h 30m`, `2.5s`, `250ms`, `12us`.
    public var description: String {
        if micros < 0 { return "-" + Span(micros: -micros).description }
        if micros < 1_000 { return "\(micros)us" }
        if micros < 1_000_000 { return "\(micros / 1_000)ms" }
        if micros < 60_000_000 {
            let tenths = micros % 1_000_000 / 100_000
            return tenths == 0 ? "\(micros / 1_000_000)s" : "\(micros / 1_000_000).\(tenths)s"
        }
        let seconds = micros / 1_000_000
        let parts = [
            (seconds / 86_400, "d"), (seconds % 86_400 / 3_600, "h"), (seconds % 3_600 / 60, "m"), (seconds % 60, "s"),
        ]
        return parts.filter { $0.0 != 0 }.map { "\($0.0)\($0.1)" }.joined(separator: " ")
    }
}

/// A UTC calendar date and time of day, proleptic Gregorian. Algorithm: Howard Hinnant, *chrono-Compatible Low-Level Date Algorithms*.
public struct CivilTime: Hashable, Sendable {
    public let year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, microsecond: Int

    public init(micros: Int64) {
        let seconds = micros >= 0 ? micros / 1_000_000 : (micros - 999_999) / 1_000_000
        microsecond = Int(micros - seconds * 1_000_000)
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let secondOfDay = Int(seconds - days * 86_400)
        (hour, minute, second) = (secondOfDay / 3_600, secondOfDay % 3_600 / 60, secondOfDay % 60)
        let z = days + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = Int(z - era * 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shifted + 2) / 5 + 1
        month = shifted < 10 ? shifted + 3 : shifted - 9
        year = Int(era) * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    }

    /// Microseconds since 1970 of a UTC date and time of day.
    public static func micros(
        year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, microsecond: Int = 0
    ) -> Int64 {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = Int64(era) * 146_097 + Int64(dayOfEra) - 719_468
        return ((days * 24 + Int64(hour)) * 60 + Int64(minute)) * 60_000_000 + Int64(second) * 1_000_000
            + Int64(microsecond)
    }

    public var iso8601: String {
        func pad(_ n: Int, _ width: Int) -> String {
            let text = String(n)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let fraction =
            microsecond == 0
            ? "" : microsecond % 1_000 == 0 ? "." + pad(microsecond / 1_000, 3) : "." + pad(microsecond, 6)
        return
            "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T\(pad(hour, 2)):\(pad(minute, 2)):\(pad(second, 2))\(fraction)Z"
    }

    /// Parses `2025-05-20`, `2025-05-20T12:30` or `2025-05-20T12:30:45[.ffffff][Z]` as UTC microseconds; `nil` for anything else.
    public static func parse(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        func number(_ from: Int, _ count: Int) -> Int? {
            guard from + count <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[from..<from + count] {
                guard byte >= 48, byte <= 57 else { return nil }
                value = value * 10 + Int(byte - 48)
            }
            return value
        }
        func at(_ index: Int, _ character: Character) -> Bool {
            index < bytes.count && bytes[index] == character.asciiValue
        }
        guard let year = number(0, 4), at(4, "-"), let month = number(5, 2), at(7, "-"), let day = number(8, 2) else {
            return nil
        }
        guard (1...12).contains(month), (1...31).contains(day) else { return nil }
        var (hour, minute, second, microsecond, index) = (0, 0, 0, 0, 10)
        if index < bytes.count {
            guard at(10, "T") || at(10, " "), let h = number(11, 2), at(13, ":"), let m = number(14, 2) else {
                return nil
            }
            (hour, minute, index) = (h, m, 16)
            if at(16, ":") {
                guard let s = number(17, 2) else { return nil }
                (second, index) = (s, 19)
                if at(19, ".") {
                    var scale = 100_000
                    index = 20
                    while index < bytes.count, bytes[index] >= 48, bytes[index] <= 57, scale > 0 {
                        microsecond += Int(bytes[index] - 48) * scale
                        scale /= 10
                        index += 1
                    }
                }
            }
            if at(index, "Z") { index += 1 }
        }
        guard index == bytes.count, hour < 24, minute < 60, second < 60 else { return nil }
        let micros = micros(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second, microsecond: microsecond)
        let back = CivilTime(micros: micros)
        return back.month == month && back.day == day ? micros : nil
    }
}

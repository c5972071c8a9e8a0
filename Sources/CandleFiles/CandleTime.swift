import TradingModel

/// The time column of a candle file as microseconds since 1970.
enum CandleTime {
    /// 2100-01-01: beyond it a number of milliseconds is of another unit.
    private static let latestMillis: Int64 = 4_102_444_800_000

    /// `nil` where the text is no time of the wanted kind.
    static func parse(_ field: UnsafeRawBufferPointer, unit: CandleColumns.TimeUnit) -> MarketTime? {
        var value: Int64 = 0
        var index = 0
        while index < field.count {
            let digit = Int64(field[index]) - 48
            guard (0...9).contains(digit) else { break }
            guard value <= latestMillis * 100_000 else { return nil }
            value = value * 10 + digit
            index += 1
        }
        if unit == .milliseconds {
            guard index > 0, index == field.count, value <= latestMillis else { return nil }
            return MarketTime(micros: value * 1_000)
        }
        guard index > 0 else { return nil }
        // `1735689600.0`, as data frames write whole numbers of a column that once had holes.
        let isWhole =
            index == field.count
            || (field[index] == UInt8(ascii: ".") && field[(index + 1)...].allSatisfy { $0 == UInt8(ascii: "0") })
        guard isWhole else { return calendar(field) }
        // Each unit's numbers from 1973 to 2100 are of a size of their own.
        let micros: Int64
        switch value {
        case ..<100_000_000_000: micros = value * 1_000_000
        case ..<100_000_000_000_000: micros = value * 1_000
        case ..<100_000_000_000_000_000: micros = value
        default: micros = value / 1_000
        }
        return micros <= latestMillis * 1_000 ? MarketTime(micros: micros) : nil
    }

    /// ISO 8601 with or without a zone; without one it is UTC.
    private static func calendar(_ field: UnsafeRawBufferPointer) -> MarketTime? {
        var text = String(decoding: field, as: UTF8.self)
        if text.hasSuffix(" UTC") { text.removeLast(4) }
        var offset: Int64 = 0
        let bytes = Array(text.utf8)
        if bytes.count > 16, let sign = bytes.dropFirst(16).lastIndex(where: { $0 == 43 || $0 == 45 }) {
            let digits = bytes[(sign + 1)...].filter { $0 != UInt8(ascii: ":") }
            guard digits.count == 2 || digits.count == 4, digits.allSatisfy({ $0 &- 48 <= 9 }) else { return nil }
            let hours = Int64(digits[0] - 48) * 10 + Int64(digits[1] - 48)
            let minutes = digits.count == 4 ? Int64(digits[2] - 48) * 10 + Int64(digits[3] - 48) : 0
            offset = (hours * 60 + minutes) * 60_000_000 * (bytes[sign] == 43 ? 1 : -1)
            text = String(decoding: bytes[..<sign], as: UTF8.self)
        }
        guard let micros = CivilTime.parse(text), micros - offset >= 0 else { return nil }
        return micros <= latestMillis * 1_000 ? MarketTime(micros: micros - offset) : nil
    }
}

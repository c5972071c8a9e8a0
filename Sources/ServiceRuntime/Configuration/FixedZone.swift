import TradingModel

/// A fixed distance from UTC: `UTC`, `+02:00`, `-03:30`.
struct FixedZone: Hashable, Sendable {
    /// How far local time is ahead of UTC, up to 14 hours either way.
    let offset: Span

    init?(_ text: String) {
        if text == "UTC" || text == "Z" {
            offset = .zero
            return
        }
        let bytes = Array(text.utf8)
        guard bytes.count == 6, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
            bytes[3] == UInt8(ascii: ":"),
            let hours = Int(text.dropFirst().prefix(2)), let minutes = Int(text.suffix(2)), hours >= 0,
            (0..<60).contains(minutes), hours * 60 + minutes <= 14 * 60
        else { return nil }
        let total = Int64(hours * 60 + minutes)
        offset = .minutes(bytes[0] == UInt8(ascii: "-") ? -total : total)
    }
}

extension SettingRange where Value == String {
    static var zone: SettingRange {
        SettingRange("that is UTC, an offset such as +02:00, or a zone of this system such as Europe/Berlin") {
            ZoneTable(named: $0) != nil
        }
    }
}

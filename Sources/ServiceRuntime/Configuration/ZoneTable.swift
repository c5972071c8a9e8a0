public import TradingModel

/// How far local time is ahead of UTC, and when that changes.
public struct ZoneTable: Hashable, Sendable {
    public struct Change: Hashable, Sendable {
        /// Microseconds since 1970 UTC.
        public let startMicros: Int64
        public let offset: Span
    }

    /// Before the first change.
    public let initial: Span
    /// By rising start, to the end of the century.
    public let changes: [Change]

    public static let utc = ZoneTable(initial: .zero, changes: [])

    init(initial: Span, changes: [Change]) {
        self.initial = initial
        self.changes = changes
    }

    /// `UTC`, `+02:00`, or a name of the system's time zone database such as `Europe/Berlin`; `nil` for anything else.
    public init?(named name: String) {
        if let fixed = FixedZone(name) {
            self.init(initial: fixed.offset, changes: [])
            return
        }
        // A name is a path below the database: it must not lead out of it.
        let isLegal = name.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || "/_+-".utf8.contains($0)
        }
        guard isLegal, let first = name.utf8.first, first != UInt8(ascii: "/"),
            case .success(let bytes) = FileBytes.read("/usr/share/zoneinfo/" + name, atMost: 1 << 20),
            let table = ZoneFile.table(bytes)
        else { return nil }
        self = table
    }

    /// The distance at a moment of UTC.
    public func offset(atMicros micros: Int64) -> Span {
        changes.last { $0.startMicros <= micros }?.offset ?? initial
    }
}

/// The compiled time zone format, RFC 8536, with the rule for the years after the last listed change.
enum ZoneFile {
    /// `nil` for bytes that are no such file.
    static func table(_ bytes: [UInt8]) -> ZoneTable? {
        var reader = Reader(bytes: bytes)
        guard var header = reader.header() else { return nil }
        var width = 4
        if header.version >= 2 {
            reader.at += header.length(width: 4)
            guard let second = reader.header() else { return nil }
            header = second
            width = 8
        }
        guard reader.at + header.length(width: width) <= bytes.count, header.types > 0 else { return nil }
        var starts: [Int64] = []
        for _ in 0..<header.times { starts.append(reader.integer(width)) }
        let kinds = (0..<header.times).map { _ in Int(reader.byte()) }
        var offsets: [Span] = []
        for _ in 0..<header.types {
            offsets.append(.seconds(reader.integer(4)))
            reader.at += 2
        }
        guard kinds.allSatisfy({ $0 < offsets.count }) else { return nil }
        reader.at += header.characters + header.leaps * (width + 4) + header.standard + header.universal
        var changes: [ZoneTable.Change] = []
        // Some files begin with a change at the beginning of time.
        for (start, kind) in zip(starts, kinds) where start > -(1 << 40) {
            changes.append(ZoneTable.Change(startMicros: start * 1_000_000, offset: offsets[kind]))
        }
        if width == 8, let footer = reader.line(), let rule = ZoneRule(footer) {
            let last = changes.last?.startMicros ?? Int64.min
            changes += rule.changes(years: 1970...2100).filter { $0.startMicros > last }
        }
        return ZoneTable(initial: offsets[0], changes: changes)
    }

    private struct Header {
        let version: Int
        let universal: Int, standard: Int, leaps: Int, times: Int, types: Int, characters: Int
        /// Bytes of the data block behind it.
        func length(width: Int) -> Int {
            times * width + times + types * 6 + characters + leaps * (width + 4) + standard + universal
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var at = 0

        mutating func byte() -> UInt8 {
            defer { at += 1 }
            return bytes[at]
        }

        mutating func integer(_ width: Int) -> Int64 {
            var value: Int64 = 0
            for _ in 0..<width { value = value << 8 | Int64(byte()) }
            return width == 4 ? Int64(Int32(truncatingIfNeeded: value)) : value
        }

        mutating func header() -> Header? {
            guard at + 44 <= bytes.count, Array(bytes[at..<at + 4]) == Array("TZif".utf8) else { return nil }
            let version = bytes[at + 4] == 0 ? 1 : Int(bytes[at + 4]) - 48
            at += 20
            let counts = (0..<6).map { _ in Int(integer(4)) }
            guard counts.allSatisfy({ (0...100_000).contains($0) }) else { return nil }
            return Header(
                version: version, universal: counts[0], standard: counts[1], leaps: counts[2], times: counts[3],
                types: counts[4], characters: counts[5])
        }

        /// What stands between two newlines at the end.
        mutating func line() -> String? {
            guard at < bytes.count, bytes[at] == 10, let end = bytes[(at + 1)...].firstIndex(of: 10) else { return nil }
            return String(decoding: bytes[at + 1..<end], as: UTF8.self)
        }
    }
}

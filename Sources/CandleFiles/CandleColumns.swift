/// Where the six fields of a candle stand in the rows of one file, as its first line tells.
///
/// With a header the columns are found by name, in any order, others between them; without one they are time, open,
/// high, low, close, volume and whatever follows, as exchanges' archives have them. Fields are separated by commas,
/// semicolons or tabs.
struct CandleColumns: Hashable, Sendable {
    /// The six fields in the order of this project's own files.
    static let roles = ["ts_ms", "open", "high", "low", "close", "volume"]

    let separator: UInt8
    /// Fields stand in quotation marks.
    let isQuoted: Bool
    /// What each field of a row is: the index in ``roles``, or -1.
    let roleOfField: [Int8]
    /// The file's own names of the six fields.
    let names: [String]
    /// The first line is a row already.
    let hasHeader: Bool
    let timeUnit: TimeUnit

    /// What the numbers of the time column count.
    enum TimeUnit: Hashable, Sendable {
        case milliseconds
        /// Seconds, milliseconds, microseconds or nanoseconds, told apart by their size; or ISO 8601.
        case any
    }

    /// Reads a first line; `nil` where it is neither a header nor a row.
    init?(firstLine: UnsafeRawBufferPointer) {
        var line = Array(firstLine)
        // A byte order mark, as spreadsheets write it.
        if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        guard
            let separator = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")].first(where: {
                byte in line.count { $0 == byte } >= 5
            })
        else { return nil }
        self.separator = separator
        isQuoted = line.contains(UInt8(ascii: "\""))
        let fields = line.split(separator: separator, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self).trimmingQuotesAndSpaces() }
        if let found = Self.columns(named: fields) {
            hasHeader = true
            var roleOfField = [Int8](repeating: -1, count: fields.count)
            for (role, field) in found.enumerated() { roleOfField[field] = Int8(role) }
            self.roleOfField = roleOfField
            names = found.map { fields[$0] }
            timeUnit = Self.millisecondNames.contains(Self.plain(names[0])) ? .milliseconds : .any
        } else {
            guard fields[0].utf8.first.map({ (48...57).contains($0) }) ?? false else { return nil }
            guard fields[1...5].allSatisfy({ DecimalField.double($0) != nil }) else { return nil }
            hasHeader = false
            roleOfField = fields.indices.map { $0 < 6 ? Int8($0) : -1 }
            names = ["time"] + Self.roles.dropFirst()
            timeUnit = .any
        }
    }

    private static let millisecondNames: Set<String> = ["tsms", "timestampms", "opentimems", "timems"]
    /// Names in use for each field, most telling first, without spaces, underscores and case.
    private static let knownNames: [[String]] = [
        [
            "tsms", "timestampms", "opentimems", "timems", "opentime", "starttime", "startat", "opentimestamp",
            "timestamp", "unix", "unixtime", "ts", "time", "t", "datetime", "date",
        ],
        ["open", "o", "openprice"], ["high", "h", "highprice"], ["low", "l", "lowprice"],
        ["close", "c", "closeprice"],
        ["volume", "vol", "v", "basevolume", "volumebase", "amount", "quantity"],
    ]

    private static func plain(_ name: String) -> String {
        String(name.lowercased().filter { $0 != " " && $0 != "_" && $0 != "-" })
    }

    /// The places of the six fields; `nil` where one is missing.
    private static func columns(named fields: [String]) -> [Int]? {
        let plain = fields.map(plain)
        var places: [Int] = []
        for (role, names) in knownNames.enumerated() {
            var place = names.lazy.compactMap { plain.firstIndex(of: $0) }.first
            if place == nil, role == 5 {
                // `Volume BTC` beside `Volume USDT`: the base currency's is written first.
                place = plain.firstIndex { $0.hasPrefix("volume") }
            }
            guard let place else { return nil }
            places.append(place)
        }
        return places
    }
}

extension String {
    fileprivate func trimmingQuotesAndSpaces() -> String {
        var bytes = Array(utf8)[...]
        let isEdge = { (byte: UInt8) in byte == 32 || byte == 34 || byte == 13 }
        while let first = bytes.first, isEdge(first) { bytes.removeFirst() }
        while let last = bytes.last, isEdge(last) { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}

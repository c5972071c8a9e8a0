import TradingModel

/// A JSON object as one line for a person: `bid=64,012.5 ask=64,013.1 eventTime=12:30:45.120`.
///
/// Quotes and braces of the outermost object go, keys are faint, integers that are times or spans by their name become
/// readable. Text that is no JSON comes out as it is: nothing here can fail.
struct CompactJSON {
    private let palette: Palette
    private let bytes: [UInt8]
    private var index = 0
    /// Each piece with its tone, so that the line can be cut without cutting an escape sequence.
    private var pieces: [Cell] = []
    private let omitted: Set<String>

    /// - Parameter omitted: outermost fields that need not be said again, such as the symbol that the topic names.
    static func line(_ json: String, palette: Palette, width: Int = .max, omitting omitted: Set<String> = []) -> String
    {
        var printer = CompactJSON(palette: palette, bytes: Array(json.utf8), omitted: omitted)
        printer.object(isOutermost: true)
        printer.rest()
        return paint(printer.pieces, palette, width)
    }

    private init(palette: Palette, bytes: [UInt8], omitted: Set<String>) {
        self.palette = palette
        self.bytes = bytes
        self.omitted = omitted
    }

    private static func paint(_ pieces: [Cell], _ palette: Palette, _ width: Int) -> String {
        let pieces = pieces.map { Cell(TextWidth.harmless($0.text), $0.tone) }
        let isWhole = pieces.reduce(0) { $0 + TextWidth.of($1.text) } <= width
        var left = isWhole ? width : width - 1
        var line = ""
        for piece in pieces {
            let columns = TextWidth.of(piece.text)
            if columns > left {
                // One column is kept for the sign that something was left out.
                return line + palette.paint(TextWidth.prefix(piece.text, columns: left) + "…", piece.tone)
            }
            line += palette.paint(piece.text, piece.tone)
            left -= columns
        }
        return line
    }

    private mutating func skipBlanks() {
        while index < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[index]) { index += 1 }
    }

    private mutating func take(_ character: Character) -> Bool {
        skipBlanks()
        guard index < bytes.count, bytes[index] == character.asciiValue else { return false }
        index += 1
        return true
    }

    private mutating func put(_ text: String, _ tone: Tone = .plain) { pieces.append(Cell(text, tone)) }

    /// What could not be understood.
    private mutating func rest() {
        skipBlanks()
        if index < bytes.count { put(String(decoding: bytes[index...], as: UTF8.self)) }
        index = bytes.count
    }

    private mutating func object(isOutermost: Bool = false) {
        guard take("{") else { return }
        if !isOutermost { put("{", .faint) }
        var isFirst = true
        while !take("}"), index < bytes.count {
            guard let key = string() else { return }
            _ = take(":")
            let start = pieces.count
            if !isFirst { put(" ") }
            put(key + "=", .faint)
            value(named: key)
            if isOutermost, omitted.contains(key) {
                pieces.removeLast(pieces.count - start)
            } else {
                isFirst = false
            }
            _ = take(",")
        }
        if !isOutermost { put("}", .faint) }
    }

    private mutating func array() {
        guard take("[") else { return }
        put("[", .faint)
        var isFirst = true
        while !take("]"), index < bytes.count {
            if !isFirst { put(" ") }
            isFirst = false
            let before = index
            value(named: "")
            _ = take(",")
            guard index > before else { return }
        }
        put("]", .faint)
    }

    private mutating func value(named key: String) {
        skipBlanks()
        guard index < bytes.count else { return }
        switch bytes[index] {
        case UInt8(ascii: "{"): object()
        case UInt8(ascii: "["): array()
        case UInt8(ascii: "\""):
            if let text = string() { put(text.isEmpty ? "\"\"" : text, CompactJSON.tone(of: text)) }
        default: literal(named: key)
        }
    }

    private mutating func literal(named key: String) {
        let start = index
        while index < bytes.count, ![0x2c, 0x7d, 0x5d, 0x20, 0x0a, 0x0d, 0x09].contains(bytes[index]) { index += 1 }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        guard let number = Int64(text) else {
            return put(text, text == "true" ? .good : text == "false" ? .faint : .plain)
        }
        if key.hasSuffix("Micros") {
            put(Span(micros: number).description)
        } else if (1_000_000_000_000_000...9_000_000_000_000_000).contains(number) {
            // Only a time since 1970 in microseconds is that long; see docs/wire.md.
            put(Figures.time(MarketTime(micros: number)))
        } else {
            put(text)
        }
    }

    /// Words that are good or bad news wherever they stand.
    private static func tone(of text: String) -> Tone {
        switch text {
        case "healthy", "active", "filled", "buy", "long", "enterLong": .good
        case "degraded", "reducing", "recovering", "starting", "partially_filled", "canceled", "expired": .caution
        case "halted", "rejected", "denied", "unresolved", "sell", "short", "enterShort": .bad
        default: .plain
        }
    }

    private mutating func string() -> String? {
        guard take("\"") else { return nil }
        var text: [UInt8] = []
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            if bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count {
                index += 1
                switch bytes[index] {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(bytes[index])
                // Line ends, tabs and \uXXXX stay escaped: they would not fit one line.
                default: text += [UInt8(ascii: "\\"), bytes[index]]
                }
            } else {
                text.append(bytes[index])
            }
            index += 1
        }
        index = min(index + 1, bytes.count)
        return String(decoding: text, as: UTF8.self)
    }
}

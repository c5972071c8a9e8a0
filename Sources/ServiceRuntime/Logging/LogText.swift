import Logging
import TradingModel

/// Turns records into lines of UTF-8. Every event is one line, whatever its message holds.
enum LogText {
    /// `2026-11-22T18:02:25.123456Z INFO     risk: message order.id=… note="two words"`.
    static func plain(_ record: LogRecord, into line: inout [UInt8]) {
        timestamp(record.time, into: &line)
        line.append(space)
        line += levelName(record.level)
        line.append(space)
        body(record, into: &line)
        line.append(newline)
    }

    /// `18:02:25.123 INFO     risk: message …`, coloured by level where asked.
    static func console(_ record: LogRecord, isColored: Bool, into line: inout [UInt8]) {
        if isColored { line += "\u{1B}[2m".utf8 }
        timeOfDay(record.time, into: &line)
        if isColored { line += "\u{1B}[0m".utf8 }
        line.append(space)
        if isColored { line += color(record.level).utf8 }
        line += levelName(record.level)
        if isColored { line += "\u{1B}[0m".utf8 }
        line.append(space)
        body(record, into: &line)
        line.append(newline)
    }

    /// `<6>risk: message …`: the journal has its own clock and takes the level from the prefix (sd-daemon(3)).
    static func journal(_ record: LogRecord, into line: inout [UInt8]) {
        let priority =
            switch record.level {
            case .trace, .debug: 7
            case .info: 6
            case .notice: 5
            case .warning: 4
            case .error: 3
            case .critical: 2
            }
        line += "<\(priority)>".utf8
        body(record, into: &line)
        line.append(newline)
    }

    private static func body(_ record: LogRecord, into line: inout [UInt8]) {
        line += record.label.utf8
        line += ": ".utf8
        clean(record.message, into: &line)
        for (key, value) in record.metadata where key != TradeMark.key {
            line.append(space)
            clean(key, into: &line)
            line.append(UInt8(ascii: "="))
            let text = value.description
            let isBare = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 != 0x7F }
            if isBare {
                clean(text, into: &line)
            } else {
                line.append(UInt8(ascii: "\""))
                clean(text, quote: true, into: &line)
                line.append(UInt8(ascii: "\""))
            }
        }
    }

    /// Control characters are written as escapes, so that no message can forge a line or steer a terminal.
    private static func clean(_ text: String, quote: Bool = false, into line: inout [UInt8]) {
        var text = text
        text.withUTF8 { bytes in
            if bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != 0xC2 && $0 != 0x22 }) {
                line += bytes
                return
            }
            var index = 0
            while index < bytes.count {
                let byte = bytes[index]
                index += 1
                switch byte {
                case 0x0A: line += #"\n"#.utf8
                case 0x0D: line += #"\r"#.utf8
                case 0x09: line += #"\t"#.utf8
                case 0x22 where quote: line += #"\""#.utf8
                case 0x00..<0x20, 0x7F: hex(byte, into: &line)
                case 0xC2 where index < bytes.count && (0x80..<0xA0).contains(bytes[index]):
                    // The second block of control characters, U+0080...U+009F.
                    hex(bytes[index], into: &line)
                    index += 1
                default: line.append(byte)
                }
            }
        }
    }

    static let space = UInt8(ascii: " ")
    static let newline = UInt8(ascii: "\n")

    private static func hex(_ byte: UInt8, into line: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        line += #"\x"#.utf8
        line.append(digits[Int(byte >> 4)])
        line.append(digits[Int(byte & 15)])
    }

    /// ISO 8601 in UTC with six decimals, always 27 bytes.
    static func timestamp(_ time: WallTime, into line: inout [UInt8]) {
        let civil = CivilTime(micros: time.micros)
        digits(civil.year, 4, into: &line)
        line.append(UInt8(ascii: "-"))
        digits(civil.month, 2, into: &line)
        line.append(UInt8(ascii: "-"))
        digits(civil.day, 2, into: &line)
        line.append(UInt8(ascii: "T"))
        clock(civil, into: &line)
        line.append(UInt8(ascii: "."))
        digits(civil.microsecond, 6, into: &line)
        line.append(UInt8(ascii: "Z"))
    }

    private static func timeOfDay(_ time: WallTime, into line: inout [UInt8]) {
        let civil = CivilTime(micros: time.micros)
        clock(civil, into: &line)
        line.append(UInt8(ascii: "."))
        digits(civil.microsecond / 1_000, 3, into: &line)
    }

    private static func clock(_ civil: CivilTime, into line: inout [UInt8]) {
        digits(civil.hour, 2, into: &line)
        line.append(UInt8(ascii: ":"))
        digits(civil.minute, 2, into: &line)
        line.append(UInt8(ascii: ":"))
        digits(civil.second, 2, into: &line)
    }

    private static func digits(_ number: Int, _ width: Int, into line: inout [UInt8]) {
        var scale = 1
        for _ in 1..<width { scale *= 10 }
        var rest = number
        while scale > 0 {
            line.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / scale % 10))
            rest %= scale
            scale /= 10
        }
    }

    /// Eight bytes wide.
    private static func levelName(_ level: Logger.Level) -> String.UTF8View {
        switch level {
        case .trace: "TRACE   ".utf8
        case .debug: "DEBUG   ".utf8
        case .info: "INFO    ".utf8
        case .notice: "NOTICE  ".utf8
        case .warning: "WARNING ".utf8
        case .error: "ERROR   ".utf8
        case .critical: "CRITICAL".utf8
        }
    }

    private static func color(_ level: Logger.Level) -> String {
        switch level {
        case .trace, .debug: "\u{1B}[2m"
        case .info: "\u{1B}[32m"
        case .notice: "\u{1B}[36m"
        case .warning: "\u{1B}[33m"
        case .error: "\u{1B}[31m"
        case .critical: "\u{1B}[1;31m"
        }
    }
}

import Logging
import TradingModel

/// Turns records into JSON lines with the field names of the Elastic Common Schema.
///
/// `@timestamp`, `log.level` and `message` come first, as ecs-logging asks. A metadata key of an ECS name space
/// (`event.…`, `error.…`, `trace.…`) stays a field of its own; every other key becomes a label, its dots underscores.
/// Sources: elastic.co/guide/en/ecs/current, github.com/elastic/ecs-logging.
struct LogJSON {
    /// The part that is the same in every line of a process.
    private let constant: [UInt8]

    init(service: String, process: Int32) {
        var constant = #","ecs.version":"8.11.0","service.name":"#.utf8.map { $0 }
        Self.string(service, into: &constant)
        constant += #","process.pid":\#(process)"#.utf8
        self.constant = constant
    }

    func line(_ record: LogRecord, into line: inout [UInt8]) {
        line += #"{"@timestamp":""#.utf8
        LogText.timestamp(record.time, into: &line)
        line += #"","log.level":""#.utf8
        line += record.level.rawValue.utf8
        line += #"","message":"#.utf8
        Self.string(record.message, into: &line)
        line += constant
        line += #","log.logger":"#.utf8
        Self.string(record.label, into: &line)
        if record.level >= .warning { origin(record, into: &line) }
        var labels: [(String, Logger.MetadataValue)] = []
        for (key, value) in record.metadata {
            if Self.isField(key) {
                line.append(UInt8(ascii: ","))
                Self.string(key, into: &line)
                line.append(UInt8(ascii: ":"))
                Self.string(value.description, into: &line)
            } else {
                labels.append((key, value))
            }
        }
        if !labels.isEmpty { self.labels(labels, into: &line) }
        line += "}\n".utf8
    }

    private func origin(_ record: LogRecord, into line: inout [UInt8]) {
        line += #","log.origin.file.name":"#.utf8
        Self.string(record.file, into: &line)
        line += #","log.origin.file.line":\#(record.line),"log.origin.function":"#.utf8
        Self.string(record.function, into: &line)
    }

    private func labels(_ labels: [(String, Logger.MetadataValue)], into line: inout [UInt8]) {
        line += #","labels":{"#.utf8
        var isFirst = true
        for (key, value) in labels {
            if !isFirst { line.append(UInt8(ascii: ",")) }
            isFirst = false
            Self.string(String(key.map { $0 == "." ? "_" : $0 }), into: &line)
            line.append(UInt8(ascii: ":"))
            Self.string(value.description, into: &line)
        }
        line.append(UInt8(ascii: "}"))
    }

    private static let fieldPrefixes = ["event.", "error.", "trace.", "transaction."]
    private static func isField(_ key: String) -> Bool { fieldPrefixes.contains(where: key.hasPrefix) }

    /// A JSON string with its quotes; control characters are escaped.
    static func string(_ text: String, into line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            if bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C && $0 != 0x7F }) {
                line += bytes
                return
            }
            for byte in bytes {
                switch byte {
                case 0x22: line += #"\""#.utf8
                case 0x5C: line += #"\\"#.utf8
                case 0x0A: line += #"\n"#.utf8
                case 0x0D: line += #"\r"#.utf8
                case 0x09: line += #"\t"#.utf8
                case 0x00..<0x20, 0x7F:
                    let digits = Array("0123456789abcdef".utf8)
                    line += #"\u00"#.utf8
                    line.append(digits[Int(byte >> 4)])
                    line.append(digits[Int(byte & 15)])
                default: line.append(byte)
                }
            }
        }
        line.append(UInt8(ascii: "\""))
    }
}

import Logging
import TradingModel

/// One event on its way to the logs.
struct LogRecord: Sendable {
    let time: WallTime
    let level: Logger.Level
    /// The logger's label, such as `risk` or `risk.exits`.
    let label: String
    let message: String
    /// Sorted by key.
    let metadata: [(key: String, value: Logger.MetadataValue)]
    let file: String
    let function: String
    let line: UInt

    /// Whether it belongs into the trade log.
    var isTrade: Bool {
        metadata.contains { key, value in
            guard key == TradeMark.key, case .string(TradeMark.value) = value else { return false }
            return true
        }
    }

    /// Kept when others are dropped because the disk does not keep up.
    var isPrecious: Bool { level >= .warning || isTrade }
}

/// What marks an event for the trade log: the ECS field `event.dataset`.
enum TradeMark {
    static let key = "event.dataset"
    static let value = "quartet.trades"
}

extension Logger {
    /// Logs an event of trading: it also goes to the trade log.
    public func trade(
        _ message: @autoclosure () -> Logger.Message, metadata: @autoclosure () -> Logger.Metadata? = nil,
        level: Logger.Level = .info,
        file: String = #fileID, function: String = #function, line: UInt = #line
    ) {
        log(
            level: level, message(),
            metadata: (metadata() ?? [:]).merging([TradeMark.key: .string(TradeMark.value)]) { mine, _ in mine },
            file: file, function: function, line: line)
    }
}

extension LogLevel {
    /// The same level in swift-log's words.
    var logger: Logger.Level {
        switch self {
        case .trace: .trace
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}

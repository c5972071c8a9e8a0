/// What is logged where, and how much of it is kept.
public struct LoggingSettings: Sendable, Equatable, SettingSection {
    public var consoleLevel: LogLevel = .info
    /// The level of the main and the JSON log.
    public var fileLevel: LogLevel = .trace
    public var color: ConsoleColor = .auto
    public var json = true
    /// A file that would grow beyond it is rotated.
    public var maxFileMegabytes = 10
    /// Rotated files kept of each log.
    public var keep = 10
    /// Lines that wait for the disk before lines are dropped and counted.
    public var queueLines = 16_384

    public init() {}

    mutating func visit<V: SettingVisitor>(_ visitor: inout V) {
        visitor.setting("console_level", &consoleLevel, "What the console shows and above.")
        visitor.setting(
            "file_level", &fileLevel, "What the main log and the JSON log keep and above; trace is everything.")
        visitor.setting("color", &color, "auto colours a terminal unless NO_COLOR is set.")
        visitor.setting("json", &json, "Whether the JSON log is written.")
        visitor.setting(
            "max_file_megabytes", &maxFileMegabytes, .from(1, to: 1_024),
            "A log is rotated before it grows beyond it, and at midnight UTC.")
        visitor.setting("keep", &keep, .from(1, to: 1_000), "Rotated files kept of each log.")
        visitor.setting(
            "queue_lines", &queueLines, .from(64, to: 1_048_576),
            "Lines that may wait for the disk; beyond it the least important are dropped and counted.")
    }
}

/// How much a line matters; the order is rising.
public enum LogLevel: String, Sendable, CaseIterable, SettingChoice {
    case trace, debug, info, notice, warning, error, critical
}

/// Whether the console is coloured.
public enum ConsoleColor: String, Sendable, CaseIterable, SettingChoice {
    case auto, always, never
}

import TradingModel

/// Where market data comes from and how fast market time runs.
public struct FeedSettings: Sendable, Equatable, SettingSection {
    public var source: FeedSource = .simulated
    /// The seed of the simulated market.
    public var seed: UInt64 = 1
    /// ISO 8601 in UTC: the first moment of the simulated market; events of a recording before it are skipped. Empty: its own start.
    public var start = ""
    /// Market seconds a wall second; 0 is lock-step, as fast as it goes.
    public var speed: Double = 60
    /// Market time between two tickers of a symbol.
    public var tickerIntervalMillis = 2_000
    /// Symbol → candle file (CSV or CSV.gz).
    public var files: [String: String] = [:]
    /// A bus recording; empty for none.
    public var recording = ""
    public var intrabar: IntrabarPath = .nearestExtremeFirst
    /// Closed candles kept a symbol and timeframe, and given in a snapshot.
    public var lookBack = 1_000
    /// Market time without news after which a symbol is stale.
    public var staleAfterSeconds = 30
    /// What happens when a recording is at its end.
    public var atEnd: RecordingEnd = .finish
    /// Market minutes after which the feed ends; 0 is never.
    public var durationMinutes = 0

    public init() {}

    /// Whether market time is that of this moment: neither simulated nor recorded.
    public var isLive: Bool {
        switch source {
        case .simulated, .recording, .busRecording: false
        }
    }

    mutating func visit<V: SettingVisitor>(_ visitor: inout V) {
        visitor.setting(
            "source", &source,
            "simulated is a seeded market and needs no network; recording plays candle files; bus_recording plays a file of quartet record."
        )
        visitor.setting(
            "seed", &seed, .from(0, to: UInt64(Int64.max)),
            "Seed of the simulated market; the same seed is the same market.")
        visitor.setting(
            "start", &start, .moment,
            "First moment, ISO 8601 in UTC. Empty: 2025-01-01 for the simulated market, the beginning of a recording.")
        visitor.setting(
            "speed", &speed, .from(0, to: 100_000),
            "Market seconds in a second of the clock on the wall; 1 is real time, 0 is as fast as the services go, in lock-step."
        )
        visitor.setting(
            "ticker_interval_millis", &tickerIntervalMillis, .from(10, to: 60_000),
            "Market milliseconds between two tickers of a symbol.")
        visitor.setting(
            "files", &files, .symbolKeys,
            "Candle files (CSV or CSV.gz, one-minute candles) by symbol, for source: recording.")
        visitor.setting("recording", &recording, "The file that source: bus_recording plays.")
        visitor.setting(
            "intrabar", &intrabar,
            "The order in which a played candle visits its extremes; nearest_extreme_first visits the one nearer to the open first."
        )
        visitor.setting(
            "look_back", &lookBack, .from(50, to: 100_000),
            "Closed candles kept for each symbol and timeframe, and given in a snapshot.")
        visitor.setting(
            "stale_after_seconds", &staleAfterSeconds, .from(1, to: 86_400),
            "Market seconds without a ticker after which a symbol is called stale.")
        visitor.setting(
            "at_end", &atEnd,
            "At the end of a recording: finish stops market time and says so; loop starts again with market time going on."
        )
        visitor.setting(
            "duration_minutes", &durationMinutes, .from(0, to: 10_000_000),
            "Market minutes after which the feed ends; 0 is never.")
    }
}

/// What the feed plays.
public enum FeedSource: String, Sendable, CaseIterable, SettingChoice {
    case simulated, recording
    case busRecording = "bus_recording"
}

/// The order in which a played candle visits its extremes.
public enum IntrabarPath: String, Sendable, CaseIterable, SettingChoice {
    case openHighLowClose = "open_high_low_close"
    case openLowHighClose = "open_low_high_close"
    case nearestExtremeFirst = "nearest_extreme_first"
}

/// What happens when a recording is at its end.
public enum RecordingEnd: String, Sendable, CaseIterable, SettingChoice {
    case finish, loop
}

extension SettingRange where Value == String {
    /// Empty, or a moment such as `2025-05-20T00:00:00Z`.
    static var moment: SettingRange {
        SettingRange("such as 2025-05-20 or 2025-05-20T12:30:00Z, or empty") {
            $0.isEmpty || CivilTime.parse($0) != nil
        }
    }
}

extension SettingRange where Value == [String: String] {
    /// Symbols to file paths.
    static var symbolKeys: SettingRange {
        SettingRange("whose keys are symbols such as BTC/USDT and whose values are paths") {
            $0.allSatisfy { Symbol($0.key) != nil && !$0.value.isEmpty }
        }
    }
}

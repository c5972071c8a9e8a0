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
    /// The exchange that source: live watches.
    public var venue: VenueName = .binance
    /// Symbols that are watched at another exchange.
    public var venues: [Symbol: VenueName] = [:]
    public var transport: FeedTransport = .stream
    /// Market seconds in a second at the exchange: 1, but for an exchange in a box that runs faster.
    public var venueSpeed: Double = 1
    /// Wall time between two published tickers of a symbol from a stream.
    public var conflateMillis = 100
    /// Levels of the order books that are published; 0 for none.
    public var bookDepth = 0

    public init() {}

    /// Whether market time is that of this moment: neither simulated nor recorded.
    public var isLive: Bool { source == .live && venueSpeed == 1 }

    /// Market seconds in a second of wall time; 0 is lock-step.
    public var marketSpeed: Double { source == .live ? venueSpeed : speed }

    /// Where a symbol is watched, and traded, when the source is live.
    public func venue(of symbol: Symbol) -> VenueName { venues[symbol] ?? venue }

    mutating func visit<V: SettingVisitor>(_ visitor: inout V) {
        visitor.setting(
            "source", &source,
            "simulated is a seeded market and needs no network; live is the exchange of feed.venue; recording plays candle files; bus_recording plays a file of quartet record. Where it is not set, quartet up starts quartet-simulator, an exchange in a box, and feed is live there."
        )
        visitor.setting(
            "seed", &seed, .from(0, to: UInt64(Int64.max)),
            "Seed of the simulated market, or of the exchange in a box; the same seed is the same market.")
        visitor.setting(
            "start", &start, .moment,
            "First moment, ISO 8601 in UTC. Empty: 2025-01-01 for the simulated market, the beginning of a recording.")
        visitor.setting(
            "speed", &speed, .from(0, to: 100_000),
            "Market seconds in a second of the clock on the wall; 1 is real time, 0 is as fast as the services go, in lock-step. Of no meaning for source: live but at the exchange that quartet up starts."
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
        visitor.setting("venue", &venue, "The exchange that source: live watches.")
        visitor.setting(
            "venues", &venues,
            "Symbols that are watched at another exchange than feed.venue, such as {ETH/USDT: bybit}.")
        visitor.setting(
            "transport", &transport,
            "stream is WebSocket, with REST while it is down; poll is REST alone: tickers every two seconds, candles as they close."
        )
        visitor.setting(
            "venue_speed", &venueSpeed, .from(1, to: 1_000),
            "Market seconds in a second at the exchange; 1 for every real one, the box's own speed for quartet-simulator."
        )
        visitor.setting(
            "conflate_millis", &conflateMillis, .from(0, to: 10_000),
            "Milliseconds in which at most one ticker of a symbol is published, the newest; 0 publishes every one. For source: live."
        )
        visitor.setting(
            "book_depth", &bookDepth, .from(0, to: 50),
            "Levels of each order book that are published; 0 for no books. For source: live.")
    }
}

/// How market data of an exchange is fetched.
public enum FeedTransport: String, Sendable, CaseIterable, SettingChoice {
    case stream, poll
}

/// What the feed plays.
public enum FeedSource: String, Sendable, CaseIterable, SettingChoice {
    case simulated, live, recording
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

public import TradingModel

/// The constants of the contract between processes. `docs/wire.md` tells the same in words.
public enum WireProtocol {
    /// The protocol major: a receiver refuses any other. Within it fields are only added.
    public static let major = 1
    /// The length prefix of a frame.
    public static let headerBytes = 4
    /// The longest body of a frame in bytes, length prefix not counted.
    public static let maximumFrameBytes = 1 << 20
    /// The deepest nesting of objects and arrays a decoder follows.
    public static let maximumDepth = 32
}

/// The four processes and those that watch or steer them. The raw value is `source` in an envelope.
public enum ServiceName: String, Sendable, CaseIterable {
    case feed, strategy, risk, execution
    case dashboard
    case alerts
    case `operator`

    /// The services that own a bus, in the order in which they start; they stop in the reverse.
    public static let quartet: [ServiceName] = [.feed, .execution, .risk, .strategy]

    /// Those that publish their health and answer requests: the four and the messenger, on which nothing depends.
    public static let speaking: [ServiceName] = quartet + [.alerts]
}

/// The first part of a published message. A prefix subscribes: `ticker.`, `candle.BTC/USDT.`, `health.`.
public struct Topic: Hashable, Sendable, CustomStringConvertible {
    public let name: String
    public init(_ name: String) { self.name = name }
    public var description: String { name }

    public static func ticker(_ symbol: Symbol) -> Topic { Topic("ticker." + symbol.name) }
    public static func candle(_ symbol: Symbol, _ timeframe: Timeframe) -> Topic {
        Topic("candle." + symbol.name + "." + timeframe.rawValue)
    }
    public static func book(_ symbol: Symbol) -> Topic { Topic("book." + symbol.name) }
    public static func funding(_ symbol: Symbol) -> Topic { Topic("funding." + symbol.name) }
    public static func staleness(_ symbol: Symbol) -> Topic { Topic("staleness." + symbol.name) }
    public static func signal(_ symbol: Symbol) -> Topic { Topic("signal." + symbol.name) }
    public static func decision(_ symbol: Symbol) -> Topic { Topic("decision." + symbol.name) }
    public static func verdict(_ symbol: Symbol) -> Topic { Topic("verdict." + symbol.name) }
    public static func exitPlan(_ symbol: Symbol) -> Topic { Topic("plan." + symbol.name) }
    public static func order(_ symbol: Symbol) -> Topic { Topic("order." + symbol.name) }
    public static func fill(_ symbol: Symbol) -> Topic { Topic("fill." + symbol.name) }
    public static func position(_ symbol: Symbol) -> Topic { Topic("position." + symbol.name) }
    public static func trade(_ symbol: Symbol) -> Topic { Topic("trade." + symbol.name) }
    public static func health(_ service: ServiceName) -> Topic { Topic("health." + service.rawValue) }
    public static func dialogue(_ model: String) -> Topic { Topic("dialogue." + model) }
    public static let leaderboard = Topic("leaderboard")
    public static let account = Topic("account")
    public static let state = Topic("state")
    /// Market time as feed sees it; ends a step in lock-step.
    public static let clock = Topic("clock")
    /// A service has finished a step in lock-step.
    public static let barrier = Topic("barrier")
}

/// What led to a message: the message that caused it.
public struct Cause: Hashable, Sendable {
    public var source: String = ""
    public var session: String = ""
    public var topic: String = ""
    public var sequence: Int = 0
    public init() {}
    public init(source: String, session: String, topic: String, sequence: Int) {
        self.source = source
        self.session = session
        self.topic = topic
        self.sequence = sequence
    }
}

/// What surrounds every body.
public struct Envelope: Hashable, Sendable {
    /// JSON key `v`.
    public var major: Int = WireProtocol.major
    public var kind: String = ""
    /// A ``ServiceName`` for our own processes; anything for others.
    public var source: String = ""
    /// One run of one process.
    public var session: String = ""
    /// JSON key `seq`: per topic from 1 without holes; 0 in requests and replies.
    public var sequence: Int = 0
    /// When it was published or sent, by the sender's wall clock. JSON key `at`.
    public var at: WallTime = .distantPast
    public var cause: Cause?
    /// Requests and replies only: the id that makes a repeat the same request.
    public var id: String?
    /// Requests only: refused when it arrives later than this.
    public var expiresAt: WallTime?
    public init() {}
}

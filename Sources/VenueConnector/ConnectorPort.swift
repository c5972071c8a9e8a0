public import ExecutionCore
public import TradingModel
public import VenueTrading

/// A fact that has arrived at a connector.
public enum ConnectorEvent: Sendable {
    /// The first event: the connector begins to speak with its exchange.
    case started
    case instruments([Instrument])
    /// What execution wants of the exchange.
    case command(VenueCommand)
    /// The exchange answered a request, whatever the status.
    case answered(Int, CallAnswer)
    /// There is no answer to a request; whether the exchange may have seen it is known.
    case failed(Int, mayHaveBeenSent: Bool, reason: String)
    /// The stream's connection is there; nothing is subscribed yet.
    case streamOpened
    case streamText(String)
    case streamBytes([UInt8])
    case streamLost(String)
    case timer(ConnectorTimer)
    /// The price of a coin in the quote currency, for fees that are charged in it.
    case coinPrice(String, Price)
}

/// An HTTP response as the connector needs it; header names are in lower case.
public struct CallAnswer: Hashable, Sendable {
    public struct Header: Hashable, Sendable {
        public var name: String
        public var value: String
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }
    public var status: Int
    public var headers: [Header]
    public var body: String

    public init(status: Int, headers: [Header] = [], body: String) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// What the shell does for a connector, in this order.
public enum ConnectorDirective: Hashable, Sendable {
    /// Sends a request; its outcome comes back under the number.
    case send(Int, TradingRequest, timeout: Span)
    /// Connects the stream, in the place of one that is there.
    case openStream(url: String, pingText: String?)
    case closeStream
    /// Sends a text over the stream.
    case say(String)
    case report(VenueReport)
    case schedule(ConnectorTimer, after: Span)
    /// The exchange knows us and takes orders. `wallet` is what the account holds in the quote currency.
    case ready(wallet: Money)
    /// Not yet; one sentence says what is missing.
    case waiting(String)
    /// It will never be: one sentence says what a person has to change.
    case refuse(String)
    case log(LogLine)
}

/// A moment that the connector has asked to be told of.
public enum ConnectorTimer: Hashable, Sendable {
    /// Send what had to wait.
    case queue
    /// Do the current step of the start again.
    case setUp(Int)
    case clock
    case keepStream
    case openStream
    /// See whether everything that an order has filled has been told.
    case check(ClientOrderID)
    /// Go on with the tour of that number.
    case tour(Int)
    /// Ask again how an order stands.
    case inquiry(ClientOrderID)
}

/// The keys of an account. They never appear in a text that is made of this value.
public struct VenueKeys: Sendable, CustomStringConvertible, CustomReflectable {
    let key: String
    let secret: String
    public init(key: String, secret: String) {
        self.key = key
        self.secret = secret
    }
    public var description: String { "••••" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Where an exchange is reached, and how patient the connector is.
public struct ConnectorPolicy: Hashable, Sendable {
    /// Instead of the exchange's own address, without a slash at the end.
    public var restURL: String?
    /// Where Binance's account interface (`/sapi`) is: it is at the address of spot for futures too.
    public var accountURL: String?
    /// The stream of orders and fills.
    public var streamURL: String
    /// The quote currency whose balance is the account's cash.
    public var currency = "USDT"
    public var requestTimeout: Span = .seconds(6)
    /// For how long a request is good at the exchange after it was signed: what arrives later is refused there, so that
    /// no order can turn up after we have stopped to expect it.
    public var receiveWindow: Span = .seconds(5)
    /// Market seconds in a second: 1 for every real exchange.
    public var clockSpeed: Double = 1
    /// A request that had to wait longer than this to be sent is not sent.
    public var longestWait: Span = .seconds(3)
    public var requestsAtOnce = 6
    public var firstRetry: Span = .milliseconds(500)
    public var longestRetry: Span = .seconds(30)
    /// Spreads retries; see ``ExecutionPolicy/jitterSeed``.
    public var jitterSeed: UInt64 = 0
    /// Part of the exchange's request limits that is ours, in percent.
    public var limitSharePct = 50
    /// Orders, leverage and positions that are not asked for by execution are left alone: isolated margin is set before
    /// the first order of a symbol.
    public var setsIsolatedMargin = true
    /// A key of which nobody can say whether it may withdraw is refused. False only where the exchange is not the real
    /// one, which need not have that part of the interface.
    public var demandsKeyPermissions = true

    public init(streamURL: String) { self.streamURL = streamURL }
}

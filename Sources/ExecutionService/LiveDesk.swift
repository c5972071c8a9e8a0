import ExecutionCore
import FoundationEssentials
import HTTPTransport
import Logging
import Messaging
import ServiceRuntime
import Storage
import TradingModel
import VenueConnector
import VenueTrading
import Wire

/// An exchange over the network: interprets ``VenueConnector``, on the loop's thread.
final class LiveDesk: VenueDesk {
    /// What a desk needs of its shell; all of it is called on the loop's thread.
    struct Hooks {
        var now: () -> WallTime
        var after: (Span, @escaping () -> Void) -> Void
        /// The exchange has told something outside of a command.
        var report: ([VenueReport]) -> Void
        /// The exchange takes orders; the account holds this in the quote currency.
        var ready: (Money) -> Void
        var waiting: (String) -> Void
        var refuse: (String) -> Void
        /// Runs on the loop what another thread brings.
        var send: (Int, HTTPRequest) -> Void
        var openStream: (WebSocketSession.Configuration) -> Void
        var closeStream: () -> Void
        var say: (String) -> Void
    }

    private var connector: VenueConnector
    private let log: Logger
    private var hooks: Hooks?
    private var hasStarted = false

    init(_ connector: VenueConnector, log: Logger) {
        self.connector = connector
        self.log = log
    }

    /// Goes on from a file that was traded live, or begins a new one.
    convenience init(_ store: ExecutionStore, _ settings: Settings, log: Logger) throws {
        guard try store.paperBooks() == nil else {
            throw ServiceFailure(
                .configuration,
                "\(store.path) was traded on paper, and mode is live: use another data_directory for live trading.")
        }
        let seed = UInt64(truncatingIfNeeded: StableHash.of(store.path).value)
        let connector = try VenueConnector(
            settings, environment: ProcessInfo.processInfo.environment, seed: seed)
        self.init(connector, log: log)
    }

    var market: TradingMarket { connector.market }
    var isInsideTheJournal: Bool { false }
    func observe(_ ticker: Ticker, into reports: inout [VenueReport]) {
        // Fees in BNB or MX are worth what these coins cost, where they are watched.
        guard ticker.last.isPositive, ticker.symbol.quoteCurrency == connector.policy.currency else { return }
        var none: [ConnectorDirective] = []
        connector.handle(
            .coinPrice(ticker.symbol.baseCurrency, ticker.last), at: ticker.receivedTime, into: &none)
    }
    func observe(_ book: OrderBook) {}
    func observe(_ rate: FundingRate) {}
    func takeRows() -> [ExecutionRow] { [] }

    func attach(_ hooks: Hooks) { self.hooks = hooks }

    /// The exchange is spoken to as soon as it is known what is traded.
    func list(_ instruments: [Instrument]) {
        take(.instruments(instruments))
        guard !hasStarted, !instruments.isEmpty else { return }
        hasStarted = true
        take(.started)
    }

    func handle(_ command: VenueCommand, at now: WallTime, into reports: inout [VenueReport]) {
        var directives: [ConnectorDirective] = []
        connector.handle(.command(command), at: now, into: &directives)
        obey(directives, into: &reports)
    }

    /// A fact of the network; what follows of it goes to the shell.
    func take(_ event: ConnectorEvent) {
        guard let hooks else { return }
        var directives: [ConnectorDirective] = []
        connector.handle(event, at: hooks.now(), into: &directives)
        var reports: [VenueReport] = []
        obey(directives, into: &reports)
        if !reports.isEmpty { hooks.report(reports) }
    }

    private func obey(_ directives: [ConnectorDirective], into reports: inout [VenueReport]) {
        guard let hooks else { return }
        for directive in directives {
            switch directive {
            case .send(let number, let request, let timeout): hooks.send(number, Self.http(request, timeout))
            case .openStream(let url, let ping):
                hooks.openStream(
                    WebSocketSession.Configuration(
                        url: url, pingText: ping, pingInterval: .seconds(15), silence: .seconds(60)))
            case .closeStream: hooks.closeStream()
            case .say(let text): hooks.say(text)
            case .report(let report): reports.append(report)
            case .schedule(let timer, let delay): hooks.after(delay) { [weak self] in self?.take(.timer(timer)) }
            case .ready(let wallet): hooks.ready(wallet)
            case .waiting(let sentence): hooks.waiting(sentence)
            case .refuse(let sentence): hooks.refuse(sentence)
            case .log(let line):
                let level: Logger.Level =
                    switch line.level {
                    case .info: .info
                    case .warning: .warning
                    case .error: .error
                    }
                log.log(level: level, "\(line.text)")
            }
        }
    }

    private static func http(_ request: TradingRequest, _ timeout: Span) -> HTTPRequest {
        HTTPRequest(
            method: request.method.rawValue, url: request.url,
            headers: request.headers.map { ($0.name, $0.value) }, body: Array(request.body.utf8),
            timeout: .microseconds(timeout.micros), connectTimeout: .microseconds(min(timeout.micros, 4_000_000)),
            isRepeatable: request.method == .get)
    }
}

extension TradingMarket {
    /// The market that the configuration's name means.
    init(_ name: VenueName) {
        switch name {
        case .binance: self = .binanceSpot
        case .binanceUSDM: self = .binanceUSDM
        case .bybit: self = .bybitSpot
        case .bybitLinear: self = .bybitLinear
        case .mexc: self = .mexcSpot
        }
    }

    /// Where its key and secret are.
    var secretNames: (key: SecretName, secret: SecretName) {
        switch venue {
        case .binance: (.binanceAPIKey, .binanceAPISecret)
        case .bybit: (.bybitAPIKey, .bybitAPISecret)
        case .mexc: (.mexcAPIKey, .mexcAPISecret)
        }
    }
}

extension VenueConnector {
    /// The connector as configured.
    /// - Throws: where the keys of the exchange are not there, or doctor has not passed this configuration.
    init(_ settings: Settings, environment: [String: String], seed: UInt64) throws {
        let market = TradingMarket(settings.feed.venue)
        let secrets = try Secrets.load(for: .execution, environment: environment)
        let names = market.secretNames
        guard let key = secrets[names.key], let secret = secrets[names.secret] else {
            throw ServiceFailure(
                .configuration,
                "mode is live at \(settings.feed.venue.rawValue), but its keys are not set: set \(names.key.rawValue) and "
                    + "\(names.secret.rawValue) (or their _FILE forms) for execution, or use mode: paper.")
        }
        if let why = settings.examinationFault { throw ServiceFailure(.configuration, why) }
        let venue = settings.venues[settings.feed.venue]
        var policy = ConnectorPolicy(streamURL: venue.accountWSURL)
        policy.restURL = venue.restURL
        policy.accountURL = settings.tradesAtABox ? venue.restURL : settings.venues[.binance].restURL
        policy.clockSpeed = settings.feed.venueSpeed
        policy.limitSharePct = 100 - venue.feedSharePct
        policy.demandsKeyPermissions = !settings.tradesAtABox
        policy.jitterSeed = seed
        policy.requestTimeout = .milliseconds(Int64(settings.execution.requestTimeoutMillis))
        policy.receiveWindow = .milliseconds(Int64(settings.execution.receiveWindowMillis))
        self.init(market: market, keys: VenueKeys(key: key.reveal(), secret: secret.reveal()), policy: policy)
    }
}

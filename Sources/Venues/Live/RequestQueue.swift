import TradingModel

/// What is to be asked of an exchange, each thing once, the most urgent first.
struct RequestQueue: Sendable {
    /// What for.
    enum Purpose: Hashable, Sendable {
        case time
        case instruments(cursor: String?)
        /// Candles of a symbol that should have come by stream.
        case missing(Int)
        /// Best bid and ask; of all symbols where `nil`.
        case tickers(Int?)
        /// Last prices; of all symbols where `nil`.
        case prices(Int?)
        case book(Int)
        case funding(Int)
        case lookBack(Int, Timeframe)
        /// The exchange's own candles of an hour, to compare with.
        case check(Int, Timeframe)

        /// Lower goes first.
        var rank: Int {
            switch self {
            case .time: 0
            case .instruments: 1
            case .tickers, .prices: 2
            case .missing: 3
            case .book: 4
            case .lookBack(_, .oneMinute): 5
            case .lookBack: 6
            case .funding: 7
            case .check: 8
            }
        }

        /// Of these the newest answer counts, so that an old question is not repeated.
        var isRepeated: Bool {
            switch self {
            case .tickers, .prices, .check: false
            default: true
            }
        }
    }

    struct Flight: Sendable {
        let purpose: Purpose
        let request: MarketRequest
        let sentAt: WallTime
    }

    private(set) var waiting: [Purpose] = []
    private(set) var flights: [Int: Flight] = [:]
    /// How often in a row each has failed, and when it may be tried again.
    private var trouble: [Purpose: (count: Int, until: WallTime)] = [:]
    private var nextID = 1
    /// Answers that may be awaited at once.
    static let mostInFlight = 6

    var isEmpty: Bool { waiting.isEmpty && flights.isEmpty }

    func isPending(_ purpose: Purpose) -> Bool {
        waiting.contains(purpose) || flights.values.contains { $0.purpose == purpose }
    }

    /// Puts a question in its place, unless it is asked already.
    mutating func add(_ purpose: Purpose) {
        guard !isPending(purpose) else { return }
        let place = waiting.firstIndex { $0.rank > purpose.rank } ?? waiting.count
        waiting.insert(purpose, at: place)
    }

    /// The first that may be sent now.
    func next(at now: WallTime) -> Purpose? {
        guard flights.count < RequestQueue.mostInFlight else { return nil }
        return waiting.first { (trouble[$0]?.until ?? .distantPast) <= now }
    }

    /// It is sent.
    mutating func depart(_ purpose: Purpose, _ request: MarketRequest, at now: WallTime) -> Int {
        waiting.removeAll { $0 == purpose }
        flights[nextID] = Flight(purpose: purpose, request: request, sentAt: now)
        defer { nextID += 1 }
        return nextID
    }

    mutating func drop(_ purpose: Purpose) {
        waiting.removeAll { $0 == purpose }
        trouble[purpose] = nil
    }

    /// Its answer is there.
    mutating func arrive(_ id: Int) -> Flight? {
        guard let flight = flights.removeValue(forKey: id) else { return nil }
        trouble[flight.purpose] = nil
        return flight
    }

    /// It brought nothing: it is asked again after a pause that doubles, from a second up to half a minute.
    mutating func fail(_ id: Int, at now: WallTime) -> Flight? {
        guard let flight = flights.removeValue(forKey: id) else { return nil }
        let count = (trouble[flight.purpose]?.count ?? 0) + 1
        trouble[flight.purpose] = (count, now + .milliseconds(min(500 << min(count, 6), 30_000)))
        if flight.purpose.isRepeated { add(flight.purpose) }
        return flight
    }
}

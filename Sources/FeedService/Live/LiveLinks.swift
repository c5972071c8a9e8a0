import HTTPTransport
import Messaging
import ServiceRuntime
import Synchronization
import TradingModel
import Venues

/// Something that came from an exchange, for the shell's loop.
struct LiveArrival: Sendable {
    /// The place of the exchange in ``LiveSource/venues``.
    let venue: Int
    let event: LiveMarket.Event
}

/// What comes from the threads of connections and requests, in the order in which it came, for one loop.
///
/// The loop is woken once for all that is there. With more than it can ever catch up with, messages of streams are dropped
/// and counted: candles are then missing and asked for, books have a hole, and prices have newer ones behind them.
final class Mailbox: Sendable {
    private struct State {
        var arrivals: [LiveArrival] = []
        /// How many of them have been taken.
        var taken = 0
        var isWoken = false
        var dropped = 0
        var isClosed = false
    }

    static let capacity = 100_000
    /// So many are taken at once: timers, requests and a stop get their turn between them.
    private static let batch = 64
    private let state = Mutex(State())
    private let loop: EventLoop
    private let wake: @Sendable () -> Void

    /// `wake` runs on the loop.
    init(_ loop: EventLoop, _ wake: @escaping @Sendable () -> Void) {
        self.loop = loop
        self.wake = wake
    }

    func post(_ arrival: LiveArrival) {
        let mustWake = state.withLock { state in
            guard !state.isClosed else { return false }
            if state.arrivals.count - state.taken >= Mailbox.capacity, case .message = arrival.event {
                state.dropped += 1
                return false
            }
            state.arrivals.append(arrival)
            defer { state.isWoken = true }
            return !state.isWoken
        }
        if mustWake { loop.execute(wake) }
    }

    /// What comes next, and how many messages were dropped since the last time. Where more is there the loop is woken again.
    func take() -> (arrivals: [LiveArrival], dropped: Int) {
        let (arrivals, dropped, isMore) = state.withLock { state in
            let end = min(state.taken + Mailbox.batch, state.arrivals.count)
            // Copied, or the next arrival would copy all that are there.
            let next = Array(state.arrivals[state.taken..<end])
            let isMore = end < state.arrivals.count
            if isMore { state.taken = end } else { (state.arrivals, state.taken) = ([], 0) }
            state.isWoken = isMore
            // Half of them are gone: their memory goes too, at a cost of one step each.
            if state.taken > 4_096, state.taken * 2 > state.arrivals.count {
                state.arrivals.removeFirst(state.taken)
                state.taken = 0
            }
            defer { state.dropped = 0 }
            return (next, state.dropped, isMore)
        }
        if isMore { loop.execute(wake) }
        return (arrivals, dropped)
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            (state.arrivals, state.taken) = ([], 0)
        }
    }
}

/// The connections to one exchange: obeys the directives of a ``LiveMarket`` and posts what they bring.
final class LiveLinks {
    private let number: Int
    private let mailbox: Mailbox
    private let client: HTTPClient
    private let proxy: String?
    private var sessions: [Int: WebSocketSession] = [:]
    private var plans: [Int: StreamPlan] = [:]
    private var current: [Int: Current] = [:]
    private var requests: [Int: Task<Void, Never>] = [:]

    /// Whether a session is still the one of its connection.
    private final class Current: Sendable {
        let value = Atomic<Bool>(true)
    }

    init(_ number: Int, _ settings: VenueSettings, _ mailbox: Mailbox) throws(HTTPError) {
        self.number = number
        self.mailbox = mailbox
        proxy = settings.proxy.isEmpty ? nil : settings.proxy
        client = try HTTPClient(.init(proxy: proxy))
    }

    func connect(_ connection: Int, _ plan: StreamPlan) throws(WebSocketError) {
        plans[connection] = plan
        let configuration = WebSocketSession.Configuration(
            url: plan.url, subscriptions: plan.subscriptions, pingText: plan.pingText,
            pingInterval: .microseconds(plan.pingInterval.micros), silence: .seconds(30), longestPause: .seconds(10),
            proxy: proxy)
        let number = number
        let mailbox = mailbox
        let isCurrent = Current()
        current[connection] = isCurrent
        sessions[connection] = try WebSocketSession(configuration) { event in
            guard isCurrent.value.load(ordering: .relaxed) else { return }
            switch event {
            case .opened: mailbox.post(LiveArrival(venue: number, event: .opened(connection: connection)))
            case .text(let bytes), .binary(let bytes):
                mailbox.post(LiveArrival(venue: number, event: .message(connection: connection, bytes)))
            case .lost(let error, _), .ended(let error):
                mailbox.post(
                    LiveArrival(venue: number, event: .lost(connection: connection, error.description)))
            }
        }
    }

    func reconnect(_ connection: Int) throws(WebSocketError) {
        guard let plan = plans[connection] else { return }
        // What the old one still says, its end too, is not of the new one.
        current[connection]?.value.store(false, ordering: .relaxed)
        sessions.removeValue(forKey: connection)?.close()
        try connect(connection, plan)
    }

    func send(_ id: Int, _ request: MarketRequest, url: String) {
        let number = number
        let mailbox = mailbox
        let client = client
        requests[id] = Task.detached {
            let event: LiveMarket.Event
            do throws(HTTPError) {
                let answer = try await client.send(HTTPRequest(url: url))
                let seconds = answer.header("retry-after").flatMap { Int64($0) }.flatMap {
                    (0...86_400).contains($0) ? $0 : nil
                }
                event = .answered(
                    request: id, status: answer.status, body: answer.body, retryAfter: seconds.map { .seconds($0) },
                    usedWeight: answer.header("x-mbx-used-weight-1m").flatMap { Int($0) })
            } catch {
                event = .failed(request: id, error.description)
            }
            mailbox.post(LiveArrival(venue: number, event: event))
        }
    }

    /// A request has ended.
    func forget(_ id: Int) { requests[id] = nil }

    func shut() {
        for session in sessions.values { session.close() }
        sessions.removeAll()
        for request in requests.values { request.cancel() }
        requests.removeAll()
        client.shutdown()
    }
}

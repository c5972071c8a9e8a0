import Glibc
import SimulatedExchange
import Synchronization
import TradingModel
import WebServer

/// The shell of the exchange: hands it what happens, in one order, and does what it says.
///
/// One lock is the order: requests, streams and the passing of time enter the exchange one after the other, and what it
/// directs leaves in the same order, since all sending is only queueing.
final class BoxHost: Sendable {
    private struct State {
        var exchange: ExchangeBox
        var pace: MarketPace
        var directives: [BoxDirective] = []
        var nextRequest: UInt64 = 1
        var waiting: [UInt64: CheckedContinuation<WebResponse, Never>] = [:]
        var sockets: [UInt64: WebSocketConnection] = [:]
        /// Pings a socket has not answered.
        var unanswered: [UInt64: Int] = [:]
        var isStopped = false
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - exchange: as it stands at `start`.
    ///   - isStartNow: its market begins at the machine's own time instead.
    init(_ exchange: ExchangeBox, start: MarketTime, isStartNow: Bool) {
        state = Mutex(
            State(
                exchange: exchange,
                pace: MarketPace(start: start, speed: exchange.settings.speed, isStartNow: isStartNow)))
    }

    /// The exchange as it stands.
    var exchange: ExchangeBox { state.withLock { $0.exchange } }

    // MARK: What happens

    /// Answers one request; a stream's opening becomes a WebSocket.
    func answer(_ request: WebRequest) async -> WebResponse {
        if request.asksForWebSocket { return webSocket(request) }
        return await withCheckedContinuation { continuation in
            state.withLock { state in
                guard !state.isStopped else {
                    continuation.resume(returning: WebResponse(content: .reset))
                    return
                }
                let id = state.nextRequest
                state.nextRequest += 1
                state.waiting[id] = continuation
                let event = BoxRequest(
                    id: id, method: request.method, path: request.path, query: request.rawQuery,
                    apiKey: request.headers["X-MBX-APIKEY"], body: String(decoding: request.body, as: UTF8.self))
                handle(.request(event), &state)
            }
        }
    }

    private func webSocket(_ request: WebRequest) -> WebResponse {
        let (path, query) = (request.path, request.rawQuery)
        let handler = WebSocketHandler(
            opened: { [self] socket in
                state.withLock { state in
                    state.sockets[socket.id] = socket
                    handle(.opened(ConnectionID(socket.id), path: path, query: query), &state)
                }
            },
            received: { [self] socket, message in
                state.withLock { state in
                    switch message {
                    case .text(let text): handle(.text(ConnectionID(socket.id), text), &state)
                    case .pong: state.unanswered[socket.id] = 0
                    case .binary, .ping: break
                    }
                }
            },
            closed: { [self] socket, _ in
                state.withLock { state in
                    state.sockets[socket.id] = nil
                    state.unanswered[socket.id] = nil
                    handle(.closed(ConnectionID(socket.id)), &state)
                }
            })
        return WebResponse(content: .webSocket(handler))
    }

    /// Time has passed. How far the market is behind where it should be, where it cannot keep up.
    func tick() -> Span {
        state.withLock { state in
            handle(.tick, &state)
            return state.pace.lag
        }
    }

    /// Pings every socket and drops those that left two pings unanswered.
    func ping() {
        state.withLock { state in
            for (id, socket) in state.sockets {
                let open = state.unanswered[id, default: 0]
                if open >= 2 {
                    socket.drop()
                } else {
                    state.unanswered[id] = open + 1
                    socket.ping()
                }
            }
        }
    }

    /// Requests that were being held end without an answer.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            for continuation in state.waiting.values { continuation.resume(returning: WebResponse(content: .reset)) }
            state.waiting = [:]
        }
    }

    // MARK: What is to be done

    private func handle(_ event: BoxEvent, _ state: inout State) {
        let time = state.pace.now()
        state.directives.removeAll(keepingCapacity: true)
        state.exchange.handle(event, at: time, into: &state.directives)
        for directive in state.directives { obey(directive, &state) }
    }

    private func obey(_ directive: BoxDirective, _ state: inout State) {
        switch directive {
        case .reply(let id, _, let delay), .cut(let id, let delay):
            guard delay > .zero else { return finish(directive, id, &state) }
            later(delay) { [self] in self.state.withLock { self.finish(directive, id, &$0) } }
        case .hold: break
        case .send(let id, let bytes, let delay):
            guard let socket = state.sockets[id.value] else { return }
            guard delay > .zero else { return socket.send(utf8: bytes) }
            later(delay) { socket.send(utf8: bytes) }
        case .close(let id, let code, let reason): state.sockets[id.value]?.close(code: code, reason: reason)
        case .sever(let id): state.sockets[id.value]?.drop()
        case .freeze(let id): state.sockets[id.value]?.fallSilent()
        }
    }

    private func finish(_ directive: BoxDirective, _ id: UInt64, _ state: inout State) {
        guard let continuation = state.waiting.removeValue(forKey: id) else { return }
        guard case .reply(_, let reply, _) = directive else {
            continuation.resume(returning: WebResponse(content: .reset))
            return
        }
        var headers = WebHeaders()
        for header in reply.headers { headers.add(header.name, header.value) }
        continuation.resume(
            returning: WebResponse(status: reply.status, headers: headers, content: .bytes(reply.body)))
    }

    private func later(_ delay: Span, _ work: @escaping @Sendable () -> Void) {
        Task {
            try? await Task.sleep(for: .microseconds(delay.micros))
            work()
        }
    }
}

/// How market time goes by: from its start, at its speed, by the machine's steady clock.
struct MarketPace: Sendable {
    private var market: MarketTime
    private let speed: Double
    private var last: Int64
    /// Market time that was left out because the machine could not keep up.
    private(set) var lag = Span.zero
    /// The most real time that may pass at once, so that one slow moment does not make the next one slower.
    private static let longest: Int64 = 250_000

    init(start: MarketTime, speed: Double, isStartNow: Bool) {
        self.speed = speed
        last = MarketPace.steady()
        market = isStartNow ? MarketTime(micros: MarketPace.wall()) : start
    }

    mutating func now() -> BoxTime {
        let steady = MarketPace.steady()
        let passed = steady - last
        last = steady
        // At the machine's own speed the market stays with the machine's clock, however long it was held up.
        let counted = speed == 1 ? passed : min(passed, MarketPace.longest)
        market = market + Span(micros: Int64(Double(counted) * speed))
        lag = lag + Span(micros: Int64(Double(passed - counted) * speed))
        return BoxTime(market: market, wall: WallTime(micros: MarketPace.wall()))
    }

    private static func steady() -> Int64 { read(CLOCK_MONOTONIC) }
    static func wall() -> Int64 { read(CLOCK_REALTIME) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}

import CZeroMQ
import Glibc
import Logging
import Messaging
import Synchronization
import TradingModel
import Wire

@testable import ServiceRuntime

/// A value that comes later, awaited instead of slept for.
final class Promise<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiters: [CheckedContinuation<Value, Never>] = []
    }
    private let state = Mutex(State())

    func fulfil(_ value: Value) {
        let waiters = state.withLock { state in
            guard state.value == nil else { return [CheckedContinuation<Value, Never>]() }
            state.value = value
            defer { state.waiters.removeAll() }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: value) }
    }

    var value: Value {
        get async {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state in
                    if state.value == nil { state.waiters.append(continuation) }
                    return state.value
                }
                if let ready { continuation.resume(returning: ready) }
            }
        }
    }
}

/// A run directory that is removed at the end.
final class RunScratch: Sendable {
    let path: String

    init() {
        // A name from the process number would meet what an earlier process of that number has left behind.
        var template = Array("/tmp/qb-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "/tmp takes no new directory")
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    deinit {
        for service in ServiceName.allCases {
            for ending in ["pub", "rep", "pub.lock", "rep.lock"] { unlink("\(path)/\(service.rawValue).\(ending)") }
        }
        rmdir(path)
    }

    func endpoint(_ service: ServiceName, _ ending: String) throws -> Endpoint {
        try .ipc(directory: path, name: "\(service.rawValue).\(ending)")
    }
}

/// A service without a shell: its loop and its bus.
final class Station {
    let loop: EventLoop
    let bus: ServiceBus

    init(
        _ name: ServiceName, in scratch: RunScratch, serves: Bool = true, on loop: EventLoop,
        _ change: (inout Settings) -> Void = { _ in }
    ) throws {
        var settings = Settings()
        settings.runDirectory = scratch.path
        settings.bus.retryMillis = 50
        change(&settings)
        self.loop = loop
        var log = Logger(label: name.rawValue)
        log.logLevel = .critical
        bus = try ServiceBus(
            context: ServiceContext(name: name, settings: settings, loop: loop, log: log), serves: serves)
    }

    func run<T>(_ body: (ServiceBus) throws -> T) rethrows -> T { try loop.run { try body(bus) } }
}

/// Runs `body` with a service that is closed, and gone, afterwards.
func withStation<T>(
    _ name: ServiceName, in scratch: RunScratch, serves: Bool = true, _ change: (inout Settings) -> Void = { _ in },
    _ body: (Station) async throws -> T
) async throws -> T {
    try await withLoop { loop in
        let station = try Station(name, in: scratch, serves: serves, on: loop, change)
        defer { station.bus.close() }
        return try await body(station)
    }
}

func withLoop<T>(_ body: (EventLoop) async throws -> T) async throws -> T {
    let loop = try EventLoop(name: "test")
    do {
        let result = try await body(loop)
        loop.stop()
        await loop.stopped()
        return result
    } catch {
        loop.stop()
        await loop.stopped()
        throw error
    }
}

extension EventLoop {
    /// Returns once `condition` holds on the loop, which is asked again and again.
    func until(_ condition: @escaping () -> Bool) async {
        let met = Promise<Bool>()
        run {
            var timer: TimerID?
            timer = every(micros: 300) { [unowned self] in
                guard condition(), let timer else { return }
                cancel(timer)
                met.fulfil(true)
            }
        }
        _ = await met.value
    }
}

/// Publishes for a service whatever a test wants, holes and lies included.
final class ForgedPublisher {
    private var publisher: Publisher?
    private let source: ServiceName
    var session: String
    /// What its answer to a subscription says about the topics.
    var sequences: [TopicSequence] = []
    /// Whether a subscription was answered.
    private(set) var isLive = false
    private var beats = 0

    init(_ loop: EventLoop, _ scratch: RunScratch, _ source: ServiceName, session: String) throws {
        self.source = source
        self.session = session
        publisher = try Publisher(
            loop: loop, endpoint: scratch.endpoint(source, "pub"),
            onSubscription: { [unowned self] prefix, isNew in
                guard isNew, prefix.first == 0x7e else { return }
                send(health(), on: String(decoding: prefix, as: UTF8.self), 1)
                isLive = true
            })
    }

    func health() -> Health {
        var health = Health()
        health.service = source.rawValue
        health.sequences = sequences
        return health
    }

    func beat() {
        beats += 1
        send(health(), on: "health.\(source.rawValue)", beats)
    }

    func send<B: WireBody>(_ body: B, on topic: String, _ sequence: Int, kind: String? = nil) {
        var envelope = Envelope()
        envelope.source = source.rawValue
        envelope.session = session
        envelope.sequence = sequence
        envelope.at = .now
        guard var frame = try? WireMessage.encode(envelope, body) else { return }
        if let kind { frame = ForgedPublisher.replacing("\"kind\":\"\(B.kind)\"", "\"kind\":\"\(kind)\"", in: frame) }
        send(frame, on: topic)
    }

    func send(_ frame: [UInt8], on topic: String) {
        Array(topic.utf8).withUnsafeBytes { topic in frame.withUnsafeBytes { publisher?.send(topic: topic, frame: $0) }
        }
    }

    static func replacing(_ old: String, _ new: String, in frame: [UInt8]) -> [UInt8] {
        let text = String(decoding: frame.dropFirst(4), as: UTF8.self)
        guard let range = text.firstRange(of: old) else { return frame }
        return (try? Frame.wrap(Array(text.replacingCharacters(in: range, with: new).utf8))) ?? frame
    }
}

extension String {
    func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}

/// A plain REQ socket, as any other program has one.
final class PlainClient {
    private let context: UnsafeMutableRawPointer
    private let socket: UnsafeMutableRawPointer

    init(_ endpoint: Endpoint) {
        context = zmq_ctx_new()
        socket = zmq_socket(context, ZMQ_REQ)
        for (option, value) in [(ZMQ_LINGER, Int32(0)), (ZMQ_RCVTIMEO, Int32(10_000))] {
            var value = value
            zmq_setsockopt(socket, option, &value, 4)
        }
        zmq_connect(socket, endpoint.description)
    }

    deinit {
        zmq_close(socket)
        zmq_ctx_term(context)
    }

    /// The reply, whatever it is; `nil` after ten seconds.
    func ask(_ frame: [UInt8]) -> AnyMessage? {
        zmq_send(socket, frame, frame.count, 0)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let count = zmq_recv(socket, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        return try? WireCatalog.decodeAny(Array(buffer.prefix(Int(count))))
    }

    func ask<B: WireBody>(_ body: B, id: String?, life: Span? = .seconds(600)) -> AnyMessage? {
        guard let frame = try? WireMessage.encode(PlainClient.envelope(id: id, life: life), body) else { return nil }
        return ask(frame)
    }

    static func envelope(id: String?, life: Span?) -> Envelope {
        var envelope = Envelope()
        envelope.source = "operator"
        envelope.session = "plain"
        envelope.at = .now
        envelope.id = id
        envelope.expiresAt = life.map { .now + $0 }
        return envelope
    }
}

enum Sample {
    static let symbol = Symbol("BTC/USDT") ?? .none

    static func ticker(_ price: Int) -> Ticker {
        var ticker = Ticker()
        ticker.symbol = symbol
        ticker.last = Price(price)
        return ticker
    }

    static let query: OrderQuery = {
        var query = OrderQuery()
        query.clientOrderID = .derived(from: "test", purpose: .entry, attempt: 0)
        return query
    }()

    static let cancel: CancelRequest = {
        var cancel = CancelRequest()
        cancel.clientOrderID = query.clientOrderID
        return cancel
    }()

    static func position(_ symbol: Symbol, _ quantity: Int) -> Position {
        var position = Position()
        position.symbol = symbol
        position.quantity = Quantity(quantity)
        return position
    }
}

/// A small generator with a seed that a failing test prints. SplitMix64 (Steele, Lea, Flood, 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

import ExecutionCore
import Foundation
import Testing
import TradingModel
import VenueConnector
import VenueTrading

@testable import SimulatedExchange

/// Our connector and the box in one thread, under one clock, with everything that can go wrong between them.
private final class ConnectorRun {
    private enum Happening {
        case event(ConnectorEvent)
        /// What a connection brings; dropped where it is gone.
        case text(ConnectionID, String)
        case command(VenueCommand)
    }

    private var box: ExchangeBox
    private var connector: VenueConnector
    private(set) var now = Rig.start
    private var due: [(at: MarketTime, order: Int, what: Happening)] = []
    private var count = 0
    private var numbers: [UInt64: Int] = [:]
    private var nextRequest: UInt64 = 1
    private var stream: ConnectionID?
    private var nextStream: UInt64 = 1
    private(set) var isReady = false
    /// What the connector said of each order.
    private(set) var fills: [ClientOrderID: [String: VenueFill]] = [:]
    private(set) var unheard: Set<ClientOrderID> = []
    private(set) var refused: Set<ClientOrderID> = []
    private var asked: [ClientOrderID: TradingModel.OrderRequest] = [:]

    init(seed: UInt64) throws {
        var settings = BoxSettings(start: Rig.start)
        settings.symbols = [try #require(Symbol("BTC/USDT"))]
        settings.seed = seed
        settings.lookBack = 0
        settings.futuresBalances = ["USDT": Money(1_000_000)]
        box = ExchangeBox(settings)
        var policy = ConnectorPolicy(streamURL: "ws://box/usdm/ws")
        policy.setsIsolatedMargin = false
        policy.jitterSeed = seed
        let key = BoxKey.standard
        connector = VenueConnector(
            market: .binanceUSDM, keys: VenueKeys(key: key.key, secret: key.secret), policy: policy)
        var instrument = box.listings[1].instrument
        instrument.symbol = settings.symbols[0]
        tell(.instruments([instrument]))
        tell(.started)
    }

    private func later(_ span: Span, _ what: Happening) {
        count += 1
        due.append((now + span, count, what))
    }

    func pass(_ span: Span) {
        let end = now + span
        while now < end {
            now = now + .milliseconds(50)
            enter(.tick)
            let moment = now
            let ripe = due.filter { $0.at <= moment }.sorted { ($0.at, $0.order) < ($1.at, $1.order) }
            due.removeAll { $0.at <= moment }
            for item in ripe {
                switch item.what {
                case .event(let event): tell(event)
                case .text(let id, let text): if id == stream { tell(.streamText(text)) }
                case .command(let command): tell(.command(command))
                }
            }
        }
    }

    // MARK: The connector's side

    private func tell(_ event: ConnectorEvent) {
        var directives: [ConnectorDirective] = []
        connector.handle(event, at: WallTime(micros: now.micros), into: &directives)
        for directive in directives {
            switch directive {
            case .send(let number, let request, let timeout): send(number, request, timeout)
            case .openStream(let url, _): open(url)
            case .closeStream: stream = nil
            case .say(let text): if let stream { enter(.text(stream, text)) }
            case .schedule(let timer, let delay): later(delay, .event(.timer(timer)))
            case .report(let report): take(report)
            case .ready: isReady = true
            case .waiting, .refuse, .log: break
            }
        }
    }

    private func send(_ number: Int, _ request: TradingRequest, _ timeout: Span) {
        let tail = request.url.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" }
        let parts = tail.split(separator: "?", maxSplits: 1).map(String.init)
        let id = nextRequest
        nextRequest += 1
        numbers[id] = number
        later(timeout, .event(.failed(number, mayHaveBeenSent: true, reason: "no answer in time")))
        let key = request.headers.first { $0.name == "X-MBX-APIKEY" }?.value
        enter(
            .request(
                BoxRequest(
                    id: id, method: request.method.rawValue, path: parts[0], query: parts.count > 1 ? parts[1] : "",
                    apiKey: key, body: request.body)))
    }

    private func open(_ url: String) {
        let id = ConnectionID(nextStream)
        nextStream += 1
        stream = id
        enter(.opened(id, path: String(url.dropFirst("ws://box".count)), query: ""))
        later(.zero, .event(.streamOpened))
    }

    func submit(_ request: TradingModel.OrderRequest) {
        asked[request.clientOrderID] = request
        tell(.command(.submit(request)))
    }

    func ask(_ id: ClientOrderID, after delay: Span = .zero) {
        guard let request = asked[id] else { return }
        later(delay, .command(.query(OrderReference(clientOrderID: id, symbol: request.symbol))))
    }

    private func take(_ report: VenueReport) {
        switch report {
        case .fill(let fill): fills[fill.clientOrderID, default: [:]][fill.id] = fill
        case .answer(let id, .known(let order)):
            for fill in order.fills { fills[id, default: [:]][fill.id] = fill }
        case .answer(let id, .neverHeard): unheard.insert(id)
        case .rejected(let id, _, _), .notSent(let id, _): refused.insert(id)
        // What may have happened is asked for, never sent again.
        case .unknown(let id, _, _), .duplicate(let id): ask(id, after: .seconds(1))
        default: break
        }
    }

    // MARK: The box's side

    private func enter(_ event: BoxEvent) {
        var directives: [BoxDirective] = []
        box.handle(event, at: BoxTime(market: now, wall: WallTime(micros: now.micros)), into: &directives)
        for directive in directives {
            switch directive {
            case .reply(let id, let reply, let delay):
                guard let number = numbers[id] else { continue }
                let headers = reply.headers.map { CallAnswer.Header(name: $0.name.lowercased(), value: $0.value) }
                later(
                    delay,
                    .event(.answered(number, CallAnswer(status: reply.status, headers: headers, body: reply.text))))
            case .cut(let id, let delay):
                guard let number = numbers[id] else { continue }
                later(delay, .event(.failed(number, mayHaveBeenSent: true, reason: "the connection was cut")))
            case .send(let id, let bytes, let delay): later(delay, .text(id, String(decoding: bytes, as: UTF8.self)))
            case .close(let id, _, _), .sever(let id):
                guard id == stream else { continue }
                stream = nil
                later(.zero, .event(.streamLost("the stream was cut")))
            case .freeze, .hold: break
            }
        }
    }

    func administer(_ method: String, _ body: String) {
        enter(.request(BoxRequest(id: 0, method: method, path: "/admin/faults", body: body)))
    }

    var truth: [(client: String, fills: [BoxFill])] {
        box.orders.all.map { ($0.clientID, box.orders.fills(of: $0.id)) }
    }
    var price: Price { box.listings[1].price(box.listings[1].lastTicks) }
}

@Suite("Our connector at the box")
struct ConnectorScenarioTests {
    /// More of them where `QUARTET_TEST_CONNECTOR_SEEDS` says so.
    private static let seeds = max(
        1, ProcessInfo.processInfo.environment["QUARTET_TEST_CONNECTOR_SEEDS"].flatMap { Int($0) } ?? 8)

    private static let faults = """
        [{"kind":"reply_lost","rate":0.1,"match":"POST /fapi/v1/order"},{"kind":"disconnect","on":"rest","rate":0.04},
        {"kind":"unknown_outcome","rate":0.06,"match":"POST /fapi/v1/order"},{"kind":"server_error","rate":0.04},
        {"kind":"reply_hung","rate":0.04},{"kind":"latency","on":"rest","rate":0.1,"milliseconds":1500},
        {"kind":"garbage","on":"rest","rate":0.03},{"kind":"clock_refusal","rate":0.03},
        {"kind":"gap","on":"user","rate":0.1},{"kind":"duplicate","on":"user","rate":0.1},
        {"kind":"out_of_order","on":"user","rate":0.1},{"kind":"disconnect","on":"user","rate":0.02},
        {"kind":"latency","on":"user","rate":0.1,"milliseconds":1200},{"kind":"garbage","on":"user","rate":0.02},
        {"kind":"late_fill","rate":0.15,"milliseconds":1500},{"kind":"partial","rate":0.15},
        {"kind":"fill_before_reply","rate":0.1},{"kind":"disconnect_after_accept","rate":0.05},
        {"kind":"reject","rate":0.05}]
        """

    @Test(
        "whatever is lost, late, doubled or garbled on the way: one order for each that was asked for, and its fills exact",
        arguments: 1...seeds)
    func everyOrderOnce(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let run = try ConnectorRun(seed: UInt64(seed))
        run.pass(.seconds(5))
        #expect(run.isReady, "seed \(seed)")
        run.administer("POST", Self.faults)
        var ids: [ClientOrderID] = []
        for number in 0..<40 {
            var request = TradingModel.OrderRequest()
            request.clientOrderID = .derived(from: "seed-\(seed)-\(number)", purpose: .entry)
            request.symbol = try #require(Symbol("BTC/USDT"))
            request.side = generator.next() & 1 == 0 ? .buy : .sell
            request.quantity = Quantity(raw: Quantity.scale / 1_000 * Int128(2 + generator.next() % 20))
            request.leverage = 20
            request.referencePrice = run.price
            request.decidedAt = run.now
            ids.append(request.clientOrderID)
            run.submit(request)
            run.pass(.milliseconds(Int64(200 + generator.next() % 2_000)))
        }
        run.administer("DELETE", "")
        run.pass(.seconds(60))
        for id in ids { run.ask(id) }
        run.pass(.seconds(60))

        let truth = run.truth
        for id in ids {
            let real = truth.filter { $0.client == id.text }
            #expect(real.count <= 1, "seed \(seed): \(id) was placed \(real.count) times")
            if run.refused.contains(id) || run.unheard.contains(id) {
                #expect(real.isEmpty, "seed \(seed): \(id) is said not to be there, but is")
            }
            // Ids are unique with the symbol and the side: those are put in front and behind.
            let told = (run.fills[id] ?? [:]).values.sorted { $0.id < $1.id }
            let box = (real.first?.fills ?? []).sorted { $0.id < $1.id }
            let names = box.map { "BTCUSDT-\($0.id)-\($0.side == .buy ? "b" : "s")" }
            #expect(told.map(\.id) == names, "seed \(seed): fills of \(id)")
            #expect(told.map(\.fee) == box.map(\.fee), "seed \(seed): fees of \(id)")
            let values = told.map { Money.notional($0.price, $0.quantity) }
            #expect(values == box.map(\.value), "seed \(seed): values of \(id)")
        }
        #expect(truth.reduce(0) { $0 + $1.fills.count } > 15, "seed \(seed)")
    }
}

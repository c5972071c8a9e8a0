import ExecutionCore
import Portfolio
import Testing
import TradingModel
import VenueConnector
import VenueTrading

@testable import SimulatedExchange

/// What survives the death of the process: the journal as it was committed.
struct BoxJournal {
    var image: JournalImage?
    var orders: [ClientOrderID: OrderRecord] = [:]
    var sequence: [ClientOrderID] = []
    var fills: [Fill] = []

    mutating func commit(_ records: [JournalRecord]) {
        for record in records {
            switch record {
            case .newOrder(let order):
                #expect(orders[order.order.id] == nil, "the journal refuses a second \(order.order.id)")
                orders[order.order.id] = order
                sequence.append(order.order.id)
            case .order(let order): orders[order.order.id] = order
            case .fill(let fill):
                #expect(!fills.contains { $0.id == fill.id }, "the journal refuses a second \(fill.id)")
                fills.append(fill)
            case .position(let position, let quantity, let notional):
                image?.holdings.removeAll { $0.position.symbol == position.symbol }
                guard position.isOpen else { continue }
                image?.holdings.append(
                    Holding(position: position, enteredQuantity: quantity, enteredNotional: notional))
            case .trade(let trade, _): image?.trades.append(trade)
            case .funding(let payment): image?.fundings.insert(payment.id)
            case .account(let account):
                image?.realizedPnL = account.realizedPnL
                image?.fees = account.fees
                image?.lastEventTime = account.eventTime
            }
        }
    }

    func journaled(_ id: ClientOrderID) -> JournaledOrder? {
        orders[id].map { record in JournaledOrder(record: record, fills: fills.filter { $0.clientOrderID == id }) }
    }

    var restored: JournalImage? {
        var image = image
        image?.openOrders = sequence.compactMap { orders[$0]?.order.status.isTerminal == false ? journaled($0) : nil }
        return image
    }

    var balance: Money { image.map { $0.startingBalance + $0.netDeposits + $0.realizedPnL - $0.fees } ?? .zero }
}

/// Execution's core and connector at the box under one clock, obeyed as the service's shell obeys them, with a death before
/// any of its steps.
final class CrashAtTheBox {
    struct Death: Error {}

    private enum Happening {
        case connector(ConnectorEvent)
        case core(ExecutionEvent)
        case text(ConnectionID, String)
        case boot
    }

    private var box: ExchangeBox
    private var core: ExecutionCore?
    private var connector: VenueConnector?
    private(set) var journal = BoxJournal()
    private(set) var now = Rig.start
    private var due: [(at: MarketTime, order: Int, life: Int, what: Happening)] = []
    private var count = 0
    private var life = 0
    private var hasRestored = false
    private var numbers: [UInt64: (number: Int, life: Int)] = [:]
    private var nextRequest: UInt64 = 1
    private var stream: ConnectionID?
    private var nextStream: UInt64 = 1
    private let seed: UInt64
    private let instrument: Instrument
    /// Steps until the process dies; `nil`: it lives.
    var fuse: Int?
    private(set) var deaths = 0
    private(set) var answers: [ClientOrderID: Order] = [:]
    private var asked: [ClientOrderID: TradingModel.OrderRequest] = [:]
    private var tokens: [Int: ClientOrderID] = [:]

    init(seed: UInt64) throws {
        self.seed = seed
        var settings = BoxSettings(start: Rig.start)
        settings.symbols = [try #require(Symbol("BTC/USDT"))]
        settings.seed = seed
        settings.lookBack = 0
        settings.futuresBalances = ["USDT": Money(1_000_000)]
        box = ExchangeBox(settings)
        var instrument = box.listings[1].instrument
        instrument.symbol = settings.symbols[0]
        self.instrument = instrument
        boot()
    }

    var price: Price { box.listings[1].price(box.listings[1].lastTicks) }
    var wallet: Money { box.futures.wallets["USDT"] ?? .zero }
    var truth: [(client: String, fills: [BoxFill])] {
        box.orders.all.map { ($0.clientID, box.orders.fills(of: $0.id)) }
    }
    var position: Position? { core?.ledger.positions.first }
    var isServing: Bool { core?.isServing ?? false }

    // MARK: Time

    private func later(_ span: Span, _ what: Happening) {
        count += 1
        due.append((now + span, count, life, what))
    }

    func pass(_ span: Span) {
        let end = now + span
        while now < end {
            now = now + .milliseconds(100)
            enter(.tick)
            while let next = due.filter({ $0.at <= now }).min(by: { ($0.at, $0.order) < ($1.at, $1.order) }) {
                due.removeAll { $0.order == next.order }
                // What an earlier process waited for is gone with it.
                if next.life == life { happen(next.what) }
            }
        }
    }

    private func happen(_ what: Happening) {
        switch what {
        case .boot: boot()
        case .connector(let event): live { try tell(event) }
        case .core(let event): live { try handle(event) }
        case .text(let id, let text): if id == stream { live { try tell(.streamText(text)) } }
        }
    }

    // MARK: The process

    private func live(_ act: () throws -> Void) {
        do { try act() } catch {
            // Its connections end with it; what is on its way to the box arrives all the same.
            if let stream { enter(.closed(stream)) }
            (core, connector, stream, fuse) = (nil, nil, nil, nil)
            deaths += 1
            life += 1
            later(.milliseconds(300), .boot)
        }
    }

    private func step() throws {
        guard let left = fuse else { return }
        if left == 0 { throw Death() }
        fuse = left - 1
    }

    private func boot() {
        var policy = ConnectorPolicy(streamURL: "ws://box/usdm/ws")
        policy.setsIsolatedMargin = false
        policy.jitterSeed = seed
        connector = VenueConnector(
            market: .binanceUSDM, keys: VenueKeys(key: BoxKey.standard.key, secret: BoxKey.standard.secret),
            policy: policy)
        var rules = ExecutionPolicy()
        rules.acknowledgementTimeout = .seconds(8)
        rules.proofDelay = .seconds(12)
        rules.reconciliationInterval = .seconds(20)
        rules.jitterSeed = seed
        core = ExecutionCore(policy: rules)
        hasRestored = false
        live {
            try handle(.instruments([instrument]))
            try tell(.instruments([instrument]))
            try tell(.started)
        }
    }

    /// Orders that are over are let go of: what is heard of one recalls it first, as the shell does.
    private func recall(_ id: ClientOrderID) {
        guard core?.isTracking(id) == false, let known = journal.journaled(id) else { return }
        var none: [ExecutionDirective] = []
        core?.handle(.recalled(known), at: WallTime(micros: now.micros), into: &none)
    }

    private func handle(_ event: ExecutionEvent) throws {
        if case .reports(let reports) = event { for id in reports.flatMap(\.orderIDs) { recall(id) } }
        var directives: [ExecutionDirective] = []
        core?.handle(event, at: WallTime(micros: now.micros), into: &directives)
        var rows: [JournalRecord] = []
        for directive in directives {
            if case .journal(let record) = directive {
                rows.append(record)
                continue
            }
            try commit(&rows)
            try step()
            switch directive {
            case .send(let command): try tell(.command(command))
            case .schedule(let timer, let delay): later(delay, .core(.timer(timer)))
            case .reply(let answer, let token):
                if let id = tokens[token.number], let order = answer.order { answers[id] = order }
            default: break
            }
        }
        try commit(&rows)
    }

    private func commit(_ rows: inout [JournalRecord]) throws {
        guard !rows.isEmpty else { return }
        try step()
        journal.commit(rows)
        rows.removeAll()
        try step()
    }

    private func tell(_ event: ConnectorEvent) throws {
        var directives: [ConnectorDirective] = []
        connector?.handle(event, at: WallTime(micros: now.micros), into: &directives)
        for directive in directives {
            switch directive {
            case .send(let number, let request, let timeout):
                try step()
                send(number, request, timeout)
            case .openStream(let url, _): open(url)
            case .closeStream: stream = nil
            case .say(let text): if let stream { enter(.text(stream, text)) }
            case .schedule(let timer, let delay): later(delay, .connector(.timer(timer)))
            case .report(let report): later(.zero, .core(.reports([report])))
            case .ready(let wallet):
                if journal.image == nil { journal.image = JournalImage(startingBalance: wallet) }
                guard !hasRestored, let image = journal.restored else { continue }
                hasRestored = true
                try handle(.restored(image))
            case .waiting, .refuse, .log: break
            }
        }
    }

    // MARK: Risk's side

    /// Asks as risk does: the same request again until it is answered.
    func ask(_ request: TradingModel.OrderRequest) {
        asked[request.clientOrderID] = request
        for _ in 0..<120 where answers[request.clientOrderID] == nil {
            if core?.isServing == true {
                count += 1
                tokens[count] = request.clientOrderID
                let token = RequestToken(count)
                live {
                    recall(request.clientOrderID)
                    try handle(.orderRequest(request, token))
                }
            }
            for _ in 0..<20 where answers[request.clientOrderID] == nil { pass(.milliseconds(100)) }
        }
    }

    /// Until no order is between two states.
    func settle(within span: Span) -> Bool {
        let end = now + span
        while now < end {
            pass(.milliseconds(500))
            let isOpen = journal.orders.values.contains { !$0.order.status.isTerminal }
            if core?.isServing == true, !isOpen { return true }
        }
        return false
    }

    // MARK: The box's side

    private func send(_ number: Int, _ request: TradingRequest, _ timeout: Span) {
        let tail = request.url.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" }
        let parts = tail.split(separator: "?", maxSplits: 1).map(String.init)
        let id = nextRequest
        nextRequest += 1
        numbers[id] = (number, life)
        later(timeout, .connector(.failed(number, mayHaveBeenSent: true, reason: "no answer in time")))
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
        later(.zero, .connector(.streamOpened))
    }

    private func enter(_ event: BoxEvent) {
        var directives: [BoxDirective] = []
        box.handle(event, at: BoxTime(market: now, wall: WallTime(micros: now.micros)), into: &directives)
        for directive in directives {
            switch directive {
            case .reply(let id, let reply, let delay):
                guard let to = numbers[id], to.life == life else { continue }
                let headers = reply.headers.map { CallAnswer.Header(name: $0.name.lowercased(), value: $0.value) }
                later(
                    delay,
                    .connector(
                        .answered(to.number, CallAnswer(status: reply.status, headers: headers, body: reply.text))))
            case .cut(let id, let delay):
                guard let to = numbers[id], to.life == life else { continue }
                later(
                    delay, .connector(.failed(to.number, mayHaveBeenSent: true, reason: "the connection was cut")))
            case .send(let id, let bytes, let delay): later(delay, .text(id, String(decoding: bytes, as: UTF8.self)))
            case .close(let id, _, _), .sever(let id):
                guard id == stream else { continue }
                stream = nil
                later(.zero, .connector(.streamLost("the stream was cut")))
            case .freeze, .hold: break
            }
        }
    }

    func administer(_ method: String, _ body: String) {
        enter(.request(BoxRequest(id: 0, method: method, path: "/admin/faults", body: body)))
    }
}

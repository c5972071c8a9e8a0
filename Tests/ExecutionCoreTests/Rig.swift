import ExecutionCore
import Portfolio
import Testing
import TradingModel

/// The process has died.
struct Crash: Error {}

/// What survives the death of the process: the journal, as it was committed.
struct Disk: Equatable {
    var image = JournalImage(startingBalance: money("10000"))
    var orders: [OrderRecord] = []
    var events: [OrderRecord] = []
    var fills: [Fill] = []
    var trades: [Trade] = []
    var account: AccountRecord?
    /// The paper venue's books, where they live in the journal.
    var paper = PaperState(startingBalance: money("10000"))

    mutating func commit(_ records: [JournalRecord], _ changes: [PaperChange]) {
        for record in records { write(record) }
        for change in changes { write(change) }
    }

    private mutating func write(_ record: JournalRecord) {
        switch record {
        case .newOrder(let order):
            #expect(
                !orders.contains { $0.order.id == order.order.id }, "the journal refuses a second \(order.order.id)")
            orders.append(order)
            events.append(order)
        case .order(let order):
            guard let index = orders.firstIndex(where: { $0.order.id == order.order.id }) else {
                Issue.record("order \(order.order.id) is changed but was never written")
                return
            }
            orders[index] = order
            events.append(order)
        case .fill(let fill):
            #expect(!fills.contains { $0.id == fill.id }, "the journal refuses a second \(fill.id)")
            fills.append(fill)
        case .position(let position, let quantity, let notional):
            image.holdings.removeAll { $0.position.symbol == position.symbol }
            if position.isOpen {
                image.holdings.append(Holding(position: position, enteredQuantity: quantity, enteredNotional: notional))
            }
        case .trade(let trade, _): trades.append(trade)
        case .funding(let payment):
            #expect(image.fundings.insert(payment.id).inserted, "the journal refuses a second \(payment.id)")
        case .account(let record):
            account = record
            image.realizedPnL = record.realizedPnL
            image.fees = record.fees
            image.lastEventTime = record.eventTime
        }
    }

    private mutating func write(_ change: PaperChange) {
        switch change {
        case .order(let order):
            paper.orders.removeAll { $0.id == order.id }
            paper.orders.append(order)
        case .removed(let id): paper.orders.removeAll { $0.id == id }
        case .books(let books):
            paper.realizedPnL = books.realizedPnL
            paper.fees = books.fees
            paper.matchedAt[books.symbol] = books.matchedAt
            paper.holdings.removeAll { $0.position.symbol == books.symbol }
            if let holding = books.holding { paper.holdings.append(holding) }
        }
    }

    /// The journal as the process finds it when it starts.
    var restored: JournalImage {
        var image = image
        image.openOrders = orders.filter { !$0.order.status.isTerminal }.map(journaled)
        return image
    }

    func journaled(_ record: OrderRecord) -> JournaledOrder {
        JournaledOrder(record: record, fills: fills.filter { $0.clientOrderID == record.order.id })
    }

    /// What fills alone say, by an arithmetic of its own: signed quantity, and cash as money that changed hands.
    func naive(_ symbol: Symbol) -> (quantity: Int128, cash: Int128) {
        var (quantity, cash): (Int128, Int128) = (0, 0)
        for fill in fills where fill.symbol == symbol {
            let sign: Int128 = fill.side == .buy ? 1 : -1
            quantity += sign * fill.quantity.raw
            cash -= sign * fill.quantity.raw * fill.price.raw + fill.fee.raw
        }
        return (quantity, cash)
    }

    /// Every way in which positions and cash disagree with the fills; empty when they are right to the last digit.
    func imbalances() -> [String] {
        var found: [String] = []
        var cash = image.startingBalance.raw
        var bound: Int128 = 0
        for symbol in Set(fills.map(\.symbol)) {
            let naive = naive(symbol)
            cash += naive.cash
            let position = image.holdings.first { $0.position.symbol == symbol }?.position
            let signed = (position?.quantity.raw ?? 0) * (position?.side == .short ? -1 : 1)
            if signed != naive.quantity { found.append("\(symbol): position \(signed), fills say \(naive.quantity)") }
            bound += (position?.cost.raw ?? 0) * (position?.side == .short ? -1 : 1)
        }
        let balance = account?.balance.raw ?? image.startingBalance.raw
        if balance != cash + bound {
            found.append("balance \(Money(raw: balance)), fills say \(Money(raw: cash + bound))")
        }
        for record in orders {
            let mine = fills.filter { $0.clientOrderID == record.order.id }
            let sum = mine.reduce(Quantity.zero) { $0 + $1.quantity }
            if sum != record.order.filledQuantity {
                found.append("order \(record.order.id): \(record.order.filledQuantity), fills \(sum)")
            }
            if sum > record.order.request.quantity { found.append("order \(record.order.id) is overfilled") }
        }
        return found
    }
}

/// A shell without a process: it obeys the core's directives against a disk and a venue, and can die between any two steps.
final class Rig {
    /// Where the venue's books are.
    enum Place {
        /// In the journal's transactions, as on paper.
        case inside
        /// Somewhere else, as an exchange's are: they survive our death.
        case outside
    }

    let place: Place
    var policy = ExecutionPolicy()
    var core: ExecutionCore
    var venue: PaperVenue
    var disk = Disk()
    var now = wall(0)
    var facts: [ExecutionFact] = []
    var barriers: [Barrier] = []
    var answers: [Int: OrderAnswer] = [:]
    var snapshots: [Int: ExecutionImage] = [:]
    var refusals: [Int: RequestRefusal] = [:]
    var logs: [LogLine] = []
    var readiness: ExecutionReadiness?
    var timers: [(due: WallTime, timer: ExecutionTimer)] = []
    var commands: [VenueCommand] = []
    var comparisons: [Int: ReconciliationAnswer] = [:]
    var commits = 0
    /// Steps left to live; `nil` is for ever.
    var life: Int?
    var steps = 0
    /// What the network makes of a command: whether it arrives, and which reports come back now.
    var network: ((VenueCommand, @escaping (VenueCommand) -> [VenueReport]) -> [VenueReport])?
    private var records: [JournalRecord] = []
    private var changes: [PaperChange] = []
    private var directives: [ExecutionDirective] = []
    private var lastToken = 0
    let instruments: [Instrument]

    init(
        _ place: Place = .inside, policy: ExecutionPolicy = ExecutionPolicy(), rules: PaperRules = PaperRules(),
        _ instruments: [Instrument] = [instrument(), instrument(eth)]
    ) {
        self.place = place
        self.policy = policy
        self.instruments = instruments
        core = ExecutionCore(policy: policy)
        venue = PaperVenue(rules: rules, state: disk.paper)
        venue.list(instruments)
    }

    /// Starts the process, for the first time or again.
    func start() throws {
        (records, changes, directives, timers) = ([], [], [], [])
        core = ExecutionCore(policy: policy)
        if place == .inside {
            venue = PaperVenue(rules: venue.rules, state: disk.paper)
            venue.list(instruments)
        }
        try handle(.restored(disk.restored))
        try handle(.instruments(instruments))
    }

    func handle(_ event: ExecutionEvent) throws {
        core.handle(event, at: now, into: &directives)
        try obey()
    }

    func take(_ reports: [VenueReport]) throws {
        guard !reports.isEmpty else { return }
        recall(reports)
        try handle(.reports(reports))
    }

    @discardableResult func order(_ request: OrderRequest) throws -> Int {
        try recall(request.clientOrderID)
        lastToken += 1
        let token = lastToken
        try handle(.orderRequest(request, RequestToken(token)))
        return token
    }

    @discardableResult func cancel(_ name: String) throws -> Int {
        try recall(id(name))
        lastToken += 1
        let token = lastToken
        try handle(.cancelRequest(id(name), RequestToken(token)))
        return token
    }

    func query(_ name: String) throws -> OrderAnswer? {
        try recall(id(name))
        lastToken += 1
        let token = lastToken
        try handle(.orderQuery(id(name), RequestToken(token)))
        return answers[token]
    }

    func snapshot() throws -> ExecutionImage? {
        lastToken += 1
        let token = lastToken
        try handle(.snapshotRequest(RequestToken(token)))
        return snapshots[token]
    }

    private func recall(_ id: ClientOrderID) throws {
        guard !core.isTracking(id), let record = disk.orders.first(where: { $0.order.id == id }) else { return }
        try handle(.recalled(disk.journaled(record)))
    }

    func tick(_ ticker: Ticker) throws {
        core.handle(.ticker(ticker), at: now, into: &directives)
        var reports: [VenueReport] = []
        venue.observe(ticker, into: &reports)
        if place == .inside { changes += venue.takeChanges() }
        if !reports.isEmpty {
            try step()
            absorb(reports)
        }
        try obey()
    }

    /// Lets wall time pass; timers that come due are told.
    func wait(_ span: Span) throws {
        let end = now + span
        while let next = timers.map(\.due).min(), next <= end {
            now = max(now, next)
            let due = timers.filter { $0.due <= now }.map(\.timer)
            timers.removeAll { $0.due <= now }
            for timer in due { try handle(.timer(timer)) }
        }
        now = end
    }

    /// A moment at which the process may die.
    private func step() throws {
        steps += 1
        guard let left = life else { return }
        guard left > 0 else { throw Crash() }
        life = left - 1
    }

    private func commit() throws {
        guard !records.isEmpty || !changes.isEmpty else { return }
        try step()
        disk.commit(records, changes)
        (records, changes) = ([], [])
        commits += 1
        try step()
    }

    private func obey() throws {
        var next = 0
        while next < directives.count {
            let directive = directives[next]
            next += 1
            switch directive {
            case .journal(let record): records.append(record)
            case .send(let command): try send(command)
            case .schedule(let timer, let delay): timers.append((now + delay, timer))
            case .reply(let answer, let token):
                try commit()
                try step()
                answers[token.number] = answer
            case .replySnapshot(let image, let token): snapshots[token.number] = image
            case .replyReconciliation(let answer, let token): comparisons[token.number] = answer
            case .refuse(let refusal, let token): refusals[token.number] = refusal
            case .publish(let fact):
                try commit()
                try step()
                facts.append(fact)
            case .barrier(let barrier):
                try commit()
                try step()
                barriers.append(barrier)
            case .readiness(let state): readiness = state
            case .log(let line): logs.append(line)
            }
        }
        try commit()
        directives = []
    }

    private func send(_ command: VenueCommand) throws {
        if place == .outside { try commit() }
        try step()
        commands.append(command)
        let deliver: (VenueCommand) -> [VenueReport] = { [self] command in
            var reports: [VenueReport] = []
            venue.handle(command, at: now, into: &reports)
            if place == .inside { changes += venue.takeChanges() }
            return reports
        }
        let reports = network.map { $0(command, deliver) } ?? deliver(command)
        try step()
        if !reports.isEmpty {
            recall(reports)
            absorb(reports)
        }
    }

    /// What follows of the venue's reports is journalled at once: its own rows are waiting already.
    private func absorb(_ reports: [VenueReport]) {
        var new: [ExecutionDirective] = []
        core.handle(.reports(reports), at: now, into: &new)
        for directive in new {
            if case .journal(let record) = directive { records.append(record) } else { directives.append(directive) }
        }
    }

    /// Orders that the venue speaks of and that are not in memory come from the journal first.
    private func recall(_ reports: [VenueReport]) {
        for id in reports.flatMap(\.orderIDs) where !core.isTracking(id) {
            guard let record = disk.orders.first(where: { $0.order.id == id }) else { continue }
            core.handle(.recalled(disk.journaled(record)), at: now, into: &directives)
        }
    }

    // MARK: What the tests ask

    var orderFacts: [Order] { facts.compactMap { if case .order(let order) = $0 { order } else { nil } } }
    var fillFacts: [Fill] { facts.compactMap { if case .fill(let fill) = $0 { fill } else { nil } } }
    var accountFacts: [AccountState] {
        facts.compactMap { if case .account(let account) = $0 { account } else { nil } }
    }

    func status(_ name: String) -> OrderStatus? { disk.orders.first { $0.order.id == id(name) }?.order.status }
    func reason(_ name: String) -> String { disk.orders.first { $0.order.id == id(name) }?.order.reason ?? "" }
    func submits(_ name: String) -> Int {
        commands.count { if case .submit(let request) = $0 { request.clientOrderID == id(name) } else { false } }
    }
}

import TradingModel

/// An order in memory with what the core needs around its life.
struct TrackedOrder: Sendable {
    var life: OrderLife
    /// The order in which it became known: snapshots list by it.
    let number: Int
    let isExternal: Bool
    /// Requests to be answered once the venue has spoken.
    var waiting: [Waiting] = []
    /// When the first and the last attempt left, by this run's clock; absent after a restart.
    var firstSentAt: WallTime?
    var lastSentAt: WallTime?
    /// How often the venue was asked for it since it last answered.
    var queries = 0
    /// How often the venue has said that it never had it, although it had accepted it.
    var denials = 0
    /// The venue was asked for it and has not answered.
    var isAsked = false
    /// A query or resend timer is running.
    var isPursued = false

    struct Waiting: Sendable {
        let token: RequestToken
        /// A cancel is answered by any word of the venue, an order by the first that settles its submission.
        let isCancel: Bool
    }

    init(life: OrderLife, number: Int, isExternal: Bool = false) {
        self.life = life
        self.number = number
        self.isExternal = isExternal
    }

    var id: ClientOrderID { life.request.clientOrderID }
    var isOver: Bool { life.status.isTerminal }
    var record: OrderRecord {
        OrderRecord(
            order: life.order, attempts: life.attempts, isCancelRequested: life.isCancelRequested,
            isExternal: isExternal)
    }
    var answer: OrderAnswer { OrderAnswer(order: life.order, fills: life.execution.fills) }

    /// Takes out the requests that can be answered now.
    mutating func takeAnswerable() -> [RequestToken] {
        guard !waiting.isEmpty else { return [] }
        let isSettled = life.status != .initialized && life.status != .submitted
        let answerable = waiting.filter { $0.isCancel || isSettled }
        waiting.removeAll { $0.isCancel || isSettled }
        return answerable.map(\.token)
    }
}

/// What one call of the core brings about, gathered so that the journal comes first and the replies come last but facts.
struct Turn {
    let now: WallTime
    /// Whether somebody keeps the journal and reads what is logged below a warning.
    let keepsRecords: Bool
    private(set) var directives: [ExecutionDirective] = []
    var journal: [JournalRecord] = []
    var commands: [VenueCommand] = []
    var timers: [(ExecutionTimer, Span)] = []
    var answers: [ExecutionDirective] = []
    var facts: [ExecutionFact] = []
    var tail: [ExecutionDirective] = []
    /// Orders the venue has spoken of.
    var heard: [ClientOrderID] = []
    /// Orders that are different now, in the order in which they became so.
    var changed: [ClientOrderID] = []
    /// Positions that are different now.
    var positions: [Position] = []
    var hasCashChanged = false
    var publishesAccount = false

    init(now: WallTime, keepsRecords: Bool) {
        self.now = now
        self.keepsRecords = keepsRecords
    }

    @inline(__always)
    mutating func write(_ record: @autoclosure () -> JournalRecord) {
        if keepsRecords { journal.append(record()) }
    }

    /// The sentence is made only where somebody reads it.
    @inline(__always)
    mutating func log(_ level: LogLine.Level, _ text: @autoclosure () -> String, isTrade: Bool = false) {
        if keepsRecords || level != .info { tail.append(.log(LogLine(level, text(), isTrade: isTrade))) }
    }

    mutating func note(changed id: ClientOrderID) {
        if !changed.contains(id) { changed.append(id) }
    }

    mutating func note(position: Position) {
        positions.removeAll { $0.symbol == position.symbol }
        positions.append(position)
    }

    func emit(into directives: inout [ExecutionDirective]) {
        for record in journal { directives.append(.journal(record)) }
        for command in commands { directives.append(.send(command)) }
        for (timer, delay) in timers { directives.append(.schedule(timer, after: delay)) }
        directives.append(contentsOf: answers)
        for fact in facts { directives.append(.publish(fact)) }
        directives.append(contentsOf: tail)
    }
}

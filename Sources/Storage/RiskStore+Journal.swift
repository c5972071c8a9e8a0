public import TradingModel

/// What has to be on disk before an order may leave goes there in one short write.
///
/// A verdict, its plan, its order and the day's counter touch three tables with seven indices. They are committed as one
/// record of the ``RedoLog`` and *folded* into their tables with the next commit, no longer in the order's way.
extension RiskStore {
    /// A record that may wait to be folded.
    public enum JournalEntry: Hashable, Sendable {
        case verdict(Verdict)
        case plan(ExitPlan)
        case order(StoredIntent)
        case day(StoredDay)

        func bind(_ binder: inout Binder) {
            switch self {
            case .verdict(let verdict):
                binder.text("verdict")
                verdict.bind(&binder)
            case .plan(let plan):
                binder.text("plan")
                plan.bind(&binder)
            case .order(let intent):
                binder.text("order")
                intent.bind(&binder)
            case .day(let day):
                binder.text("day")
                day.bind(&binder)
            }
        }

        init(_ columns: inout Columns) throws(StorageError) {
            let kind = columns.text()
            switch kind {
            case "verdict": self = .verdict(try Verdict(stored: &columns))
            case "plan": self = .plan(try ExitPlan(stored: &columns))
            case "order": self = .order(try StoredIntent(&columns))
            case "day": self = .day(try StoredDay(&columns))
            default:
                throw StorageError(
                    code: .corrupt, description: "risk.sqlite.redo has an entry of the unknown kind \"\(kind)\"")
            }
        }
    }

    /// Commits records; they are in their tables after the next ``fold()``.
    ///
    /// A second open plan of a symbol is refused here already, as its table would.
    public func journal(_ entries: [JournalEntry]) throws(StorageError) {
        guard let redo else {
            throw StorageError(code: .failed, description: "\(database.path) was opened to be read only")
        }
        for case .plan(let plan) in entries { try refuseSecondPlan(plan) }
        var binder = Binder()
        for entry in entries { entry.bind(&binder) }
        try redo.append(binder.record)
        journalled += entries
        if redo.used > RedoLog.mostBytes { try fold() }
    }

    /// Whether something waits to be folded.
    public var mustFold: Bool { !journalled.isEmpty }

    /// Moves what was journalled into its tables, in one transaction or as a part of the one that is under way.
    public func fold() throws(StorageError) {
        guard let redo, !journalled.isEmpty else { return }
        let entries = journalled
        journalled.removeAll(keepingCapacity: true)
        try database.transaction { () throws(StorageError) in
            for entry in entries {
                switch entry {
                case .verdict(let verdict): try save(verdict)
                case .plan(let plan): try save(plan)
                case .order(let intent): try save(intent)
                case .day(let day): try save(day)
                }
            }
            try redo.markFolded()
        }
    }

    /// Folds what a process that died has left behind.
    func recoverJournal() throws(StorageError) {
        guard let redo else { return }
        for record in try redo.unfolded() {
            var columns = Columns(try RecordValue.all(in: record))
            while !columns.isAtEnd { journalled.append(try JournalEntry(&columns)) }
        }
        try fold()
    }

    private func refuseSecondPlan(_ plan: ExitPlan) throws(StorageError) {
        guard plan.status != .spent else { return }
        var open = written
        for case .plan(let waiting) in journalled { open[waiting.id] = waiting.status == .spent ? nil : waiting }
        guard let other = open.values.first(where: { $0.symbol == plan.symbol && $0.id != plan.id }) else { return }
        throw StorageError(
            code: .constraint,
            description: "\(database.path) refused plan \(plan.id): plan \(other.id) of \(plan.symbol) is open")
    }
}

extension StoredDay {
    func bind(_ binder: inout Binder) {
        binder.number(day)
        binder.decimal(startEquity)
        binder.number(trades)
        binder.decimal(reachedLoss)
    }

    init(_ columns: inout Columns) throws(StorageError) {
        let day = Int64(columns.number())
        let startEquity: Money = try columns.decimal()
        let trades = columns.number()
        self.init(day: day, startEquity: startEquity, trades: trades, reachedLoss: try columns.decimal())
    }
}

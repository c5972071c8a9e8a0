import Portfolio
import TradingModel

/// How books and venue differ at one moment.
struct Comparison: Sendable, Equatable {
    /// One sentence a symbol.
    var symbols: [Symbol: String] = [:]
    /// One sentence; `nil` where cash agrees or the venue does not tell it.
    var cash: String?
}

/// Books and venue side by side. Execution never brings them together by trading: it says how they differ and keeps new
/// exposure away until they agree or a person has decided.
extension ExecutionCore {
    /// Positions, open orders and cash of both, as they are now.
    func comparison(with account: VenueAccount) -> Comparison {
        var found = Comparison()
        let theirs = Dictionary(account.positions.map { ($0.symbol, $0) }, uniquingKeysWith: { first, _ in first })
        for symbol in Set(theirs.keys).union(ledger.holdings.keys) {
            let ours = ledger.position(symbol).map {
                VenuePosition(symbol: symbol, side: $0.side, quantity: $0.quantity)
            }
            guard ours != theirs[symbol], !account.isHoldings || isShort(theirs[symbol], of: ours) else { continue }
            found.symbols[symbol] =
                "the books have \(Self.words(ours)), the venue has \(Self.words(theirs[symbol]))"
        }
        let open = Set(account.openOrders.map(\.request.clientOrderID))
        for id in self.open where !open.contains(id) {
            guard let life = orders[id]?.life, life.status == .accepted || life.status == .partiallyFilled,
                found.symbols[life.request.symbol] == nil
            else { continue }
            found.symbols[life.request.symbol] = "order \(id) is open in the books and not at the venue"
        }
        if let cash = account.cash, cash != ledger.balance {
            found.cash = "the books have a balance of \(ledger.balance), the venue has \(cash)"
        }
        return found
    }

    /// Whether a spot account holds less of a coin than the books say: what it holds beyond that is not ours.
    private func isShort(_ holding: VenuePosition?, of ours: VenuePosition?) -> Bool {
        guard let ours else { return false }
        return ours.side == .short || (holding?.quantity ?? .zero) < ours.quantity
    }

    /// While orders are served an answer may be older than a fill that is booked already, and balances may lag. So only
    /// what is found twice in the same words, with no order of the symbol in doubt, is believed.
    mutating func compare(with account: VenueAccount, _ turn: inout Turn) {
        guard case .reconciled(let fault) = phase else { return }
        let found = comparison(with: account)
        for symbol in Set(found.symbols.keys).union(disagreed).sorted() where !isInDoubt(symbol) {
            judge(symbol, found.symbols[symbol], &turn)
        }
        // An order that is closed at the venue and open here is settled by asking for it.
        for id in open where found.symbols[orders[id]?.life.request.symbol ?? .none] != nil { pursue(id, &turn) }
        if let cash = found.cash {
            if cash == suspected.cash, fault == nil, !open.contains(where: { isInDoubt(orders[$0]?.life) }) {
                turn.log(.error, "not reconciled: \(cash)")
                phase = .reconciled(fault: cash)
            }
        } else if let fault, account.cash != nil {
            turn.log(.info, "books and venue agree on cash again (\(fault))")
            phase = .reconciled(fault: nil)
        }
        suspected = found
        for token in comparing {
            let answer = ReconciliationAnswer(
                symbols: found.symbols, cash: found.cash, blocked: blocked, positions: account.positions.count,
                openOrders: account.openOrders.count, balance: ledger.balance,
                venueBalance: account.cash ?? account.wallet)
            turn.answers.append(.replyReconciliation(answer, token))
        }
        comparing.removeAll()
        compareLater(&turn)
    }

    private mutating func judge(_ symbol: Symbol, _ sentence: String?, _ turn: inout Turn) {
        guard let sentence else {
            disagreed.remove(symbol)
            blocked[symbol] = nil
            return turn.log(.info, "books and venue agree on \(symbol) again: new exposure is taken")
        }
        guard sentence == suspected.symbols[symbol], blocked[symbol] == nil else { return }
        disagreed.insert(symbol)
        block(symbol, sentence, &turn)
    }

    mutating func compareLater(_ turn: inout Turn) {
        guard let interval = policy.reconciliationInterval, !isComparisonTimerRunning else { return }
        isComparisonTimerRunning = true
        // What is suspected is looked at again soon.
        let isCalm = suspected == Comparison()
        turn.timers.append((.comparison, isCalm ? interval : min(interval, policy.firstRetry * 4)))
    }

    /// Whether an order of the symbol is between two states, so that nothing can be said of its position.
    private func isInDoubt(_ symbol: Symbol) -> Bool {
        open.contains { orders[$0]?.life.request.symbol == symbol && isInDoubt(orders[$0]?.life) }
    }

    private func isInDoubt(_ life: OrderLife?) -> Bool {
        switch life?.status {
        case .initialized?, .submitted?, .unresolved?: true
        default: false
        }
    }

    private static func words(_ position: VenuePosition?) -> String {
        position.map { "a \($0.side.rawValue) position of \($0.quantity)" } ?? "no position"
    }
}

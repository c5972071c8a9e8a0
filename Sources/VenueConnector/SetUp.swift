import ExecutionCore
import JSONText
import TradingModel
import VenueTrading
import Venues

/// How far the start has come.
struct SetUp: Sendable {
    enum Step: Int, Sendable, CaseIterable {
        case clock, key, positionMode, wallet, stream
    }
    var step: Step = .clock
    var isDone = false
    /// Counts what was begun, so that a late timer of an earlier attempt does nothing.
    var attempt = 0
    var failures = 0
    var wallet: Money = .zero
}

/// The stream of orders and fills.
struct StreamState: Sendable {
    var isSubscribed = false
    var isWanted = false
    var listenKey: String?
    var losses = 0
    /// It was there before: what came meanwhile was missed.
    var hasBeenUp = false
}

extension VenueConnector {
    mutating func begin(_ turn: inout ConnectorTurn) {
        setUp = SetUp()
        proceed(&turn)
    }

    /// Does the current step of the start.
    mutating func proceed(_ turn: inout ConnectorTurn) {
        guard !setUp.isDone else { return }
        setUp.attempt += 1
        let purpose = PendingCall.Purpose.setUp(setUp.attempt)
        switch setUp.step {
        case .clock:
            say("asking \(market.title) for its time", &turn)
            enqueue(.serverTime, for: purpose, .exit, &turn)
        case .key: enqueue(.keyPermissions, for: purpose, .exit, &turn)
        case .positionMode:
            guard !market.isSpot, let symbol = instruments.keys.min() else { return advance(&turn) }
            enqueue(.positionMode(MarketSymbol(symbol)), for: purpose, .exit, &turn)
        case .wallet: enqueue(.balances, for: purpose, .exit, &turn)
        case .stream:
            openStream(&turn)
            advance(&turn)
        }
    }

    private func say(_ sentence: String, _ turn: inout ConnectorTurn) { turn.directives.append(.waiting(sentence)) }

    private mutating func advance(_ turn: inout ConnectorTurn) {
        setUp.failures = 0
        guard let next = SetUp.Step(rawValue: setUp.step.rawValue + 1) else {
            setUp.isDone = true
            turn.schedule(.clock, after: .minutes(10))
            turn.directives.append(.ready(wallet: setUp.wallet))
            return
        }
        setUp.step = next
        proceed(&turn)
    }

    mutating func failSetUp(_ attempt: Int, _ reason: String, _ turn: inout ConnectorTurn) {
        guard attempt == setUp.attempt, !setUp.isDone else { return }
        say("\(market.title) does not answer yet: \(reason)", &turn)
        turn.schedule(.setUp(setUp.attempt), after: backOff("start", setUp.failures))
        setUp.failures += 1
    }

    mutating func heardSetUp(_ attempt: Int, _ outcome: CallOutcome, _ call: PendingCall, _ turn: inout ConnectorTurn) {
        guard attempt == setUp.attempt, !setUp.isDone else { return }
        switch outcome {
        case .unreadable(let why): failSetUp(attempt, why, &turn)
        case .refused(let error): refusedSetUp(attempt, error, &turn)
        case .data(let message):
            switch setUp.step {
            case .clock:
                guard takeTime(message, call, turn.now) else {
                    return failSetUp(attempt, "it tells no time", &turn)
                }
                advance(&turn)
            case .key:
                if let fault = keyFault(message) { return turn.directives.append(.refuse(fault)) }
                advance(&turn)
            case .positionMode:
                if isHedged(message) {
                    return turn.directives.append(
                        .refuse(
                            "the account at \(market.title) is in hedge mode, in which a symbol has two positions: "
                                + "set it to one-way mode."))
                }
                advance(&turn)
            case .wallet:
                guard let wallet = wallet(message) else { return failSetUp(attempt, "it tells no balance", &turn) }
                setUp.wallet = wallet
                advance(&turn)
            case .stream: break
            }
        }
    }

    private mutating func refusedSetUp(_ attempt: Int, _ error: VenueError, _ turn: inout ConnectorTurn) {
        let isMissing = error.httpStatus == 404 || error.category == .notFound
        if setUp.step == .key, !policy.demandsKeyPermissions, isMissing {
            turn.log(.warning, "\(market.title) at this address does not tell what the key may do")
            return advance(&turn)
        }
        if error.category == .authentication {
            return turn.directives.append(.refuse("\(market.title) refuses the key: \(error.words); \(error.advice)."))
        }
        failSetUp(attempt, error.words, &turn)
    }

    // MARK: What the answers say

    private mutating func takeTime(_ message: ParsedMessage, _ call: PendingCall, _ now: WallTime) -> Bool {
        let data = message.data
        let time =
            data.time("server_time") ?? data.time("time") ?? message.header["server_time"].flatMap { value in
                (try? value.node.integer()).map { MarketTime(micros: $0) }
            } ?? data.integer("time_nano").map { MarketTime(micros: $0 / 1_000) }
        guard let time, time.micros > 0 else { return false }
        clock.measure(time, asked: call.sentAt, answered: now)
        return true
    }

    /// Why a key with these permissions is not used; `nil` where it may trade and not withdraw.
    private func keyFault(_ message: ParsedMessage) -> String? {
        let data = message.data
        let may: (withdraw: Bool?, trade: Bool?)
        switch market.venue {
        case .binance:
            may = (
                data.flag("enable_withdrawals"),
                market == .binanceSpot ? data.flag("enable_spot_and_margin_trading") : data.flag("enable_futures")
            )
        case .bybit:
            // `{"Wallet": ["AccountTransfer", "Withdraw"], ...}`
            let words = data["permissions"]?.text().lowercased()
            may = (words.map { $0.contains("withdraw") }, data.flag("read_only").map { !$0 })
        case .mexc: may = (data.flag("can_withdraw"), data.flag("can_trade"))
        }
        if may.withdraw == true {
            return "the key for \(market.title) may withdraw: use one that may only read and trade."
        }
        if may.withdraw == nil, policy.demandsKeyPermissions {
            return "\(market.title) does not say whether the key may withdraw, so it is not used: "
                + "check its permissions there."
        }
        if may.trade == false { return "the key for \(market.title) may not trade: allow it to, or use another." }
        return nil
    }

    private func isHedged(_ message: ParsedMessage) -> Bool {
        if let flag = message.data.flag("is_hedged") { return flag }
        return message.data.items.contains { ($0.integer("position_index") ?? 0) != 0 }
    }

    /// What the account holds in the quote currency.
    func wallet(_ message: ParsedMessage) -> Money? {
        let data = message.data[0] ?? message.data
        let lists = [data["assets"], data["balances"], message.data].compactMap { $0 }
        for list in lists {
            guard case .array(let items) = list else { continue }
            guard let item = items.first(where: { $0.text("asset") == policy.currency }) else { continue }
            if let balance: Money = item.decimal("balance") { return balance }
            if let free: Money = item.decimal("free") { return free + (item.decimal("locked") ?? Money.zero) }
        }
        // An account that holds nothing of it may not list it at all.
        return lists.isEmpty ? nil : .zero
    }

    // MARK: Clock

    mutating func measureClock(_ turn: inout ConnectorTurn) {
        let isUnderWay =
            queue.contains { if case .clock = $0.purpose { true } else { false } }
            || pending.values.contains { if case .clock = $0.purpose { true } else { false } }
        guard !isUnderWay else { return }
        enqueue(.serverTime, for: .clock, .exit, &turn)
    }

    mutating func heardClock(_ outcome: CallOutcome, _ call: PendingCall, _ turn: inout ConnectorTurn) {
        guard case .data(let message) = outcome, takeTime(message, call, turn.now) else {
            return turn.schedule(.clock, after: .seconds(10))
        }
        turn.schedule(.clock, after: .minutes(10))
    }
}

import TradingModel

/// The weighing of one symbol's signals at one boundary.
///
/// Every entry that may open in its regime, is confident enough and has a weight is a vote of weight × confidence for
/// its side. The side with the larger sum wins; the largest vote of it, the *best*, is what may be proposed. Its
/// confidence is multiplied by the winning share of both sums, so that agreement leaves it as it is and opposition
/// lowers it; below the minimum nothing is done. O(signals).
struct Ballot: Sendable {
    /// One thing a strategy said, with where it came from.
    struct Voice: Sendable {
        var signal: Signal
        var evidence: Evidence
        var regime: Regime
        var contribution: Contribution
    }

    let symbol: Symbol
    var voices: [Voice] = []
    /// Strategies that were asked and said nothing.
    var silent: [Contribution] = []
    private(set) var longScore = 0.0
    private(set) var shortScore = 0.0
    /// The exit to propose: of the strategy whose position is open.
    private(set) var exit: Int?
    /// The entry that has won, before the limits over all symbols are asked.
    private(set) var best: Int?
    /// Of the best, lowered by opposition.
    private(set) var confidence = 0.0
    /// What the decision says, unless an entry is proposed.
    private(set) var reason = ""

    init(symbol: Symbol) { self.symbol = symbol }

    /// Settles everything that concerns this symbol alone.
    mutating func count(
        plan: ExitPlan?, management: Management, activation: RegimeActivation?, minimumConfidence: Double
    ) {
        for index in voices.indices where voices[index].signal.action.isExit {
            let isOurs =
                plan.map {
                    $0.status == .active && $0.strategy == voices[index].signal.strategy
                        && $0.side == voices[index].signal.action.side
                } ?? false
            if isOurs, exit == nil { exit = index }
            voices[index].contribution.outcome = isOurs ? .chosen : .nothingToLeave
        }
        let counted = voices.indices.filter { index in
            guard voices[index].signal.action.isEntry else { return false }
            let outcome = hurdle(index, activation, minimumConfidence)
            voices[index].contribution.outcome = outcome ?? .agreed
            return outcome == nil
        }
        for index in counted {
            let vote = self.vote(index)
            if voices[index].signal.action == .enterLong { longScore += vote } else { shortScore += vote }
        }
        choose(counted, plan: plan, minimumConfidence: minimumConfidence)
    }

    private func vote(_ index: Int) -> Double {
        voices[index].contribution.weight * voices[index].signal.confidence
    }

    /// Why an entry does not count; `nil` where it does.
    private func hurdle(
        _ index: Int, _ activation: RegimeActivation?, _ minimumConfidence: Double
    ) -> ContributionOutcome? {
        let voice = voices[index]
        if voice.contribution.weight <= 0 { return .withoutWeight }
        if !(activation?.isActive(voice.signal.strategy, in: voice.regime) ?? true) { return .resting }
        return voice.signal.confidence < minimumConfidence ? .belowConfidence : nil
    }

    private mutating func choose(_ counted: [Int], plan: ExitPlan?, minimumConfidence: Double) {
        if let exit {
            for index in counted { voices[index].contribution.outcome = .outranked }
            reason =
                "\(voices[exit].signal.strategy) says to leave its \(plan?.side.rawValue ?? "") position"
            return
        }
        guard !counted.isEmpty else {
            reason = reasonWithoutVotes(minimumConfidence)
            return
        }
        let winner: SignalAction = longScore > shortScore ? .enterLong : .enterShort
        let leading = counted.filter { voices[$0].signal.action == winner }
            .max { (vote($0), voices[$1].signal.strategy) < (vote($1), voices[$0].signal.strategy) }
        guard let leading, longScore != shortScore else {
            for index in counted { voices[index].contribution.outcome = .undecided }
            reason = "as much speaks for a long as for a short position"
            return
        }
        let name = voices[leading].signal.strategy
        if let plan {
            for index in counted { voices[index].contribution.outcome = .positionOpen }
            reason =
                "\(name) gives \(winner.rawValue), but a \(plan.side.rawValue) plan of \(plan.strategy) is \(plan.status.rawValue)"
            return
        }
        let share = max(longScore, shortScore) / (longScore + shortScore)
        confidence = voices[leading].signal.confidence * share
        guard confidence >= minimumConfidence else {
            for index in counted { voices[index].contribution.outcome = .undecided }
            reason =
                "\(name) gives \(winner.rawValue), but with what speaks against it the confidence is \(Self.text(confidence)), below the minimum confidence \(minimumConfidence)"
            return
        }
        for index in counted where voices[index].signal.action != winner {
            voices[index].contribution.outcome = .opposed
        }
        voices[leading].contribution.outcome = .chosen
        best = leading
        let entries = voices.count { $0.signal.action.isEntry }
        reason =
            entries == 1
            ? "\(name) gives \(winner.rawValue) in a \(voices[leading].regime.rawValue) market"
            : "\(name) gives \(winner.rawValue), the strongest of \(entries) entries"
    }

    private func reasonWithoutVotes(_ minimumConfidence: Double) -> String {
        let entries = voices.filter { $0.signal.action.isEntry }
        if let weak = entries.first(where: { $0.contribution.outcome == .belowConfidence }) {
            return
                "\(weak.signal.strategy) gives \(weak.signal.action.rawValue), below the minimum confidence \(minimumConfidence)"
        }
        if let resting = entries.first(where: { $0.contribution.outcome == .resting }) {
            return
                "\(resting.signal.strategy) gives \(resting.signal.action.rawValue), but opens nothing in a \(resting.regime.rawValue) market"
        }
        if let watched = entries.first {
            return
                "\(watched.signal.strategy) gives \(watched.signal.action.rawValue), but has no weight: it is only watched"
        }
        if !voices.isEmpty { return "only exits, and no position of theirs is open" }
        if silent.isEmpty { return "no candle of an active strategy has closed" }
        return silent.allSatisfy { $0.outcome == .warmingUp }
            ? "the strategies have not seen enough candles yet" : "no active strategy gives a signal"
    }

    /// Takes the entry back: the positions of all strategies together would be too many.
    mutating func refuseEntry(_ sentence: String) {
        guard let best else { return }
        voices[best].contribution.outcome = .exposureLimit
        reason = "\(voices[best].signal.strategy) gives \(voices[best].signal.action.rawValue), but \(sentence)"
        self.best = nil
    }

    /// What every strategy said, in the order in which they were asked, the silent last.
    var contributions: [Contribution] { voices.map(\.contribution) + silent }

    /// With at most three decimals.
    static func text(_ value: Double) -> String {
        let thousandths = (value * 1_000).rounded()
        return thousandths.isFinite ? "\(thousandths / 1_000)" : "\(value)"
    }
}

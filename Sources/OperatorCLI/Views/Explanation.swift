import TradingModel

/// A decision in plain words.
enum Explanation {
    static func lines(_ report: ExplanationReport, on canvas: Canvas) -> [String] {
        let decision = report.decision
        var lines = [
            "\(decision.symbol) at \(decision.decidedAt): \(headline(decision))", "Because \(decision.reason).",
        ]
        if let scores = scores(decision) { lines.append(scores) }
        lines += verdict(report)
        lines.append("")
        guard let contributions = decision.contributions, !contributions.isEmpty else {
            lines.append("No strategy was asked: none of their candles closed on this boundary.")
            return lines
        }
        lines.append("What each strategy said:")
        for contribution in contributions {
            lines.append("  " + sentence(contribution))
            let signal = decision.signals.first {
                $0.strategy == contribution.strategy && $0.action == contribution.action
                    && $0.timeframe == contribution.timeframe
            }
            if let signal { lines += seen(signal).map { "      " + $0 } }
        }
        return lines
    }

    static func headline(_ decision: Decision) -> String {
        switch decision.action {
        case .hold: "nothing"
        case .enterLong, .enterShort:
            "\(words(decision.action)), as \(decision.strategy) proposes, with confidence \(number(decision.confidence))"
        case .exitLong, .exitShort: "\(words(decision.action)), as \(decision.strategy) proposes"
        }
    }

    static func words(_ action: SignalAction) -> String {
        switch action {
        case .enterLong: "buy"
        case .enterShort: "sell short"
        case .exitLong: "leave the long position"
        case .exitShort: "leave the short position"
        case .hold: "nothing"
        }
    }

    private static func scores(_ decision: Decision) -> String? {
        guard let long = decision.longScore, let short = decision.shortScore else { return nil }
        let share = max(long, short) / (long + short)
        return
            "Weight times confidence adds up to \(number(long)) for long and \(number(short)) for short: \(number(share * 100)) % for one side."
    }

    private static func verdict(_ report: ExplanationReport) -> [String] {
        guard let proposal = report.decision.proposalID else { return [] }
        guard let verdict = report.verdict else { return ["Proposal \(proposal): risk has no record of it."] }
        if let denial = verdict.denial { return ["Proposal \(proposal): risk denied it, \(denial)."] }
        return [
            "Proposal \(proposal): risk approved \(verdict.quantity) for \(Figures.money(verdict.notional)), order \(verdict.clientOrderID?.text ?? "–")."
        ]
    }

    static func sentence(_ contribution: Contribution) -> String {
        let who = "\(contribution.strategy) (\(contribution.timeframe), \(regime(contribution.regime)))"
        guard contribution.action != .hold else {
            return contribution.outcome == .warmingUp
                ? "\(who) has not seen enough candles yet." : "\(who) said nothing: none of its conditions held."
        }
        let said = "\(who) said \(words(contribution.action))"
        let weight = contribution.weight == 1 ? "" : ", weight \(number(contribution.weight))"
        let force = contribution.action.isEntry ? ", confidence \(number(contribution.confidence))\(weight)" : ""
        return "\(said)\(force): \(fate(contribution))."
    }

    private static func fate(_ contribution: Contribution) -> String {
        switch contribution.outcome {
        case .chosen: "this was proposed"
        case .agreed: "it agreed with what was chosen"
        case .opposed: "the other side won"
        case .resting: "it opens nothing in a \(regime(contribution.regime)) market"
        case .belowConfidence: "below the minimum confidence"
        case .withoutWeight: "it has no weight and is only watched"
        case .positionOpen: "a position or plan of this symbol is open already"
        case .undecided: "the two sides cancelled out or left too little confidence"
        case .exposureLimit: "all strategies together would have too much open"
        case .nothingToLeave: "no position of its own is open"
        case .outranked: "an exit went first"
        case .silent, .warmingUp: "nothing came of it"
        }
    }

    private static func regime(_ regime: Regime) -> String {
        switch regime {
        case .unknown: "regime not known yet"
        case .trending: "trending"
        case .sideways: "sideways"
        case .highVolatility: "highly volatile"
        }
    }

    /// What the strategy saw, a few readings a line, and where it would leave again.
    private static func seen(_ signal: Signal) -> [String] {
        var lines: [String] = []
        var line = ""
        for reading in signal.metadata {
            let piece = "\(reading.name) \(number(reading.value))"
            if line.count + piece.count > 90 {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? piece : ", " + piece
        }
        if !line.isEmpty { lines.append(line) }
        if let stop = signal.stopLoss, let target = signal.takeProfit {
            lines.append("close \(signal.price), suggested stop \(stop), target \(target)")
        }
        return lines
    }

    /// At most six figures that count.
    static func number(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
        var scale = 1.0
        var magnitude = value.magnitude
        while magnitude < 100_000, scale < 1e15 {
            magnitude *= 10
            scale *= 10
        }
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() && rounded.magnitude < 1e15 ? "\(Int64(rounded))" : "\(rounded)"
    }
}

import TradingModel
import Wire

/// How dialogues with models look.
enum DialogueView {
    static func table(_ dialogues: [Dialogue]) -> Table {
        var table = Table(
            "dialogues",
            [
                .left("asked", priority: 2), .left("for"), .left("model", shrinksTo: 16), .left("id", priority: 3),
                .left("outcome"), .left("what", shrinksTo: 20), .right("took", priority: 1),
                .right("cost", priority: 1),
            ], emptyText: "no model has been asked")
        for dialogue in dialogues {
            table.add([
                Cell(Figures.time(dialogue.askedAt), .faint), Cell(Figures.time(dialogue.boundary)),
                Cell(name(dialogue), .name), Cell(dialogue.id, .faint),
                Cell(outcome(dialogue), tone(dialogue)), Cell(what(dialogue)),
                Cell(dialogue.answeredAt == nil ? "–" : seconds(dialogue.latency)), Cell(cost(dialogue)),
            ])
        }
        return table
    }

    private static func name(_ dialogue: Dialogue) -> String {
        dialogue.model + (dialogue.isCompared ? " (compared)" : "") + (dialogue.round > 1 ? " (again)" : "")
    }

    static func outcome(_ dialogue: Dialogue) -> String {
        dialogue.outcome.rawValue + (dialogue.isLate ? ", late" : "")
    }

    private static func tone(_ dialogue: Dialogue) -> Tone {
        switch dialogue.outcome {
        case .open, .held: .plain
        case .decided: dialogue.isLate ? .caution : .good
        case .refused: .caution
        case .failed: .bad
        }
    }

    /// What it comes down to, in a few words.
    static func what(_ dialogue: Dialogue) -> String {
        let actions = dialogue.decisions.filter { $0.action != "HOLD" }
        if !actions.isEmpty {
            return actions.map { "\($0.action) \($0.symbol?.name ?? "")" }.joined(separator: ", ")
        }
        return dialogue.reason
    }

    private static func seconds(_ span: Span) -> String { Figures.fixed(Double(span.micros) / 1e6, digits: 1) + " s" }

    static func cost(_ dialogue: Dialogue) -> String {
        (dialogue.isCostEstimate && !dialogue.cost.isZero ? "about " : "") + "$"
            + dialogue.cost.rounded(toDigits: 6, .up).description
    }

    // MARK: One

    static func lines(_ report: DialogueReport, withPrompt: Bool, on canvas: Canvas) -> [String] {
        var lines: [String] = []
        for dialogue in report.dialogues {
            if !lines.isEmpty { lines.append("") }
            lines += head(dialogue, on: canvas)
            if withPrompt, let prompt = dialogue.prompt {
                lines += canvas.panel("prompt", block(prompt))
            }
            if let answer = dialogue.answer { lines += canvas.panel("answer, as it came", block(answer)) }
            if let thoughts = dialogue.thoughts { lines += canvas.panel("its thoughts", block(thoughts)) }
            lines += decisions(dialogue)
            let proposals = report.proposals.filter { $0.questionID == dialogue.id }
            for proposal in proposals { lines += outcome(proposal) }
        }
        return lines
    }

    private static func head(_ dialogue: Dialogue, on canvas: Canvas) -> [String] {
        var marks: [String] = []
        if dialogue.isSimulated { marks.append("simulated model") }
        if dialogue.isCompared { marks.append("for comparison only") }
        if dialogue.isComplex { marks.append("complex moment") }
        if dialogue.round > 1 { marks.append("asked again, with what was wrong") }
        if dialogue.isCached { marks.append("stored answer of the same question") }
        let suffix = marks.isEmpty ? "" : " (" + marks.joined(separator: ", ") + ")"
        var lines = [
            canvas.palette.paint("\(dialogue.model) on \(dialogue.boundary)\(suffix)", .strong),
            "question \(dialogue.id) of dialogue \(dialogue.dialogueID), template \(dialogue.templateVersion), asked \(dialogue.askedAt)",
        ]
        if !dialogue.dropped.isEmpty {
            lines.append("left out of the prompt: \(dialogue.dropped.joined(separator: "; "))")
        }
        if dialogue.answeredAt == nil {
            lines.append("no answer yet; \(cost(dialogue)) are set aside")
        } else {
            lines.append(
                "\(outcome(dialogue)) after \(seconds(dialogue.latency)); \(dialogue.promptTokens) + \(dialogue.answerTokens) tokens, \(cost(dialogue))"
            )
        }
        if !dialogue.reason.isEmpty { lines.append("because: \(TextWidth.harmless(dialogue.reason))") }
        if !dialogue.repairs.isEmpty {
            lines.append("put right: \(dialogue.repairs.map { TextWidth.harmless($0) }.joined(separator: "; "))")
        }
        return lines
    }

    /// A text of many lines, each made harmless for a terminal.
    private static func block(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { TextWidth.harmless(String($0)) }
    }

    private static func decisions(_ dialogue: Dialogue) -> [String] {
        dialogue.decisions.flatMap { decision -> [String] in
            var words = [decision.action, decision.symbol?.name ?? ""].filter { !$0.isEmpty }
            if let leverage = decision.leverage { words.append("×\(leverage)") }
            if let size = decision.positionSize { words.append("size \(Figures.percent(size))") }
            if let stop = decision.stopLoss { words.append("stop \(Figures.percent(stop, digits: 2))") }
            if let target = decision.takeProfit { words.append("target \(Figures.percent(target, digits: 2))") }
            if let confidence = decision.confidence { words.append("confidence \(confidence)") }
            var lines = ["decision: " + words.joined(separator: " ")]
            if decision.asked != decision.action, !decision.asked.isEmpty {
                lines.append("  it had asked for \(TextWidth.harmless(decision.asked))")
            }
            if !decision.reasoning.isEmpty { lines.append("  it says: \(TextWidth.harmless(decision.reasoning))") }
            if !decision.invalidation.isEmpty {
                lines.append("  wrong if: \(TextWidth.harmless(decision.invalidation))")
            }
            return lines + decision.reasons.map { "  \(TextWidth.harmless($0))" }
        }
    }

    private static func outcome(_ proposal: ProposalOutcome) -> [String] {
        var lines = ["proposal \(proposal.id): \(proposal.action.rawValue) \(proposal.symbol) at \(proposal.price)"]
        switch proposal.verdict {
        case "denied": lines.append("  risk denied it: \(proposal.denial)")
        case "awaited": lines.append("  risk has not answered yet")
        case "unanswered": lines.append("  \(proposal.denial)")
        default:
            let status = proposal.orderStatus.map { ", \($0.rawValue)" } ?? ""
            lines.append(
                "  risk approved \(proposal.quantity?.description ?? "it"), order \(proposal.clientOrderID ?? "–")\(status)"
            )
        }
        if let closedAt = proposal.closedAt, let net = proposal.netPnL {
            lines.append(
                "  closed \(closedAt) by \(proposal.exitReason?.rawValue ?? "–"): in at \(price(proposal.entryPrice)), out at \(price(proposal.exitPrice)), net \(Figures.money(net))"
            )
        }
        return lines
    }

    private static func price(_ price: Price?) -> String { price.map { TradesView.price($0, false) } ?? "–" }
}

/// How the comparison of models looks.
enum LeaderboardView {
    static func lines(_ board: Leaderboard, on canvas: Canvas) -> [String] {
        var table = Table(
            "models",
            [
                .left("model", shrinksTo: 16), .right("asked"), .right("decided", priority: 4),
                .right("held", priority: 5),
                .right("invalid"), .right("failed", priority: 3), .right("trades"), .right("won"), .right("net"),
                .right("return"), .right("Sharpe"), .right("paper"), .right("paper won", priority: 6),
                .right("took", priority: 2), .right("cost"),
            ], emptyText: "no model has been asked")
        for standing in board.standings {
            let paperRate = standing.paperTrades == 0 ? nil : Double(standing.paperWins) / Double(standing.paperTrades)
            table.add([
                Cell(standing.model + (standing.isSimulated ? " (simulated)" : ""), .name),
                Cell("\(standing.questions)"), Cell("\(standing.decided)"), Cell("\(standing.held)"),
                Cell(Figures.percent(standing.invalidRate, digits: 1), standing.invalidRate > 0.1 ? .caution : .plain),
                Cell("\(standing.failed)"), Cell("\(standing.trades)"),
                Cell(standing.winRate.map { Figures.percent($0, digits: 0) } ?? "–"), Figures.result(standing.netPnL),
                Cell(Figures.percent(standing.returnOnEquity, digits: 2)),
                Cell(standing.sharpeRatio.map { Figures.fixed($0, digits: 2) } ?? "–"),
                Cell(Figures.percent(standing.paperReturn, digits: 2)),
                Cell(paperRate.map { Figures.percent($0, digits: 0) } ?? "–"),
                Cell(Figures.fixed(Double(standing.averageLatency.micros) / 1e6, digits: 1) + " s", .faint),
                Cell("$" + standing.cost.rounded(toDigits: 4, .up).description),
            ])
        }
        return table.lines(on: canvas) + [CostView.today(board.spentToday, of: board.dailyBudget)]
    }
}

/// How the cost of models looks.
enum CostView {
    static func lines(_ report: CostReport, on canvas: Canvas) -> [String] {
        var table = Table(
            "cost",
            [
                .left("day"), .left("model", shrinksTo: 16), .right("asked"), .right("prompt", priority: 1),
                .right("answer", priority: 1), .right("cost"), .right("of it estimated"),
            ], emptyText: "no model has been asked")
        for entry in report.entries {
            table.add([
                Cell(String(entry.day.description.prefix(10)), .faint), Cell(entry.model, .name),
                Cell("\(entry.questions)"), Cell(Figures.count(entry.promptTokens)),
                Cell(Figures.count(entry.answerTokens)), Cell("$\(entry.cost.rounded(toDigits: 6, .up))"),
                Cell("$\(entry.estimated.rounded(toDigits: 6, .up))", .faint),
            ])
        }
        return table.lines(on: canvas) + [today(report.spentToday, of: report.dailyBudget)]
    }

    static func today(_ spent: Money, of budget: Money) -> String {
        "spent or set aside today (UTC): $\(spent.rounded(toDigits: 6, .up)) of $\(budget)"
    }
}

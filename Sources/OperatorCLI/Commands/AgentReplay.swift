import AgentCore
import ArgumentParser
import Composition
import JSONText
import ServiceRuntime
import Storage
import TradingModel
import Wire

struct AgentReplay: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Send stored answers through today's parser and gate, and show what would differ.",
        discussion: """
            No model is asked and nothing is ordered. Each stored answer is judged again with the symbols and positions it was \
            judged with then; what is accepted goes through the agent's own gate as it is configured today (smallest confidence, \
            readable condition), and with --risk also to risk, which says what its gate would say to it now.

            EXAMPLES
              quartet agent replay
              quartet agent replay --last 1000 --model deepseek/deepseek-chat
              quartet agent replay qvx089njf4yq0swjsn1np --risk
              quartet agent replay --json | jq '.entries[] | select(.isSame | not)'

            The status is 1 when anything differs.
            """)
    @OptionGroup var options: SharedOptions

    @Argument(help: ArgumentHelp("Only this question or dialogue.", valueName: "id"))
    var id: String?

    @Option(name: .long, help: ArgumentHelp("How many of the latest.", valueName: "count"))
    var last = 200

    @Option(name: .long, help: ArgumentHelp("Only of this model.", valueName: "name"))
    var model: String?

    @Flag(name: .long, help: "Ask risk what its gate says to each opening now.")
    var risk = false

    func validate() throws {
        guard (1...100_000).contains(last) else { throw ValidationError("--last is 1 to 100000, not \(last)") }
    }

    func run(at desk: Desk) async throws {
        let stored = try desk.books.strategy { (store) throws(StorageError) in
            var pairs: [(QuestionRow, AnswerRow)] = []
            for question in try store.questions(limit: last, id: id, model: model) {
                if let answer = try store.answer(to: question.id), answer.content != nil {
                    pairs.append((question, answer))
                }
            }
            return pairs
        }
        if stored.isEmpty {
            throw Failure("there is no stored answer to replay: quartet agent list shows what there is")
        }
        let settings = AgentSettings(desk.settings, template: .current)
        var report = ReplayReport()
        for (question, answer) in stored.reversed() {
            report.entries.append(Replay(question, answer, settings).entry)
        }
        if risk { try await askRisk(&report, stored, settings, desk) }
        report.differing = report.entries.count { !$0.isSame }
        desk.show(report) { ReplayView.lines($0, on: desk.canvas) }
        if report.differing > 0 { throw ExitCode(CommandStatus.failed.rawValue) }
    }

    /// What risk would say to the first opening of each answer, now.
    private func askRisk(
        _ report: inout ReplayReport, _ stored: [(QuestionRow, AnswerRow)], _ settings: AgentSettings, _ desk: Desk
    ) async throws {
        let bus = try desk.bus()
        for (index, (question, answer)) in stored.reversed().enumerated() {
            guard let opening = Replay(question, answer, settings).opening else { continue }
            var request = RiskSimulationRequest()
            request.isHypothetical = true
            request.proposal = opening
            switch await bus.ask(.risk, request, for: RiskSimulation.self, patience: .seconds(5)) {
            case .failure(let failure): throw Failure(failure.description)
            case .success(let (_, simulation)):
                report.entries[index].riskNow =
                    simulation.verdict.isApproved
                    ? "approved" : simulation.verdict.denial?.description ?? "denied"
            }
        }
    }
}

/// One stored answer, judged again.
struct Replay {
    let entry: ReplayReport.Entry
    /// What would be proposed to open, with the levels counted from no price: risk takes its own.
    let opening: Proposal?

    init(_ question: QuestionRow, _ answer: AnswerRow, _ settings: AgentSettings) {
        var held: [Symbol: PositionSide] = [:]
        if let value = try? JSONValue.parse(Array(answer.positions.utf8)), case .object(let object) = value {
            for member in object.members {
                guard let symbol = Symbol(member.key), case .string(let word) = member.value,
                    let side = PositionSide(rawValue: word)
                else { continue }
                held[symbol] = side
            }
        }
        var parser = AnswerParser(
            context: AnswerContext(
                symbols: question.symbols.split(separator: ",").compactMap { Symbol(String($0)) }, positions: held))
        var parsed = parser.parse(Replay.envelope(answer))
        if settings.refusesUnreadableConditions {
            parsed.refuseConditions { settings.conditionFault($0, .fiveMinutes) }
        }
        let then = try? WireJSON.decode(Dialogue.self, from: Array(answer.report.utf8))
        var entry = ReplayReport.Entry()
        entry.id = question.id
        entry.model = question.model
        entry.boundary = question.boundary
        entry.then = Replay.words(answer.outcome.rawValue, (then?.decisions ?? []).map(Replay.words))
        entry.now = Replay.words(parsed.outcome.rawValue, parsed.decisions.map(Replay.words))
        entry.isSame = entry.then == entry.now
        entry.reasons = parsed.allCauses.map { "\($0.reason.rawValue): \($0.sentence)" }
        entry.repairs = parsed.repairs.map(\.words)
        let best = parsed.headline
        if best.action.opens != nil, let confidence = best.confidence, confidence < settings.minimumConfidence {
            entry.gate = "confidence \(confidence) is below agent.minimum_confidence \(settings.minimumConfidence)"
        } else if best.action.opens != nil, settings.conditionFault(best.invalidation, .fiveMinutes) != nil {
            entry.gate = "its condition cannot be read and would only be noted"
        }
        self.entry = entry
        opening = Replay.proposal(best, question)
    }

    /// The answer as it came, as far as it is kept.
    private static func envelope(_ answer: AnswerRow) -> AnswerEnvelope {
        var envelope = AnswerEnvelope()
        envelope.content = answer.content ?? ""
        envelope.reasoning = answer.thoughts ?? ""
        envelope.finishReason = answer.finishReason
        // What the provider itself said in place of, or in the middle of, an answer is kept in words only.
        if answer.reason.hasPrefix("the provider answered with error") {
            envelope.failure = ProviderFailure(code: "", message: answer.reason)
        }
        return envelope
    }

    private static func words(_ outcome: String, _ decisions: [String]) -> String {
        decisions.isEmpty ? outcome : outcome + ": " + decisions.joined(separator: "; ")
    }

    private static func words(_ decision: ModelDecision) -> String {
        words(
            decision.action, decision.symbol, decision.leverage, decision.positionSize, decision.stopLoss,
            decision.takeProfit)
    }

    private static func words(_ judged: JudgedDecision) -> String {
        let plan = judged.decision.plan
        return words(
            judged.decision.action.rawValue, judged.decision.symbol, plan?.leverage, plan?.positionSize, plan?.stopLoss,
            plan?.takeProfit)
    }

    private static func words(
        _ action: String, _ symbol: Symbol?, _ leverage: Int?, _ size: Ratio?, _ stop: Ratio?, _ target: Ratio?
    ) -> String {
        var words = [action]
        if let symbol { words.append(symbol.name) }
        if let leverage { words.append("×\(leverage)") }
        for (name, value) in [("size", size), ("stop", stop), ("target", target)] {
            if let value { words.append("\(name) \(value.percent)%") }
        }
        return words.joined(separator: " ")
    }

    private static func proposal(_ decision: AgentDecision, _ question: QuestionRow) -> Proposal? {
        guard let side = decision.action.opens, let plan = decision.plan, let symbol = decision.symbol,
            let price = price(of: symbol, in: question.prompt)
        else { return nil }
        var proposal = Proposal()
        proposal.id = "replay-" + question.id
        proposal.strategy = question.strategy
        proposal.symbol = symbol
        proposal.action = side == .long ? .enterLong : .enterShort
        proposal.confidence = decision.confidence?.double ?? 0
        proposal.price = price
        proposal.leverage = plan.leverage
        proposal.stopLoss = price.moved(by: side == .long ? plan.stopLoss : -plan.stopLoss, .halfEven)
        proposal.takeProfit = price.moved(by: side == .long ? plan.takeProfit : -plan.takeProfit, .halfEven)
        return proposal
    }

    /// The price the prompt told.
    private static func price(of symbol: Symbol, in prompt: String) -> Price? {
        let heading = "=== MARKET DATA \(symbol) ===\nlast price: "
        guard let range = prompt.firstRange(of: heading) else { return nil }
        return Price(String(prompt[range.upperBound...].prefix { $0 != "\n" }))
    }
}

/// What `agent replay --json` prints.
struct ReplayReport: WireBody {
    static let kind = "replayReport"

    struct Entry: WireBody {
        static let kind = "replayReportEntry"
        var id = ""
        var model = ""
        var boundary: MarketTime = .distantPast
        var isSame = true
        var then = ""
        var now = ""
        var reasons: [String] = []
        var repairs: [String] = []
        /// What keeps it from being proposed today; absent where nothing does.
        var gate: String?
        /// What risk would say now; absent where it was not asked.
        var riskNow: String?
        init() {}
        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
            try visitor.field("id", &id)
            try visitor.field("model", &model)
            try visitor.field("boundary", &boundary)
            try visitor.field("isSame", &isSame)
            try visitor.field("then", &then)
            try visitor.field("now", &now)
            try visitor.field("reasons", &reasons)
            try visitor.field("repairs", &repairs)
            try visitor.optional("gate", &gate)
            try visitor.optional("riskNow", &riskNow)
        }
    }

    var differing = 0
    var entries: [Entry] = []
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("differing", &differing)
        try visitor.field("entries", &entries)
    }
}

/// How a replay looks.
enum ReplayView {
    static func lines(_ report: ReplayReport, on canvas: Canvas) -> [String] {
        var lines: [String] = []
        for entry in report.entries where !entry.isSame || entry.gate != nil || entry.riskNow != nil {
            lines.append(canvas.palette.paint("\(entry.boundary) \(entry.model) \(entry.id)", .strong))
            if entry.isSame {
                lines.append("  the same: \(TextWidth.harmless(entry.now))")
            } else {
                lines.append("  then: \(TextWidth.harmless(entry.then))")
                lines.append(canvas.palette.paint("  now:  \(TextWidth.harmless(entry.now))", .caution))
                lines += entry.reasons.prefix(10).map { "        \(TextWidth.harmless($0))" }
            }
            if let gate = entry.gate { lines.append("  the agent's gate: \(TextWidth.harmless(gate))") }
            if let verdict = entry.riskNow { lines.append("  risk, now: \(TextWidth.harmless(verdict))") }
        }
        lines.append(
            "\(Figures.counted(report.entries.count, "stored answer")) judged again: \(report.differing == 0 ? "nothing differs" : "\(report.differing) would differ")"
        )
        return lines
    }
}

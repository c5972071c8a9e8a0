import ArgumentParser
import Storage
import TradingModel
import Wire

struct ExplainCommand: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Why strategy decided as it did, in plain words.",
        discussion: """
            EXAMPLES
              quartet explain --last                      the latest decision of any symbol
              quartet explain --last --symbol BTC/USDT --acting
              quartet explain d3k9x0a1b2c3d4e5            a decision, by its id
              quartet explain p…                          the decision behind a proposal

            On every decision boundary strategy decides once for each symbol, and "nothing" is a decision \
            too. Shown are the market's regime, what each strategy that was asked said, with what weight and \
            confidence and what became of it, what it saw, and what risk made of the proposal.

            WORDS
              chosen       its idea was proposed              agreed     it spoke for the same side
              opposed      it spoke for the other side        resting    it opens nothing in this regime
              undecided    both sides cancelled out           silent     none of its conditions held
              warming_up   it needs more candles first

            Read from the databases, so it works when everything is down.
            """)
    @OptionGroup var options: SharedOptions

    @Argument(help: ArgumentHelp("A decision or a proposal.", valueName: "id"))
    var id: String?

    @Flag(name: .long, help: "The latest decision.")
    var last = false

    @Option(name: .long, help: ArgumentHelp("With --last: of this symbol.", valueName: "symbol"))
    var symbol: Symbol?

    @Flag(name: .long, help: "With --last: the latest that proposed something.")
    var acting = false

    func validate() throws {
        guard (id == nil) == last else {
            throw ValidationError("name a decision, or say --last")
        }
        guard last || (symbol == nil && !acting) else {
            throw ValidationError("--symbol and --acting go with --last")
        }
    }

    func run(at desk: Desk) async throws {
        let found = try desk.books.strategy { (store) throws(StorageError) in
            if let id { return try store.decision(id) }
            return try store.lastDecision(of: symbol, acting: acting)
        }
        guard let decision = found else {
            throw Failure(
                id.map { "there is no decision and no proposal \"\($0)\": quartet explain --last shows the latest" }
                    ?? "no such decision has been made yet: they are made on every boundary while strategy runs")
        }
        var report = ExplanationReport()
        report.decision = decision
        if let proposal = decision.proposalID { report.verdict = desk.books.verdict(proposal: proposal) }
        desk.show(report) { Explanation.lines($0, on: desk.canvas) }
    }
}

/// What `explain --json` prints.
struct ExplanationReport: WireBody {
    static let kind = "explanationReport"
    var decision = Decision()
    /// Risk's answer; absent where nothing was proposed or risk has no record of it.
    var verdict: Verdict?
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("decision", &decision)
        try visitor.optional("verdict", &verdict)
    }
}

extension Books {
    /// Opens `strategy.sqlite` and asks it.
    func strategy<R>(_ question: (StrategyStore) throws(StorageError) -> R) throws(Failure) -> R {
        let path = directory + "/strategy.sqlite"
        guard Machine.facts(path) != nil else {
            throw Failure("nothing has been decided yet: \(path) is not there; quartet up makes it")
        }
        do throws(StorageError) {
            let store = try StrategyStore(path: path, access: .readOnly)
            defer { store.shut() }
            return try question(store)
        } catch {
            throw Failure(error.description)
        }
    }

    /// Risk's verdict on a proposal; `nil` where there is none to read.
    func verdict(proposal id: String) -> Verdict? {
        let path = directory + "/risk.sqlite"
        guard Machine.facts(path) != nil, let store = try? RiskStore(path: path, access: .readOnly) else { return nil }
        defer { store.shut() }
        return try? store.verdict(proposal: id)
    }
}

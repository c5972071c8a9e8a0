import AgentCore
import ArgumentParser
import DialogueArchive
import Portfolio
import ServiceRuntime
import Storage
import TradingModel
import Wire

struct AgentList: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "The latest questions to models, and what became of them.",
        discussion: """
            Newest first. Read from strategy.sqlite, so it works when everything is down.

            EXAMPLES
              quartet agent list
              quartet agent list --last 100 --model deepseek/deepseek-reasoner
              quartet agent list --json | jq '.dialogues[] | select(.outcome == "refused") | .reason'
            """)
    @OptionGroup var options: SharedOptions

    @Option(name: .long, help: ArgumentHelp("How many.", valueName: "count"))
    var last = 20

    @Option(name: .long, help: ArgumentHelp("Only of this model.", valueName: "name"))
    var model: String?

    func validate() throws {
        guard (1...10_000).contains(last) else { throw ValidationError("--last is 1 to 10000, not \(last)") }
    }

    func run(at desk: Desk) async throws {
        var report = Dialogues()
        report.dialogues = try desk.books.strategy { (store) throws(StorageError) in
            try store.dialogues(limit: last, model: model)
        }
        desk.show(report) { DialogueView.table($0.dialogues).lines(on: desk.canvas) }
    }
}

struct AgentShow: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "One dialogue whole: prompt, answer, what was made of it, risk's verdict, the order, the outcome.",
        discussion: """
            Without an id the latest that decided something. The id is a question's (q…), a dialogue's (g…, the decision id of \
            its proposals) or a proposal's (p…).

            EXAMPLES
              quartet agent show
              quartet agent show qvx089njf4yq0swjsn1np --prompt
              quartet agent show g0d3k9x0a1b2c3d4 --json | jq -r '.dialogues[0].prompt'
            """)
    @OptionGroup var options: SharedOptions

    @Argument(help: ArgumentHelp("A question, a dialogue or a proposal.", valueName: "id"))
    var id: String?

    @Flag(name: .long, help: "Print the whole prompt too; --json always has it.")
    var prompt = false

    func run(at desk: Desk) async throws {
        let report = try desk.books.strategy { (store) throws(StorageError) in try AgentShow.read(store, id) }
        guard !report.dialogues.isEmpty else {
            throw Failure(
                id.map {
                    "there is no question, dialogue or proposal \"\($0)\": quartet agent list shows what there is"
                }
                    ?? "no model has been asked yet: see agent.enabled and agent.simulated in docs/configuration.md")
        }
        desk.show(report) { DialogueView.lines($0, withPrompt: prompt, on: desk.canvas) }
    }

    static func read(_ store: StrategyStore, _ id: String?) throws(StorageError) -> DialogueReport {
        var wanted = id
        if let id, let proposal = try store.proposal(id) { wanted = proposal.questionID }
        if id == nil {
            let latest = try store.dialogues(limit: 200)
            wanted =
                (latest.first { !$0.proposalIDs.isEmpty } ?? latest.first { $0.outcome == .decided } ?? latest.first)?
                .id
        }
        var report = DialogueReport()
        guard let wanted else { return report }
        report.dialogues = try store.dialogues(limit: 100, id: wanted)
        for dialogue in report.dialogues {
            for row in try store.proposals(of: dialogue.id) { report.proposals.append(ProposalOutcome(row)) }
        }
        return report
    }
}

struct AgentCost: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "cost",
        abstract: "What the models have cost: today, and each day and model.",
        discussion: """
            US dollars. The day is the UTC day. What was set aside for a question without an answer counts as spent; amounts \
            that were computed from a price table and not told by the provider are estimates, and said to be.

            EXAMPLES
              quartet agent cost
              quartet agent cost --days 30
            """)
    @OptionGroup var options: SharedOptions

    @Option(name: .long, help: ArgumentHelp("How many days, today included.", valueName: "count"))
    var days = 7

    func validate() throws {
        guard (1...3_650).contains(days) else { throw ValidationError("--days is 1 to 3650, not \(days)") }
    }

    func run(at desk: Desk) async throws {
        let today = WallTime.now.micros / 86_400_000_000
        var report = CostReport()
        report.dailyBudget = desk.settings.agent.dailyBudgetUsd
        try desk.books.strategy { (store) throws(StorageError) in
            report.spentToday = try store.spent(since: WallTime(micros: today * 86_400_000_000)).values.reduce(.zero, +)
            report.entries = try store.costs(since: WallTime(micros: (today - Int64(days) + 1) * 86_400_000_000))
                .map(CostReport.Entry.init)
        }
        desk.show(report) { CostView.lines($0, on: desk.canvas) }
    }
}

struct AgentLeaderboard: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "leaderboard",
        abstract: "How the models compare: return, Sharpe, win rate, cost, invalid answers.",
        discussion: """
            return   growth of the account by the positions a model opened, each as a share of the equity it was opened with
            Sharpe   mean over standard deviation of those returns, not annualised; from two positions on
            paper    the same for everything it decided, acted on or not, at the price of the moment with its own size, \
            stop and target, fees paid: the only measure of models that are asked for comparison
            invalid  answers that could not be used, of all that came

            EXAMPLES
              quartet agent leaderboard
              quartet agent leaderboard --json | jq -r '.standings[] | [.model, .returnOnEquity, .cost] | @tsv'
            """)
    @OptionGroup var options: SharedOptions

    func run(at desk: Desk) async throws {
        var board = Leaderboard()
        let today = WallTime.now.micros / 86_400_000_000
        try desk.books.strategy { (store) throws(StorageError) in
            board.standings = try store.standings().standings
            board.spentToday = try store.spent(since: WallTime(micros: today * 86_400_000_000)).values.reduce(.zero, +)
        }
        board.dailyBudget = desk.settings.agent.dailyBudgetUsd
        desk.show(board) { LeaderboardView.lines($0, on: desk.canvas) }
    }
}

/// What `agent show --json` prints.
struct DialogueReport: WireBody {
    static let kind = "dialogueReport"
    var dialogues: [Dialogue] = []
    var proposals: [ProposalOutcome] = []
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("dialogues", &dialogues)
        try visitor.field("proposals", &proposals)
    }
}

/// What a proposal of a model came to.
struct ProposalOutcome: WireBody {
    static let kind = "proposalOutcome"
    var id = ""
    var questionID = ""
    var strategy = ""
    var symbol: Symbol = .none
    var action: SignalAction = .hold
    var price: Price = .zero
    var stopLoss: Price?
    var takeProfit: Price?
    var leverage = 1
    var invalidation = ""
    var verdict = ""
    var denial = ""
    var clientOrderID: String?
    var quantity: Quantity?
    var orderStatus: OrderStatus?
    var closedAt: MarketTime?
    var entryPrice: Price?
    var exitPrice: Price?
    var netPnL: Money?
    var exitReason: ExitReason?

    init() {}

    init(_ row: ModelProposalRow) {
        id = row.id
        questionID = row.questionID
        strategy = row.strategy
        symbol = row.symbol
        action = row.action
        price = row.price
        stopLoss = row.stopLoss
        takeProfit = row.takeProfit
        leverage = row.leverage
        invalidation = row.invalidation
        verdict = row.verdict.rawValue
        denial = row.denial
        clientOrderID = row.clientOrderID
        quantity = row.quantity
        orderStatus = row.orderStatus
        closedAt = row.closedAt
        entryPrice = row.entryPrice
        exitPrice = row.exitPrice
        netPnL = row.netPnL
        exitReason = row.exitReason
    }

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("id", &id)
        try visitor.field("questionId", &questionID)
        try visitor.field("strategy", &strategy)
        try visitor.field("symbol", &symbol)
        try visitor.field("action", &action)
        try visitor.field("price", &price)
        try visitor.optional("stopLoss", &stopLoss)
        try visitor.optional("takeProfit", &takeProfit)
        try visitor.field("leverage", &leverage)
        try visitor.field("invalidation", &invalidation)
        try visitor.field("verdict", &verdict)
        try visitor.field("denial", &denial)
        try visitor.optional("clientOrderId", &clientOrderID)
        try visitor.optional("quantity", &quantity)
        try visitor.optional("orderStatus", &orderStatus)
        try visitor.optional("closedAt", &closedAt)
        try visitor.optional("entryPrice", &entryPrice)
        try visitor.optional("exitPrice", &exitPrice)
        try visitor.optional("netPnL", &netPnL)
        try visitor.optional("exitReason", &exitReason)
    }
}

/// What `agent cost --json` prints.
struct CostReport: WireBody {
    static let kind = "costReport"

    /// One model on one UTC day.
    struct Entry: WireBody {
        static let kind = "costReportEntry"
        var day: WallTime = .distantPast
        var model = ""
        var questions = 0
        var promptTokens = 0
        var answerTokens = 0
        var cost: Money = .zero
        /// The part of it that no provider has told.
        var estimated: Money = .zero
        init() {}
        init(_ row: CostRow) {
            day = WallTime(micros: row.day * 86_400_000_000)
            model = row.model
            questions = row.questions
            promptTokens = row.promptTokens
            answerTokens = row.answerTokens
            cost = row.cost
            estimated = row.estimated
        }
        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
            try visitor.field("day", &day)
            try visitor.field("model", &model)
            try visitor.field("questions", &questions)
            try visitor.field("promptTokens", &promptTokens)
            try visitor.field("answerTokens", &answerTokens)
            try visitor.field("cost", &cost)
            try visitor.field("estimated", &estimated)
        }
    }

    var spentToday: Money = .zero
    var dailyBudget: Money = .zero
    var entries: [Entry] = []
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("spentToday", &spentToday)
        try visitor.field("dailyBudget", &dailyBudget)
        try visitor.field("entries", &entries)
    }
}

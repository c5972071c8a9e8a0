import AgentCore
import Composition
import DialogueArchive
import Logging
import Portfolio
import ScriptedModel
import ServiceRuntime
import Storage
import StrategyCore
import TradingModel
import Wire

/// Runs ``AgentCore`` beside the rules: hands it facts, asks whom it wants asked, stores and tells what comes of it.
///
/// Lives inside the strategy's shell and its one ordered loop. Whatever happens here happens after the rules have had the same
/// fact; the line to the model is on other threads, and an answer comes back as one more event.
final class AgentDesk {
    let source: any AnswerSource
    let bus: ServiceBus
    let store: StrategyStore
    let log: Logger
    let settings: Settings
    var core: AgentCore
    var standings: StandingsBook
    var directives: [AgentCore.Directive] = []
    /// Hands a question to the line; set by the shell, which hears of its end.
    var send: (ModelQuestion) -> Void = { _ in }
    /// Questions that are out, for the record of their end.
    var asked: [String: QuestionRow] = [:]
    /// Nothing is asked any more: what was asked could not be recorded.
    private(set) var isBroken = false
    // What has to be known before the first question.
    var loading: [SeriesKey: [(Candle, session: String, sequence: Int)]] = [:]
    var cash: Money?
    var riskState: RiskState?

    init(
        _ source: any AnswerSource, settings: Settings, bus: ServiceBus, store: StrategyStore, log: Logger
    ) throws {
        self.source = source
        self.settings = settings
        self.bus = bus
        self.store = store
        self.log = log
        var agent = AgentSettings(settings, template: try Self.template(settings.agent.template))
        if source is SimulatedSource {
            agent.models.chat = ScriptedModel.model
            agent.models.reasoner = ScriptedModel.model
            agent.models.shadows = [SimulatedSource.contrarian]
        }
        agent.wantsCost = source.address.contains("openrouter.ai")
        core = AgentCore(settings: agent)
        do throws(StorageError) {
            standings = try store.standings()
            try restore()
        } catch {
            throw ServiceFailure(error.status, "\(error)")
        }
        let models = ([agent.models.chat, agent.models.reasoner] + agent.models.shadows)
        for model in Set(models).sorted() where agent.prices.prices[model] == nil {
            log.warning(
                "model \(model) will not be asked: it has no price; give it one in agent.prompt_prices_usd and agent.answer_prices_usd"
            )
        }
        log.notice(
            "the agent asks \(agent.models.chat) of \(source.label) every \(agent.interval) of market time, for at most \(agent.dailyBudget) USD a day; \(core.budget.committed) are spent today"
        )
    }

    /// The fixed words of a file, or the built-in ones.
    private static func template(_ path: String) throws -> PromptTemplate {
        guard !path.isEmpty else { return .current }
        guard case .success(let bytes) = FileBytes.read(path, atMost: 1 << 20) else {
            throw ServiceFailure(
                .configuration, "agent.template is \(path), which cannot be read as a file of at most 1 MiB")
        }
        do throws(PromptTemplateError) {
            return try PromptTemplate(parsing: String(decoding: bytes, as: UTF8.self))
        } catch {
            throw ServiceFailure(.configuration, "agent.template is \(path), which cannot be used: \(error)")
        }
    }

    func stop() { source.shutdown() }

    // MARK: Facts

    func handle(_ event: AgentCore.Event) {
        guard !isBroken else { return }
        core.handle(event, at: bus.now, into: &directives)
        guard !directives.isEmpty else { return }
        let pending = directives
        directives.removeAll(keepingCapacity: true)
        obey(pending)
    }

    func take(_ candle: Candle, session: String, sequence: Int) {
        let key = SeriesKey(symbol: candle.symbol, timeframe: candle.timeframe)
        if loading[key] != nil {
            loading[key]?.append((candle, session, sequence))
        } else {
            handle(.candle(candle, session: session, sequence: sequence))
        }
    }

    /// Market time has come this far; nothing is asked before everything is known.
    func take(_ clock: MarketClock) {
        guard loading.isEmpty, core.account != nil else { return }
        handle(.clock(clock.marketTime))
    }

    func take(_ plan: ExitPlan) { handle(.plan(plan)) }

    func take(_ state: RiskState) {
        riskState = state
        tellAccount()
    }

    func take(_ account: AccountState) {
        cash = account.balance - account.marginUsed
        tellAccount()
    }

    private func tellAccount() {
        guard let riskState, let cash, riskState.equity.isPositive else { return }
        handle(
            .account(
                AccountBrief(
                    equity: riskState.equity, availableCash: cash, drawdown: riskState.drawdown,
                    dailyLoss: riskState.dailyLoss, dailyTrades: riskState.dailyTrades, tradingState: riskState.state)))
    }

    /// A position is closed: the record says which model opened it, if one did.
    func take(_ trade: Trade) {
        guard AgentCore.isOwn(trade.strategy) else { return }
        attempt("a closed trade") { () throws(StorageError) in
            guard try store.store(trade) else { return }
            if let row = try store.proposal(trade.id) {
                standings.addTrade(trade.netPnL, equity: row.equity, row.model)
            }
        }
        handle(.closed(trade))
        publishLeaderboard()
    }

    func take(_ verdict: Verdict) {
        attempt("a verdict") { () throws(StorageError) in try store.store(verdict) }
        handle(.verdict(verdict))
    }

    func unanswered(_ proposal: Proposal, _ sentence: String) {
        log.warning("\(sentence)")
        attempt("a proposal without a verdict") { () throws(StorageError) in
            try store.noteUnanswered(proposal.id, sentence)
        }
    }

    func answered(_ questionID: String, _ end: AnswerEnd, _ latency: Span, isCached: Bool = false) {
        handle(.answered(questionID: questionID, end, latency: latency, isCached: isCached))
    }

    /// Records something; where that is not possible the agent asks nothing more, for what it may cost could not be counted.
    @discardableResult
    func attempt(_ what: String, _ body: () throws(StorageError) -> Void) -> Bool {
        do throws(StorageError) {
            try body()
            return true
        } catch {
            if !isBroken {
                log.error(
                    "the agent cannot record \(what) and asks nothing more until strategy is started again: \(error)")
            }
            isBroken = true
            return false
        }
    }
}

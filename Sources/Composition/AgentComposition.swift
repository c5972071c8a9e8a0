public import AgentCore
import RiskCore
public import ServiceRuntime
import TradingModel

extension AgentSettings {
    /// The agent as configured, with the fixed words of `template`.
    public init(_ settings: Settings, template: PromptTemplate) {
        self.init()
        let agent = settings.agent
        self.template = template
        symbols = settings.symbols
        interval = .minutes(Int64(agent.intervalMinutes))
        answerWithin = .seconds(Int64(agent.answerSeconds))
        models.chat = agent.chatModel
        models.reasoner = agent.reasonerModel
        models.shadows = agent.comparedModels
        models.complexDrawdown = agent.complexDrawdownPct.ratio
        models.complexLoss = agent.complexLossPct.ratio
        models.isComplexAfterRefusal = agent.complexAfterRefusal
        maxTokens = agent.maxAnswerLength
        reasonerTokens = agent.maxReasoningLength
        tokenBudget = agent.promptLength
        temperature = agent.temperature
        isStream = agent.stream
        questionsPerMinute = agent.questionsPerMinute
        dailyBudget = agent.dailyBudgetUsd
        modelBudgets = agent.modelBudgetsUsd
        for (model, prompt) in agent.promptPricesUsd {
            guard let completion = agent.answerPricesUsd[model] else { continue }
            prices.prices[model] = ModelPrice(prompt: prompt, completion: completion)
        }
        minimumConfidence = agent.minimumConfidence
        failuresBeforeRest = agent.failuresBeforeRest
        rest = .minutes(Int64(agent.restMinutes))
        memory = agent.rememberedTrades
        maximumSize = settings.risk.maxPositionPct.ratio
        paperFee = settings.execution.takerFeePct.ratio
        paperTimeToLive = RiskLimits(settings).exits.timeToLive
        refusesUnreadableConditions = agent.invalidation == .refuse
        conditionFault = { text, timeframe in
            guard !text.isEmpty else { return nil }
            do throws(InvalidationError) {
                _ = try Invalidation(parsing: text, timeframe: timeframe)
                return nil
            } catch {
                return "\(error)"
            }
        }
    }
}

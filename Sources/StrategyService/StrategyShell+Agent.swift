import AgentCore
import Logging
import ServiceRuntime
import Storage
import TradingModel
import Wire

/// The agent beside the rules.
extension StrategyShell {
    func startAgent() {
        guard let agent else { return }
        agent.send = { question in self.send(question, over: agent.source) }
        bus.subscribe(
            to: .execution, topics: [Topic.account.name, "trade."], onGap: { _ in agent.loadAccount() },
            { message in self.receiveFromExecution(message) })
        agent.loadAccount()
        startNews()
    }

    private func receiveFromExecution(_ message: Inbound) {
        do throws(WireError) {
            switch message.kind {
            case AccountState.kind: agent?.take(try message.body(AccountState.self))
            case Trade.kind: agent?.take(try message.body(Trade.self))
            default: break
            }
        } catch {
            log.error("a message of execution was not used: \(error)")
        }
    }

    /// The line to a model is never on the loop's thread: a slow or huge answer would hold up the rules.
    private func send(_ question: ModelQuestion, over source: any AnswerSource) {
        Task.detached { [weak self] in
            let (end, latency) = await source.ask(question)
            await self?.answered(question.id, end, latency)
        }
    }

    private func answered(_ id: String, _ end: AnswerEnd, _ latency: Span) {
        agent?.answered(id, end, latency)
    }

    func serve(_ request: InboundRequest) {
        guard request.kind == DialoguesRequest.kind else {
            return request.refuse(
                .unknownKind, "strategy answers statusRequest and dialoguesRequest, not \(request.kind)")
        }
        guard let agent else {
            return request.refuse(.unavailable, "no language model is asked here: see agent.enabled")
        }
        do {
            request.reply(try agent.dialogues(try request.body(DialoguesRequest.self)))
        } catch let error as WireError {
            request.refuse(error)
        } catch {
            request.refuse(.unavailable, "the dialogues cannot be read: \(error)")
        }
    }
}

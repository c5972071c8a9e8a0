public import Storage
public import TradingModel
import Wire

extension Dialogue {
    /// A question that has not ended.
    public init(_ question: QuestionRow) {
        self.init()
        id = question.id
        dialogueID = question.dialogueID
        round = question.round
        model = question.model
        strategy = question.strategy
        isSimulated = question.isSimulated
        isCompared = question.isCompared
        isComplex = question.isComplex
        boundary = question.boundary
        askedAt = question.askedAt
        expiresAt = question.expiresAt
        templateVersion = question.template
        dropped =
            question.dropped.isEmpty ? [] : question.dropped.split(separator: ";").map { String($0.drop { $0 == " " }) }
        cost = question.worstCost
        isCostEstimate = true
    }

    /// A stored question with its end, if it has one. Prompt, answer and thoughts are there where `isWhole`.
    public init(_ question: QuestionRow, _ answer: AnswerRow?, isWhole: Bool) {
        self.init(question)
        if let answer {
            if let told = try? WireJSON.decode(Dialogue.self, from: Array(answer.report.utf8)) { self = told }
            outcome = answer.outcome
            answeredAt = answer.answeredAt
            latency = answer.latency
            isLate = answer.isLate
            isCached = answer.isCached
            reason = answer.reason
            promptTokens = answer.promptTokens
            answerTokens = answer.answerTokens
            cost = answer.cost
            isCostEstimate = answer.isCostEstimate
        }
        guard isWhole else { return }
        prompt = question.prompt
        self.answer = answer?.content
        thoughts = answer?.thoughts
    }

    /// What is stored beside the columns: everything but the long texts.
    public var report: String {
        var short = self
        short.prompt = nil
        short.answer = nil
        short.thoughts = nil
        guard let bytes = try? WireJSON.encode(short) else { return "{}" }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension StrategyStore {
    /// The latest dialogues, newest first, without the long texts; whole and in order those of one dialogue or question.
    public func dialogues(
        limit: Int, id: String? = nil, model: String? = nil
    ) throws(StorageError) -> [Dialogue] {
        var list: [Dialogue] = []
        for question in try questions(limit: limit, id: id, model: model) {
            list.append(Dialogue(question, try answer(to: question.id), isWhole: id != nil))
        }
        return list
    }
}

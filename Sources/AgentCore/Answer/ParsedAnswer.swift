public import TradingModel

/// What the model is asked to choose from.
public enum AgentAction: String, Sendable, CaseIterable {
    case openLong = "OPEN_LONG"
    case openShort = "OPEN_SHORT"
    case close = "CLOSE"
    case hold = "HOLD"

    /// The side of the position it opens; `nil` where it opens none.
    public var opens: PositionSide? {
        switch self {
        case .openLong: .long
        case .openShort: .short
        case .close, .hold: nil
        }
    }
}

/// The numbers of a position to be opened, all within ``DecisionSchema``.
public struct OpeningPlan: Hashable, Sendable {
    public var leverage: Int
    /// The share of capital, 0.01…0.25.
    public var positionSize: Ratio
    /// The distance of the stop from the entry price, negative: -0.05…-0.01.
    public var stopLoss: Ratio
    /// The distance of the target from the entry price: 0.03…0.15.
    public var takeProfit: Ratio
    public init(leverage: Int, positionSize: Ratio, stopLoss: Ratio, takeProfit: Ratio) {
        self.leverage = leverage
        self.positionSize = positionSize
        self.stopLoss = stopLoss
        self.takeProfit = takeProfit
    }
}

/// A decision of the model that has passed every check, or HOLD.
public struct AgentDecision: Hashable, Sendable {
    public var action: AgentAction
    /// The configured symbol; `nil` for a HOLD that speaks of none.
    public var symbol: Symbol?
    /// Present exactly for an action that opens.
    public var plan: OpeningPlan?
    /// 0…1; present for every action that opens.
    public var confidence: Ratio?
    public var reasoning: String
    public var invalidation: String

    public init(
        _ action: AgentAction, symbol: Symbol? = nil, plan: OpeningPlan? = nil, confidence: Ratio? = nil,
        reasoning: String = "", invalidation: String = ""
    ) {
        self.action = action
        self.symbol = symbol
        self.plan = plan
        self.confidence = confidence
        self.reasoning = reasoning
        self.invalidation = invalidation
    }
}

/// The ranges of the schema the model is given; bounds included.
public enum DecisionSchema {
    public static let leverage = 1...25
    /// In percent of capital.
    public static let positionSizePercent = Ratio(1)...Ratio(25)
    /// In percent of the entry price.
    public static let stopLossPercent = Ratio(-5)...Ratio(-1)
    /// In percent of the entry price.
    public static let takeProfitPercent = Ratio(3)...Ratio(15)
    public static let confidence = Ratio.zero...Ratio.one
}

/// The closed set of reasons for which the answer is HOLD. The first two are the model's own wish.
public enum HoldReason: String, Sendable, CaseIterable {
    case modelHolds = "MODEL_HOLDS"
    case nothingProposed = "NOTHING_PROPOSED"
    // There is no decision.
    case emptyAnswer = "EMPTY_ANSWER"
    case noDecision = "NO_DECISION"
    case onlyInReasoning = "ONLY_IN_REASONING"
    case truncated = "TRUNCATED"
    case malformed = "MALFORMED"
    case providerError = "PROVIDER_ERROR"
    case refusedByModel = "REFUSED_BY_MODEL"
    case toolCall = "TOOL_CALL"
    case tooLarge = "TOO_LARGE"
    case tooDeep = "TOO_DEEP"
    case tooMany = "TOO_MANY"
    // The decision is not clear.
    case contradiction = "CONTRADICTION"
    case actionMissing = "ACTION_MISSING"
    case actionUnknown = "ACTION_UNKNOWN"
    case actionNotOffered = "ACTION_NOT_OFFERED"
    case sideUnclear = "SIDE_UNCLEAR"
    case symbolMissing = "SYMBOL_MISSING"
    case symbolUnknown = "SYMBOL_UNKNOWN"
    // A field breaks the schema.
    case fieldMissing = "FIELD_MISSING"
    case fieldRepeated = "FIELD_REPEATED"
    case notANumber = "NOT_A_NUMBER"
    case notFinite = "NOT_FINITE"
    case notWhole = "NOT_WHOLE"
    case unitUnknown = "UNIT_UNKNOWN"
    case outOfRange = "OUT_OF_RANGE"
    case wrongSide = "WRONG_SIDE"
    /// Risk's language cannot read what would prove the idea wrong.
    case invalidationUnreadable = "INVALIDATION_UNREADABLE"
    // It does not fit the positions held.
    case nothingToClose = "NOTHING_TO_CLOSE"
    case otherSideHeld = "OTHER_SIDE_HELD"
    case alreadyHeld = "ALREADY_HELD"

    /// Whether the model itself wants nothing done: no failure, and nothing to ask again.
    public var isWish: Bool { self == .modelHolds || self == .nothingProposed }
}

/// Why a decision, or the whole answer, is HOLD: a reason of the closed set and one sentence with the figures.
public struct HoldCause: Hashable, Sendable {
    public var reason: HoldReason
    /// The field of the schema it is about; empty for none.
    public var field: String
    /// Names the thing, the value and what was wanted; also what the model is told in the repair round.
    public var sentence: String
    public init(_ reason: HoldReason, field: String = "", _ sentence: String) {
        self.reason = reason
        self.field = field
        self.sentence = sentence
    }
}

/// What the answer says about one symbol, and what became of it.
public struct JudgedDecision: Hashable, Sendable {
    /// HOLD unless every check was passed.
    public var decision: AgentDecision
    /// What was asked for, in the schema's words where they fit: `OPEN_SHORT`, `SELL`.
    public var asked: String
    /// The symbol as the model wrote it; empty for none.
    public var askedSymbol: String
    /// Why it is HOLD, in the order of the schema; empty for an accepted action.
    public var causes: [HoldCause]
    /// Where it stands, as a byte offset.
    public var position: Int

    /// Refused, other than held by the model's own wish.
    public var isRefused: Bool { causes.contains { !$0.reason.isWish } }
}

/// What the parser made of a text.
public struct ParsedAnswer: Sendable {
    public enum Outcome: String, Sendable {
        /// At least one action was accepted.
        case decided
        /// The model wants nothing done.
        case held
        /// Nothing was accepted, and not because the model wished so.
        case refused
    }

    /// One for each symbol the answer speaks about, in reading order.
    public var decisions: [JudgedDecision] = []
    /// Why the answer as a whole is HOLD; empty where ``decisions`` say it.
    public var causes: [HoldCause] = []
    public var repairs: [Repair] = []
    /// Repairs beyond those listed.
    public var repairsOmitted = 0
    /// What the provider said of the answer, where its envelope was given.
    public var envelope: AnswerEnvelope?

    public init() {}

    /// Makes HOLD of each opening whose condition has a fault, which `fault` says in a sentence.
    public mutating func refuseConditions(_ fault: (String) -> String?) {
        for index in decisions.indices where decisions[index].decision.action.opens != nil {
            let opening = decisions[index].decision
            guard !opening.invalidation.isEmpty, let sentence = fault(opening.invalidation) else { continue }
            decisions[index].causes.append(
                HoldCause(
                    .invalidationUnreadable, field: "invalidation_condition",
                    "invalidation_condition cannot be watched: \(sentence)"))
            decisions[index].decision = AgentDecision(
                .hold, symbol: opening.symbol, confidence: opening.confidence, reasoning: opening.reasoning,
                invalidation: opening.invalidation)
        }
    }

    public var outcome: Outcome {
        if decisions.contains(where: { $0.decision.action != .hold }) { return .decided }
        let isRefused = causes.contains { !$0.reason.isWish } || decisions.contains(where: \.isRefused)
        return isRefused ? .refused : .held
    }

    /// The one decision the answer comes down to: the accepted opening with the highest confidence (the first of equals),
    /// else the first accepted close, else HOLD.
    public var headline: AgentDecision {
        var best: AgentDecision?
        for judged in decisions where judged.decision.action.opens != nil {
            if let known = best, (known.confidence ?? .zero) >= (judged.decision.confidence ?? .zero) { continue }
            best = judged.decision
        }
        if let best { return best }
        if let close = decisions.first(where: { $0.decision.action == .close }) { return close.decision }
        if decisions.count == 1, let only = decisions.first { return only.decision }
        return AgentDecision(.hold)
    }

    /// Every reason, the answer's first and then each decision's, in reading order.
    public var allCauses: [HoldCause] { causes + decisions.flatMap(\.causes) }
}

/// What is known when an answer is judged.
public struct AnswerContext: Sendable {
    /// What may be traded.
    public var symbols: [Symbol]
    /// What is held; `nil` where it is not known, and then no check depends on it.
    public var positions: [Symbol: PositionSide]?

    public init(symbols: [Symbol], positions: [Symbol: PositionSide]? = nil) {
        self.symbols = symbols
        self.positions = positions
    }
}

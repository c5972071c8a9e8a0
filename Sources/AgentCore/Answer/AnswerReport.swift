public import JSONText
public import TradingModel

/// What the parser made of a text, as JSON for programs: decisions in the schema's own words and units.
public enum AnswerReport {
    /// One object: `outcome`, `decision`, `decisions`, `reasons`, `repairs`; described in `docs/commands.md`.
    public static func value(_ answer: ParsedAnswer, id: JSONValue? = nil) -> JSONValue {
        var members: [(String, JSONValue)] = []
        if let id { members.append(("id", id)) }
        members.append(("outcome", .string(answer.outcome.rawValue)))
        members.append(("decision", value(answer.headline)))
        members.append(("decisions", .array(answer.decisions.map(value))))
        var reasons = answer.causes.map { value($0, symbol: nil) }
        for judged in answer.decisions {
            let symbol = judged.decision.symbol?.name ?? judged.askedSymbol
            reasons += judged.causes.map { value($0, symbol: symbol) }
        }
        members.append(("reasons", .array(reasons)))
        members.append(("repairs", .array(answer.repairs.map(value))))
        if answer.repairsOmitted > 0 { members.append(("repairsOmitted", JSONValue(answer.repairsOmitted))) }
        if let envelope = answer.envelope { members.append(("envelope", value(envelope))) }
        return .object(JSONObject(members))
    }

    /// A decision as the model is asked to write it; a number that does not apply is absent.
    public static func value(_ decision: AgentDecision) -> JSONValue {
        var members: [(String, JSONValue)] = [("action", .string(decision.action.rawValue))]
        members.append(("symbol", decision.symbol.map { .string($0.name) } ?? .null))
        if let plan = decision.plan {
            members.append(("leverage", JSONValue(plan.leverage)))
            members.append(("position_size_percent", number(plan.positionSize.percent)))
            members.append(("stop_loss_percent", number(plan.stopLoss.percent)))
            members.append(("take_profit_percent", number(plan.takeProfit.percent)))
        }
        if let confidence = decision.confidence { members.append(("confidence", number(confidence))) }
        members.append(("reasoning", .string(decision.reasoning)))
        if !decision.invalidation.isEmpty { members.append(("invalidation_condition", .string(decision.invalidation))) }
        return .object(JSONObject(members))
    }

    private static func value(_ judged: JudgedDecision) -> JSONValue {
        guard case .object(let object) = value(judged.decision) else { return .null }
        var members = object.members.map { ($0.key, $0.value) }
        var asked: [(String, JSONValue)] = [("action", .string(judged.asked))]
        if !judged.askedSymbol.isEmpty { asked.append(("symbol", .string(judged.askedSymbol))) }
        members.append(("asked", .object(JSONObject(asked))))
        members.append(("reasons", .array(judged.causes.map { value($0, symbol: nil) })))
        members.append(("position", JSONValue(judged.position)))
        return .object(JSONObject(members))
    }

    private static func value(_ cause: HoldCause, symbol: String?) -> JSONValue {
        var members: [(String, JSONValue)] = [("code", .string(cause.reason.rawValue))]
        if let symbol, !symbol.isEmpty { members.append(("symbol", .string(symbol))) }
        if !cause.field.isEmpty { members.append(("field", .string(cause.field))) }
        members.append(("message", .string(cause.sentence)))
        return .object(JSONObject(members))
    }

    private static func value(_ repair: Repair) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("kind", .string(repair.kind.rawValue)), ("position", JSONValue(repair.position)),
        ]
        if !repair.before.isEmpty { members.append(("before", .string(repair.before))) }
        if !repair.after.isEmpty { members.append(("after", .string(repair.after))) }
        return .object(JSONObject(members))
    }

    private static func value(_ envelope: AnswerEnvelope) -> JSONValue {
        var members: [(String, JSONValue)] = [("model", .string(envelope.model))]
        if !envelope.provider.isEmpty { members.append(("provider", .string(envelope.provider))) }
        if !envelope.finishReason.isEmpty { members.append(("finishReason", .string(envelope.finishReason))) }
        if let usage = envelope.usage {
            members.append(("promptTokens", JSONValue(usage.promptTokens)))
            members.append(("completionTokens", JSONValue(usage.completionTokens)))
            members.append(("reasoningTokens", JSONValue(usage.reasoningTokens)))
            if let cost = usage.cost { members.append(("costUSD", .string(cost.description))) }
        }
        if let failure = envelope.failure {
            members.append(("error", .string((failure.code.isEmpty ? "" : failure.code + ": ") + failure.message)))
        }
        return .object(JSONObject(members))
    }

    private static func number(_ value: Ratio) -> JSONValue {
        JSONNumber(value.description).map(JSONValue.number) ?? .null
    }
}

/// Why a text does not say what is held.
public struct PositionsError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}

extension AnswerContext {
    /// What is held, from JSON in one of three forms: `{"BTC/USDT": "long"}`, `[{"symbol": "BTC/USDT", "side": "long"}]`, or an
    /// object whose `positions` is such a list. Nothing else about a position is read.
    public static func positions(_ value: JSONValue) throws(PositionsError) -> [Symbol: PositionSide] {
        var held: [Symbol: PositionSide] = [:]
        switch value {
        case .object(let object):
            if case .array(let list) = object["positions"] { return try positions(.array(list)) }
            for (name, entry) in object { try add(name, side(entry, of: name), to: &held) }
        case .array(let list):
            for entry in list {
                guard case .string(let name) = entry["symbol"] else {
                    throw PositionsError(
                        description: "a position without symbol: write {\"symbol\":\"BTC/USDT\",\"side\":\"long\"}")
                }
                try add(name, side(entry, of: name), to: &held)
            }
        default:
            throw PositionsError(
                description: "positions are a list or an object: write {\"BTC/USDT\":\"long\"} or [] for none")
        }
        return held
    }

    private static func add(
        _ name: String, _ side: PositionSide?, to held: inout [Symbol: PositionSide]
    ) throws(PositionsError) {
        guard let symbol = Symbol(name.uppercased()) else {
            throw PositionsError(description: "\"\(name.prefix(40))\" is no symbol: write BASE/QUOTE such as BTC/USDT")
        }
        if let side { held[symbol] = side }
    }

    /// The side in `"long"`, `{"side": "short"}` or a signed quantity; `nil` for a flat position.
    private static func side(_ value: JSONValue, of name: String) throws(PositionsError) -> PositionSide? {
        switch value {
        case .string(let word):
            if let side = PositionSide(rawValue: word.lowercased()) { return side }
            if ["flat", "none", ""].contains(word.lowercased()) { return nil }
        case .number(let number):
            if let quantity = number.double { return quantity == 0 ? nil : quantity > 0 ? .long : .short }
        case .null: return nil
        case .object(let object):
            for key in ["side", "direction", "quantity"] {
                if let inner = object[key], inner != .null { return try side(inner, of: name) }
            }
        case .array, .bool: break
        }
        throw PositionsError(
            description: "the side of \(name.prefix(40)) is not clear: write \"long\", \"short\" or a signed quantity")
    }
}

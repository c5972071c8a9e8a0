public import JSONText

/// The administrator's words: what the scripted model shall do from now on.
extension ScriptedModel {
    /// Takes a command such as `{"script": ["bad", "429", "good"], "usual": "good", "delayMillis": 200}`; what is not named stays.
    /// Returns what is in force, or the sentence that says what is wrong, and then nothing has changed.
    public mutating func command(_ body: [UInt8]) -> Result<JSONValue, ScriptError> {
        guard let value = try? JSONValue.parse(body), case .object(let object) = value else {
            return .failure(ScriptError("the command is no JSON object"))
        }
        var next = settings
        var isReseeded = false
        for (key, value) in object.members.map({ ($0.key, $0.value) }) {
            do throws(ScriptError) {
                switch key {
                case "script": next.script = try Self.behaviours(value)
                case "usual": next.usual = try Self.behaviour(value)
                case "mischiefPercent": next.mischiefPercent = try Self.whole(value, key, 0...100)
                case "seed":
                    next.seed = UInt64(try Self.whole(value, key, 0...Int(Int32.max)))
                    isReseeded = true
                case "delayMillis": next.delayMillis = try Self.whole(value, key, 0...600_000)
                case "slowMillis": next.slowMillis = try Self.whole(value, key, 0...600_000)
                case "retryAfterSeconds": next.retryAfterSeconds = try Self.whole(value, key, 0...86_400)
                case "costPerAnswer": next.costPerAnswer = try Self.amount(value)
                default:
                    throw ScriptError(
                        "\(key) is no word of a command; there are script, usual, mischiefPercent, seed, delayMillis, slowMillis, retryAfterSeconds, costPerAnswer"
                    )
                }
            } catch {
                return .failure(error)
            }
        }
        settings = next
        if isReseeded { self = ScriptedModel(settings: next) }
        return .success(state)
    }

    /// What is in force, and how many questions came.
    public var state: JSONValue {
        [
            "provider": .string(Self.provider), "questions": JSONValue(questions),
            "script": .array(settings.script.map { .string($0.rawValue) }), "usual": .string(settings.usual.rawValue),
            "mischiefPercent": JSONValue(settings.mischiefPercent), "seed": JSONValue(Int(clamping: settings.seed)),
            "delayMillis": JSONValue(settings.delayMillis), "slowMillis": JSONValue(settings.slowMillis),
            "retryAfterSeconds": JSONValue(settings.retryAfterSeconds),
            "costPerAnswer": settings.costPerAnswer.map { .string($0) } ?? .null,
        ]
    }

    private static func behaviours(_ value: JSONValue) throws(ScriptError) -> [Behaviour] {
        guard case .array(let list) = value, list.count <= 10_000 else {
            throw ScriptError("script is no list of at most 10000 behaviours")
        }
        var behaviours: [Behaviour] = []
        for one in list { behaviours.append(try behaviour(one)) }
        return behaviours
    }

    private static func behaviour(_ value: JSONValue) throws(ScriptError) -> Behaviour {
        guard case .string(let word) = value, let behaviour = Behaviour(rawValue: word) else {
            let known = Behaviour.allCases.map(\.rawValue).joined(separator: ", ")
            throw ScriptError("\(value.text().prefix(40)) is no behaviour; there are \(known)")
        }
        return behaviour
    }

    private static func whole(_ value: JSONValue, _ key: String, _ range: ClosedRange<Int>) throws(ScriptError) -> Int {
        guard case .number(let number) = value, let whole = number.integer.flatMap({ Int(exactly: $0) }),
            range.contains(whole)
        else {
            throw ScriptError("\(key) is no whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return whole
    }

    private static func amount(_ value: JSONValue) throws(ScriptError) -> String? {
        switch value {
        case .null: return nil
        case .number(let number): return number.text
        case .string(let text) where JSONNumber(text) != nil: return text
        default: throw ScriptError("costPerAnswer is no number")
        }
    }
}

/// Why a command was not taken, in one sentence.
public struct ScriptError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

/// The closed set of things that were put right in a model's text before it could be read.
public enum RepairKind: String, Sendable, CaseIterable {
    // How the text was found.
    /// The text is a chat completion as the provider sends it; its content was taken.
    case chatCompletion
    /// The text is a stream of server-sent events; its pieces were joined.
    case eventStream
    /// The text has a fence of three backquotes around the JSON.
    case fence
    /// There is prose before or after the JSON.
    case prose
    /// The JSON stands in a tag such as `<decision>`.
    case tag
    /// Reasoning before the answer (`<think>`, `<reasoning>`) was left out.
    case reasoningLeftOut
    /// The whole answer was escaped: a JSON string with JSON in it, `\"` for every quotation mark, or `&quot;`. The places of
    /// what else was put right are those in the text without the escapes.
    case escapedText
    /// The text ends before what it began is complete.
    case truncated

    // How the JSON was written.
    case fullWidthPunctuation
    case smartQuotes
    case singleQuotes
    case unquotedName
    case unquotedText
    case unescapedQuote
    case controlCharacter
    case invalidEscape
    case comment
    case trailingComma
    case extraComma
    case missingComma
    /// A bracket or brace that was not closed where its parent, fence or tag is.
    case missingBracket
    case strayBracket
    /// `None`, `True`, `undefined`, `NaN` and their like.
    case foreignWord
    case repeatedName

    // How a value was written.
    case numberAsText
    case percentSign
    case leverageSign
    case thousandsSeparator
    case plusSign
    case unicodeDigits
    case bareFraction
    /// A whole number given as `8.0`, or digits beyond the twelfth decimal.
    case redundantDigits
    /// A confidence of 0…100 brought to 0…1.
    case confidenceInPercent

    // What was meant.
    /// A known other name of a field of the schema.
    case fieldName
    /// A known other word for an action of the schema.
    case actionWord
    case symbolSpelling
    /// The symbol was taken from the object around the decision, or from its name.
    case symbolInherited
    /// The same decision stands in the text more than once.
    case repeatedDecision
    /// An example that lists the alternatives (`OPEN_LONG|OPEN_SHORT`) was not taken for a decision.
    case exampleLeftOut
    /// Fields that the action does not use were left out.
    case unusedField
}

/// One thing that was put right.
public struct Repair: Hashable, Sendable {
    public var kind: RepairKind
    /// Where, as a byte offset into the text that was read (the content, where a provider's envelope was opened).
    public var position: Int
    /// What stood there, at most 40 characters; empty where the kind says it all.
    public var before: String
    /// What it was taken for.
    public var after: String

    public init(_ kind: RepairKind, at position: Int, before: String = "", after: String = "") {
        self.kind = kind
        self.position = position
        self.before = before
        self.after = after
    }
}

/// The repairs of one text in reading order: each kind of writing once with its first place and how often, so that a long
/// text cannot make a long list.
struct RepairLog {
    /// More than this are only counted.
    static let limit = 64
    private(set) var repairs: [Repair] = []
    private(set) var omitted = 0

    mutating func clear() {
        repairs.removeAll(keepingCapacity: true)
        omitted = 0
    }

    mutating func note(_ kind: RepairKind, at position: Int) { add(Repair(kind, at: position)) }

    mutating func add(_ repair: Repair) {
        if repairs.count < Self.limit { repairs.append(repair) } else { omitted += 1 }
    }
}

extension Repair {
    /// In a few words: the kind, and what became what where that says more.
    public var words: String {
        before.isEmpty && after.isEmpty
            ? kind.rawValue : "\(kind.rawValue): \(before.prefix(60)) → \(after.prefix(60))"
    }
}

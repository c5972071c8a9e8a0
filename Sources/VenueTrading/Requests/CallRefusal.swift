/// Why no request is made of a call: a closed set of codes and one sentence.
public struct CallRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        /// The form names something that is not known, or leaves out what is needed.
        case malformed = "MALFORMED"
        case missing = "MISSING"
        /// The exchange, or this market of it, has no such thing.
        case unsupported = "UNSUPPORTED"
        /// Parts that cannot go together.
        case contradiction = "CONTRADICTION"
        case illegalClientOrderID = "ILLEGAL_CLIENT_ORDER_ID"
        case badAmount = "BAD_AMOUNT"
        /// What remains after rounding to the lot is nothing.
        case dust = "DUST"
    }

    public let code: Code
    public let sentence: String

    public init(_ code: Code, _ sentence: String) {
        self.code = code
        self.sentence = sentence
    }

    public var description: String { code.rawValue + ": " + sentence }
}

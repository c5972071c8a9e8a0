/// Why a text is not the JSON it should be: one sentence with the place.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of error it is.
    public enum Code: String, Sendable, CaseIterable {
        /// The text is no JSON (RFC 8259).
        case badSyntax
        /// A string's bytes are not UTF-8.
        case badUTF8
        /// An object names a key twice.
        case duplicateKey
        /// Objects and arrays are nested deeper than allowed, or the text is longer than allowed.
        case tooLarge
        /// More text follows the value.
        case trailingText
        /// A value that is needed is not there.
        case missing
        /// A value has another type than is needed.
        case wrongType
        /// A value of the right type cannot mean what it should: `"12abc"` as a price.
        case badValue
    }

    public let code: Code
    /// Bytes before the place in the text; `nil` where the value stands in a tree.
    public let offset: Int?
    /// Where in the value, as `data[3].price`; empty for the whole.
    public let path: String
    /// What is wrong there.
    public let detail: String

    public init(_ code: Code, offset: Int? = nil, path: String = "", _ detail: String) {
        self.code = code
        self.offset = offset
        self.path = path
        self.detail = detail
    }

    public var description: String {
        let place = path.isEmpty ? "" : "\(path): "
        return place + detail + (offset.map { " (at byte \($0))" } ?? "")
    }
}

/// How much a reader accepts.
public struct JSONLimits: Hashable, Sendable {
    /// How deep objects and arrays may nest.
    public var depth: Int
    /// How many bytes a text may have.
    public var bytes: Int

    public init(depth: Int = 64, bytes: Int = 64 << 20) {
        self.depth = depth
        self.bytes = bytes
    }

    /// 64 levels, 64 MiB: exchanges send lists of instruments of ten and more.
    public static let standard = JSONLimits()
}

/// What is wrong with a frame, with the place and one sentence.
///
/// Every fault of a frame ends in one of these: a decoder neither traps nor guesses.
public struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        // The frame.
        case empty, truncated, oversized, lengthMismatch
        // The JSON text.
        case badUTF8, badSyntax, badEscape, badNumber, tooDeep, trailingBytes
        // The envelope.
        case wrongMajor, unknownKind
        // The fields.
        case missingField, duplicateField, wrongType, badValue, outOfRange
        // Only when writing.
        case notFinite
    }

    public let code: Code
    /// The field, from the outermost in: `body.evidence[3].seq`. Empty where the fault is not in a field.
    public private(set) var path: String
    /// Where the fault was noticed, in bytes from the start of the frame, length prefix included.
    public let offset: Int
    /// What is wrong and what was expected, as one clause.
    public let detail: String

    public init(_ code: Code, path: String = "", offset: Int = 0, _ detail: String) {
        self.code = code
        self.path = path
        self.offset = offset
        self.detail = detail
    }

    public var description: String {
        path.isEmpty ? "at byte \(offset): \(detail)" : "field \(path) at byte \(offset): \(detail)"
    }

    /// The same fault seen from the object or array around it.
    public func inside(_ name: String) -> WireError {
        var outer = self
        if path.isEmpty {
            outer.path = name
        } else {
            outer.path = path.first == "[" ? name + path : name + "." + path
        }
        return outer
    }

    @inline(never)
    func inside(_ name: StaticString) -> WireError { inside(name.description) }

    @inline(never)
    func inside(index: Int) -> WireError { inside("[\(index)]") }
}

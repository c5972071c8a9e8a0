/// Why a file cannot be read (on) or written. One sentence that names the file, the line and the value.
public struct CandleFileError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable { case unreadable, malformed, unusable, unwritable }
    public let code: Code
    public let description: String

    public init(_ code: Code, _ sentence: String) {
        self.code = code
        description = sentence
    }
}

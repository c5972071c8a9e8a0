import TradingModel

/// The words, numbers and signs of a condition, each with its place.
struct InvalidationToken: Hashable, Sendable {
    enum Content: Hashable, Sendable {
        case word(String)
        case number(Ratio)
        case timeframe(Timeframe)
        /// `(`, `)`, `%`, `<`, `<=`, `>`, `>=`, `-`.
        case sign(String)
        case end
    }
    let content: Content
    /// In characters from 1.
    let position: Int

    /// As an error names it.
    var shown: String {
        switch content {
        case .word(let text), .sign(let text): "\"\(text)\""
        case .number(let number): "\"\(number)\""
        case .timeframe(let timeframe): "\"\(timeframe)\""
        case .end: "the end"
        }
    }
}

enum InvalidationLexer {
    /// Longest text that is read.
    static let longest = 500

    static func tokens(of text: String) throws(InvalidationError) -> [InvalidationToken] {
        let characters = Array(text)
        guard characters.count <= longest else {
            throw InvalidationError(position: longest + 1, problem: "a condition has at most \(longest) characters")
        }
        var tokens: [InvalidationToken] = []
        var index = 0
        while index < characters.count {
            let character = characters[index]
            if character == " " || character == "\t" || character == "\n" {
                index += 1
            } else if character.isASCII, character.isLetter {
                let word = run(characters, from: index) { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
                tokens.append(InvalidationToken(content: .word(word), position: index + 1))
                index += word.count
            } else if character.isASCII, character.isNumber {
                let word = run(characters, from: index) {
                    $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "_" || $0 == ",")
                }
                tokens.append(InvalidationToken(content: try number(word, at: index + 1), position: index + 1))
                index += word.count
            } else {
                let sign = try sign(characters, at: index)
                tokens.append(InvalidationToken(content: .sign(sign.text), position: index + 1))
                index += sign.length
            }
        }
        tokens.append(InvalidationToken(content: .end, position: characters.count + 1))
        return tokens
    }

    private static func run(_ characters: [Character], from start: Int, while isPart: (Character) -> Bool) -> String {
        String(characters[start...].prefix(while: isPart))
    }

    /// A number, or a timeframe such as `15m`.
    private static func number(_ word: String, at position: Int) throws(InvalidationError) -> InvalidationToken.Content
    {
        if let timeframe = Timeframe(rawValue: word.lowercased()) { return .timeframe(timeframe) }
        if word.contains(",") {
            throw InvalidationError(
                position: position,
                problem: "\"\(word)\" has a comma: write \(word.filter { $0 != "," }), with a point before decimals")
        }
        if word.contains(where: \.isLetter) {
            let known = Timeframe.allCases.map(\.rawValue).joined(separator: ", ")
            throw InvalidationError(
                position: position, problem: "\"\(word)\" is neither a number nor a timeframe (\(known))")
        }
        guard let value = Ratio(word) else {
            throw InvalidationError(position: position, problem: "\"\(word)\" is not a number within range")
        }
        return .number(value)
    }

    private static func sign(
        _ characters: [Character], at index: Int
    ) throws(InvalidationError) -> (text: String, length: Int) {
        let isFollowedByEqual = index + 1 < characters.count && characters[index + 1] == "="
        switch characters[index] {
        case "(", ")", "%", "-": return (String(characters[index]), 1)
        case "<", ">": return isFollowedByEqual ? ("\(characters[index])=", 2) : (String(characters[index]), 1)
        case "≤": return ("<=", 1)
        case "≥": return (">=", 1)
        case "=", "!":
            throw InvalidationError(
                position: index + 1, problem: "measured numbers are compared with <, <=, >, >=, below or above")
        default:
            throw InvalidationError(
                position: index + 1, problem: "\"\(characters[index])\" has no meaning here: see docs/invalidation.md")
        }
    }
}

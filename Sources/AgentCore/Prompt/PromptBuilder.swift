import TradingModel

/// One message of a chat.
public struct ChatMessage: Hashable, Sendable {
    public enum Role: String, Sendable {
        case system, user, assistant
    }
    public var role: Role
    public var content: String
    public init(_ role: Role, _ content: String) {
        self.role = role
        self.content = content
    }
}

/// A prompt with what it is made by and what was left out of it.
public struct BuiltPrompt: Hashable, Sendable {
    public var messages: [ChatMessage]
    public var templateVersion: String
    /// A bound from above on the tokens of all messages: see ``PromptBuilder/tokenBound(_:)``.
    public var tokenBound: Int
    /// What was left out to keep the budget, in the order in which it was.
    public var dropped: [String]
}

/// Why there is no prompt.
public struct PromptError: Error, Hashable, Sendable, CustomStringConvertible {
    public let needed: Int
    public let budget: Int
    public var description: String {
        "the prompt needs \(needed) tokens even without everything that may be left out, and the budget is \(budget): raise it or trade fewer symbols"
    }
}

/// Writes what the model is told.
///
/// What does not fit the budget is left out in this order: news, oldest first; closed trades, oldest first; the series of 1m
/// and 3m candles; half of every other series; all series; order books and funding rates; markets without a position, last
/// first. The account, open positions with their exit plans, the price of their markets and the instructions always stay.
public struct PromptBuilder: Sendable {
    public let template: PromptTemplate
    /// Tokens of the whole prompt.
    public let tokenBudget: Int

    public init(template: PromptTemplate = .current, tokenBudget: Int = 12_000) {
        self.template = template
        self.tokenBudget = tokenBudget
    }

    /// A bound on the tokens of a text: bytes over three, rounded up, and four a message. Tokenizers of the models in use need one
    /// token for 3.2 bytes and more of such text (digits are the worst of it); a provider's own count is what is paid.
    public static func tokenBound(_ messages: [ChatMessage]) -> Int {
        messages.reduce(0) { $0 + ($1.content.utf8.count + 2) / 3 + 4 }
    }

    /// Builds the prompt; throws where even the least of it does not fit.
    public func build(_ input: PromptInput) throws(PromptError) -> BuiltPrompt {
        var cut = Cut()
        while true {
            let messages = [
                ChatMessage(.system, template.system),
                ChatMessage(.user, PromptWriter(input: input, cut: cut).text(template)),
            ]
            let bound = Self.tokenBound(messages)
            if bound <= tokenBudget {
                return BuiltPrompt(
                    messages: messages, templateVersion: template.version, tokenBound: bound, dropped: cut.dropped)
            }
            guard cut.leaveOut(of: input, tokens: bound - tokenBudget) else {
                throw PromptError(needed: bound, budget: tokenBudget)
            }
        }
    }
}

/// What is left out of a prompt.
struct Cut {
    var news = 0
    var closedTrades = 0
    var hasShortSeries = true
    var seriesShare = 1.0
    var hasBooks = true
    var markets = 0
    private(set) var dropped: [String] = []

    /// Leaves the next thing out; `false` where nothing is left that may be.
    mutating func leaveOut(of input: PromptInput, tokens: Int) -> Bool {
        if news < input.news.count {
            // Several at once: a line of news is at least a few tokens, and each step writes the prompt anew.
            news = min(input.news.count, news + max(1, tokens / 120))
            note("\(news) of \(input.news.count) news")
        } else if closedTrades < input.closedTrades.count {
            closedTrades = min(input.closedTrades.count, closedTrades + max(1, tokens / 150))
            note("\(closedTrades) of \(input.closedTrades.count) closed trades")
        } else if hasShortSeries {
            hasShortSeries = false
            dropped.append("series of 1m and 3m")
        } else if seriesShare > 0 {
            seriesShare = seriesShare == 1 ? 0.5 : 0
            dropped.append(seriesShare > 0 ? "older half of every series" : "every series")
        } else if hasBooks {
            hasBooks = false
            dropped.append("order books and funding rates")
        } else if let next = droppable(input) {
            markets += 1
            dropped.append("market \(next)")
        } else {
            return false
        }
        return true
    }

    /// Replaces the count of the same kind.
    private mutating func note(_ what: String) {
        let kind = what.split(separator: " ").suffix(1)
        dropped.removeAll { $0.split(separator: " ").suffix(1) == kind }
        dropped.append(what)
    }

    private func droppable(_ input: PromptInput) -> Symbol? {
        let free = Cut.freeMarkets(input)
        return markets < free.count ? free[markets] : nil
    }

    /// Markets without a position, in the order in which they are left out.
    static func freeMarkets(_ input: PromptInput) -> [Symbol] {
        let held = Set(input.positions.map(\.plan.symbol))
        return input.markets.map(\.symbol).filter { !held.contains($0) }.reversed()
    }
}

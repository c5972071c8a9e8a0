public import JSONText
public import TradingModel

/// What an exchange's refusal means for whoever asked: one kind of thing to do next.
public struct VenueError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the caller does next.
    public enum Category: String, Hashable, Sendable, CaseIterable {
        /// Too many requests: wait, then go on slower.
        case rateLimited = "rate_limited"
        /// The address or account is banned until a moment: nothing may be sent before.
        case banned
        /// Our clock and the exchange's differ: measure the offset, then send again.
        case clock
        /// Key, signature or permission is wrong: a person has to act.
        case authentication
        /// The request itself is wrong; the same one will never pass.
        case invalidRequest = "invalid_request"
        /// The exchange understood and said no: a filter, a rule, the state of the market.
        case refused
        case insufficientBalance = "insufficient_balance"
        /// The id was used before: the first request with it counts.
        case duplicate
        /// The order, key or symbol is not known there.
        case notFound = "not_found"
        /// It is already as wished: success.
        case alreadyDone = "already_done"
        /// Nobody knows whether it happened: ask before anything is sent again.
        case unknownOutcome = "unknown_outcome"
        /// The exchange cannot do it now: try again later.
        case unavailable
        /// A code that is not in the exchange's documentation as we know it.
        case unrecognized
    }

    /// Whether what was asked for has happened.
    public enum Outcome: String, Hashable, Sendable, CaseIterable {
        case notDone = "not_done"
        case unknown
        case done
    }

    public var venue: VenueDialect
    /// The exchange's own code, as text; empty where it gave none.
    public var code: String
    /// The exchange's name of the code, where it has one.
    public var name: String?
    /// The exchange's own words.
    public var message: String
    public var httpStatus: Int?
    public var category: Category
    /// The moment until which nothing may be sent, by the exchange's clock.
    public var bannedUntil: MarketTime?
    /// The exchange's clock, where the message tells it.
    public var serverTime: MarketTime?
    /// How long the exchange asks us to wait.
    public var retryAfter: Span?

    public init(
        venue: VenueDialect, code: String, name: String? = nil, message: String, httpStatus: Int? = nil,
        category: Category
    ) {
        self.venue = venue
        self.code = code
        self.name = name
        self.message = message
        self.httpStatus = httpStatus
        self.category = category
    }

    public var outcome: Outcome {
        switch category {
        case .unknownOutcome: .unknown
        // Codes nobody knows promise nothing: for an order that is as good as a timeout.
        case .unrecognized: .unknown
        case .alreadyDone, .duplicate: .done
        default: .notDone
        }
    }

    /// Whether the same request may simply be sent again, later.
    public var isRetryable: Bool {
        switch category {
        case .rateLimited, .banned, .clock, .unavailable: true
        default: false
        }
    }

    /// One sentence that says what to do.
    public var advice: String {
        switch category {
        case .rateLimited: "wait\(waiting), then send at a lower rate: going on leads to a ban"
        case .banned:
            "send nothing\(bannedUntil.map { " before \($0)" } ?? " until the ban is over"): every request makes it longer"
        case .clock: "measure the exchange's clock again, then send with the corrected time"
        case .authentication: "check the key, its permissions and its address list: no request will pass until then"
        case .invalidRequest: "correct the request: the same one never passes"
        case .refused: "do not repeat it unchanged: the exchange's rules or the market's state forbid it"
        case .insufficientBalance: "make it smaller or add funds: the balance does not cover it"
        case .duplicate: "ask for the order of this id: it was taken before"
        case .notFound: "compare with the exchange what exists: it does not know this one"
        case .alreadyDone: "nothing to do: it is already so"
        case .unknownOutcome: "ask for the order by its id before anything is sent again: it may have happened"
        case .unavailable: "try again later: the exchange did not do it"
        case .unrecognized: "look the code up; an order behind it counts as unknown until it was asked for"
        }
    }

    private var waiting: String { retryAfter.map { " \($0)" } ?? "" }

    public var description: String {
        let head = [venue.rawValue, code, name ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
        return "\(head): \(message) (\(category.rawValue)); \(advice)"
    }

    /// `code`, `name`, `message`, `category`, `outcome`, `retryable`, `advice` and what times there are, in microseconds.
    public var json: JSONValue {
        var object = JSONObject()
        object["code"] = .string(code)
        object["name"] = name.map(JSONValue.init(stringLiteral:))
        object["message"] = .string(message)
        object["http_status"] = httpStatus.map { JSONValue($0) }
        object["category"] = .string(category.rawValue)
        object["outcome"] = .string(outcome.rawValue)
        object["retryable"] = .bool(isRetryable)
        object["banned_until"] = bannedUntil.map { JSONValue($0.micros) }
        object["server_time"] = serverTime.map { JSONValue($0.micros) }
        object["retry_after"] = retryAfter.map { JSONValue($0.micros) }
        object["advice"] = .string(advice)
        return .object(object)
    }
}

extension VenueError {
    /// What a code and message of an exchange mean; `status` is the HTTP status where there is one.
    public static func classify(
        _ venue: VenueDialect, code: String, message: String, status: Int? = nil
    ) -> VenueError {
        let entry = VenueErrorTable.entry(venue, code: code, message: message, status: status)
        var error = VenueError(
            venue: venue, code: code, name: entry.name, message: message, httpStatus: status, category: entry.category)
        error.bannedUntil = number(after: "banned until ", in: message).map { MarketTime(micros: $0 * 1_000) }
        if error.bannedUntil != nil { error.category = .banned }
        if error.category == .clock {
            error.serverTime =
                (number(after: "server_timestamp[", in: message)
                ?? number(after: "server_timestamp: ", in: message)).map { MarketTime(micros: $0 * 1_000) }
        }
        return error
    }

    /// What a bare HTTP status means, where the body is no answer of the exchange.
    public static func classify(_ venue: VenueDialect, status: Int, body: String) -> VenueError {
        let category: Category =
            switch status {
            case 418: .banned
            case 429: .rateLimited
            // Binance and Bybit answer 403 from their firewalls, Bybit above all for too many requests.
            case 403: venue == .bybit ? .rateLimited : .authentication
            case 401: .authentication
            case 404, 405, 400: .invalidRequest
            // A gateway that gave up tells nothing of what happened behind it.
            case 500...599: .unknownOutcome
            default: .unrecognized
            }
        return VenueError(
            venue: venue, code: "", message: String(body.prefix(200)), httpStatus: status, category: category)
    }

    private static func number(after words: String, in text: String) -> Int64? {
        guard let range = text.firstRange(of: words) else { return nil }
        return Int64(text[range.upperBound...].prefix { $0.isASCII && $0.isNumber })
    }
}

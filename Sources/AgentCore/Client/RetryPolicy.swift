public import TradingModel

/// How an attempt to reach the model ended.
public enum AttemptEnd: Hashable, Sendable {
    /// The provider answered with this HTTP status and perhaps the header `Retry-After`.
    case status(Int, retryAfter: String?)
    /// No whole answer: connection refused, reset, dropped in the middle.
    case connectionLost
    case timedOut
}

/// When to try again, and when not to.
///
/// Overload and outages are tried again with growing pauses, and never before a `Retry-After` is over; what the provider refuses for
/// good (key, credit, model, request) is not. Source: RFC 9110 §10.2.3, https://openrouter.ai/docs/api-reference/errors.
public struct RetryPolicy: Hashable, Sendable {
    /// Attempts in all.
    public var attempts: Int
    public var firstPause: Span
    public var longestPause: Span

    public init(attempts: Int = 3, firstPause: Span = .seconds(1), longestPause: Span = .seconds(30)) {
        self.attempts = attempts
        self.firstPause = firstPause
        self.longestPause = longestPause
    }

    /// How long to wait before the next attempt; `nil` where there is none.
    ///
    /// - Parameters:
    ///   - attempt: The one that ended, from 1.
    ///   - left: Until the answer is worthless.
    ///   - now: For a `Retry-After` that is a date.
    ///   - spread: 0…1, derived from the request, so that many who failed together do not come back together.
    public func pause(after end: AttemptEnd, attempt: Int, left: Span, now: WallTime, spread: Double) -> Span? {
        guard attempt < attempts else { return nil }
        var pause = Span(micros: firstPause.micros << min(attempt - 1, 20))
        if pause > longestPause { pause = longestPause }
        let fraction = 0.5 + 0.5 * min(max(spread, 0), 1)
        pause = Span(micros: Int64(Double(pause.micros) * fraction))
        switch end {
        case .connectionLost, .timedOut: break
        case .status(let status, let retryAfter):
            guard status == 408 || status == 409 || status == 425 || status == 429 || (500...599).contains(status)
            else { return nil }
            if let wanted = retryAfter.flatMap({ Self.span($0, now: now) }), wanted > pause { pause = wanted }
        }
        return pause < left ? pause : nil
    }

    /// The header's value: seconds, or a date such as `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func span(_ header: String, now: WallTime) -> Span? {
        let text = header.split(separator: " ").joined(separator: " ")
        if let seconds = Int64(text) { return seconds >= 0 ? .seconds(min(seconds, 86_400 * 7)) : nil }
        if let seconds = Double(text), seconds >= 0, seconds < 604_800 { return Span(micros: Int64(seconds * 1e6)) }
        let parts = text.split(separator: " ")
        guard parts.count == 6, let day = Int(parts[1]), let year = Int(parts[3]),
            let month = months.firstIndex(of: parts[2].lowercased())
        else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int64($0) }
        guard clock.count == 3, (1...31).contains(day), (1970...9_999).contains(year) else { return nil }
        let days = Self.days(year: year, month: month + 1, day: day)
        let seconds = days * 86_400 + clock[0] * 3_600 + clock[1] * 60 + clock[2]
        let span = WallTime(micros: seconds * 1_000_000) - now
        return span < .zero ? .zero : span
    }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    /// Days since 1970-01-01. Algorithm: Howard Hinnant, *chrono-Compatible Low-Level Date Algorithms*.
    private static func days(year: Int, month: Int, day: Int) -> Int64 {
        let y = month <= 2 ? year - 1 : year
        let era = y / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * 146_097 + dayOfEra - 719_468)
    }
}

import Glibc
import HTTPTransport
import JSONText
import ServiceRuntime
import TradingModel
import Venues

/// An exchange's public REST interface for commands: one question at a time, within its limits, again where it failed.
final class PublicVenue {
    let dialect: VenueDialect
    let category: MarketCategory
    private let name: VenueName
    private let base: String
    private let client: HTTPClient
    private var budget: RateBudget
    private static let mostAttempts = 6

    init(_ name: VenueName, _ settings: VenueSettings) throws(Failure) {
        self.name = name
        base = settings.restURL
        (dialect, category) =
            switch name {
            case .binance: (.binance, .spot)
            case .binanceUSDM: (.binanceUSDM, .linear)
            case .bybit: (.bybit, .spot)
            case .bybitLinear: (.bybit, .linear)
            case .mexc: (.mexc, .spot)
            }
        budget = .share(dialect, percent: settings.feedSharePct)
        do throws(HTTPError) {
            client = try HTTPClient(.init(proxy: settings.proxy.isEmpty ? nil : settings.proxy))
        } catch {
            throw Failure("no connection can be made: \(error)")
        }
    }

    func shut() { client.shutdown() }

    /// Everything that is traded.
    func instruments() async throws -> InstrumentList {
        var list = InstrumentList()
        var cursor: String?
        repeat {
            guard
                case .instruments(let page, let next) = try await ask(
                    .instruments(dialect, category: category, cursor: cursor))
            else { throw Failure("\(name.rawValue) answered something else than its list of instruments") }
            try list.add(page, venue: name.id)
            cursor = next
        } while cursor != nil
        return list
    }

    /// The exchange's clock.
    func time() async throws -> MarketTime {
        guard case .time(let time) = try await ask(.serverTime(dialect)) else {
            throw Failure("\(name.rawValue) answered something else than the time")
        }
        return time
    }

    /// Waits for its turn, asks, and asks again where the answer did not come or says to wait.
    func ask(_ request: MarketRequest) async throws -> MarketAnswer {
        var trouble = ""
        for attempt in 1...PublicVenue.mostAttempts {
            while case .wait(let until, _) = budget.request(weight: request.weight, .entry, at: .now) {
                try await Task.sleep(for: .microseconds(max(1_000, (until - .now).micros)))
            }
            do {
                let answer = try await client.send(HTTPRequest(url: base + request.url.dropFirst(request.host.count)))
                if let used = answer.header("x-mbx-used-weight-1m").flatMap({ Int($0) }) {
                    budget.observe(used: used, name: "address", span: .minutes(1), at: .now)
                }
                let wait = answer.header("retry-after").flatMap { Int64($0) }.map { Span.seconds(min($0, 86_400)) }
                let read = try MarketAnswer.read(answer.body, status: answer.status, to: request, dialect)
                guard case .refused(let error) = read else { return read }
                budget.observe(status: answer.status, retryAfter: wait ?? error.retryAfter, error: error, at: .now)
                trouble = error.description
                guard error.isRetryable || error.category == .unknownOutcome else { break }
            } catch let error as HTTPError {
                trouble = error.description
            } catch let error as JSONError {
                trouble = error.description
            }
            if attempt < PublicVenue.mostAttempts { try await Task.sleep(for: .milliseconds(500 << attempt)) }
        }
        throw Failure("\(name.rawValue) at \(base) does not answer \(request.path): \(trouble)")
    }
}

/// A bar on standard error that grows in place; nothing where that is no terminal.
struct ProgressLine {
    private let title: String
    private let isShown = isatty(2) == 1

    init(_ title: String) { self.title = title }

    func show(_ share: Double, _ words: String) {
        guard isShown else { return }
        let filled = Int((min(max(share, 0), 1) * 30).rounded(.down))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
        Output.write("\r\(title)  \(bar) \(Int(share * 100)) %  \(words)  ", to: 2)
    }

    func end() {
        if isShown { Output.write("\n", to: 2) }
    }
}

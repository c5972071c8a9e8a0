import AgentCore
import HTTPTransport
import Logging
import ServiceRuntime
import TradingModel

/// Reads the headlines that the agent's prompt quotes, from a file or an address; never on the loop's thread.
struct NewsReader: Sendable {
    let source: String
    let limit: Int
    private let http: HTTPClient?

    /// `nil` where no news are configured.
    init?(_ agent: AgentConfiguration) throws(HTTPError) {
        guard !agent.news.isEmpty, agent.newsItems > 0 else { return nil }
        source = agent.news
        limit = agent.newsItems
        http = source.hasPrefix("/") ? nil : try HTTPClient()
    }

    enum Reading: Sendable {
        case headlines([String])
        /// One sentence why there are none.
        case failure(String)
    }

    func read() async -> Reading {
        guard let http else {
            switch FileBytes.read(source, atMost: Headlines.longest) {
            case .success(let bytes): return .headlines(Headlines.read(bytes, limit: limit))
            case .failure(let failure): return .failure("agent.news \(source) cannot be read: \(failure)")
            }
        }
        do throws(HTTPError) {
            let request = HTTPRequest(
                url: source, headers: [("Accept", "application/rss+xml, application/atom+xml, text/plain")],
                timeout: .seconds(20), maximumResponseBytes: Headlines.longest)
            let response = try await http.send(request)
            guard response.status == 200 else {
                return .failure("agent.news \(source) answers with status \(response.status)")
            }
            return .headlines(Headlines.read(response.body, limit: limit))
        } catch {
            return .failure("agent.news \(source) does not answer: \(error)")
        }
    }

    func shutdown() { http?.shutdown() }
}

extension StrategyShell {
    /// Reads the news now and then every few minutes.
    func startNews() {
        guard let settings = agent?.settings.agent else { return }
        do throws(HTTPError) {
            guard let reader = try NewsReader(settings) else { return }
            news = reader
        } catch {
            return log.warning("the agent reads no news: \(error)")
        }
        readNews()
        bus.every(.minutes(Int64(settings.newsMinutes))) { self.readNews() }
    }

    private func readNews() {
        guard let news, !isReadingNews else { return }
        isReadingNews = true
        Task.detached { [weak self] in
            let reading = await news.read()
            await self?.take(reading)
        }
    }

    /// What could not be read again is not news any more.
    private func take(_ reading: NewsReader.Reading) {
        isReadingNews = false
        switch reading {
        case .headlines(let headlines):
            newsFault = nil
            agent?.handle(.news(headlines))
        case .failure(let sentence):
            if newsFault != sentence { log.warning("\(sentence): the agent is asked without news") }
            newsFault = sentence
            agent?.handle(.news([]))
        }
    }
}

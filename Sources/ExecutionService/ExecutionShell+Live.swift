import ExecutionCore
import HTTPTransport
import Logging
import Messaging
import ServiceRuntime
import Storage
import TradingModel
import VenueConnector
import Wire

/// The network's side of a live session.
final class LiveLine {
    let client: HTTPClient
    var session: WebSocketSession?
    /// Counts sessions, so that what an old one still says is not taken for the new one's.
    var number = 0

    init() throws { client = try HTTPClient(HTTPClient.Configuration(connectionsPerHost: 8)) }

    func close() {
        session?.close()
        session = nil
        client.shutdown()
    }
}

extension ExecutionShell {
    /// Connects the desk with the network. The journal is read once the exchange has said what the account holds.
    func goLive(_ desk: LiveDesk, _ line: LiveLine) {
        desk.attach(
            LiveDesk.Hooks(
                now: { self.bus.now },
                after: { delay, body in self.bus.after(delay, body) },
                report: { reports in self.hear(reports) },
                ready: { wallet in self.begin(wallet: wallet) },
                waiting: { sentence in
                    self.log.info("\(sentence)")
                    if !self.hasRestored { self.bus.health.set(.recovering, reason: sentence) }
                },
                refuse: { sentence in self.context.fail(.configuration, "execution does not trade live: \(sentence)") },
                send: { number, request in self.send(number, request, over: line) },
                openStream: { configuration in self.open(configuration, line, desk) },
                closeStream: { line.session?.close() },
                say: { text in _ = line.session?.send(text) }))
        bus.health.set(.recovering, reason: "feed has not told the instruments yet")
    }

    private func send(_ number: Int, _ request: HTTPRequest, over line: LiveLine) {
        let client = line.client
        Task {
            let event: ConnectorEvent
            do throws(HTTPError) {
                let response = try await client.send(request)
                event = .answered(
                    number,
                    CallAnswer(
                        status: response.status,
                        headers: response.headers.map { CallAnswer.Header(name: $0.name, value: $0.value) },
                        body: response.text))
            } catch {
                event = .failed(number, mayHaveBeenSent: error.mayHaveBeenSent, reason: "\(error)")
            }
            self.take(event)
        }
    }

    private func take(_ event: ConnectorEvent) {
        guard !hasFailed, !hasStopped else { return }
        faults.pass(.heard)
        liveDesk?.take(event)
    }

    private func open(_ configuration: WebSocketSession.Configuration, _ line: LiveLine, _ desk: LiveDesk) {
        line.session?.close()
        line.number += 1
        let number = line.number
        let loop = loop
        do throws(WebSocketError) {
            line.session = try WebSocketSession(configuration) { event in
                loop.execute { self.assumeIsolated { $0.take(event, of: number) } }
            }
        } catch {
            log.error("the stream of orders cannot be opened: \(error)")
        }
    }

    private func take(_ event: WebSocketSession.Event, of number: Int) {
        guard let line, number == line.number else { return }
        switch event {
        case .opened: take(.streamOpened)
        case .text(let bytes): take(.streamText(String(decoding: bytes, as: UTF8.self)))
        case .binary(let bytes): take(.streamBytes(bytes))
        case .lost(let error, _): take(.streamLost("\(error)"))
        case .ended(let error): take(.streamLost("\(error)"))
        }
    }

    /// What the exchange tells by itself: orders that are no longer in memory are recalled before.
    private func hear(_ reports: [VenueReport]) {
        guard !hasFailed else { return }
        cause = nil
        for id in reports.flatMap(\.orderIDs) { recall(id) }
        handle(.reports(reports))
    }

    /// The exchange takes orders. A new file begins with what the account holds.
    private func begin(wallet: Money) {
        guard !hasRestored else { return }
        do throws(StorageError) {
            if try store.account() == nil {
                try store.commit([.account(StoredAccount(startingBalance: wallet))], at: .distantPast)
                log.notice("the account begins with \(wallet) \(core.policy.currency)")
            }
            try restore()
        } catch {
            fail(error)
        }
    }
}

import JSONText
import Testing

@testable import Venues

@Suite("Raw messages of exchanges")
struct VenueMessagesTests {
    @Test(
        "every real message is understood, by its path and by its shape alone",
        arguments: ["binance_fixtures.jsonl", "bybit_fixtures.jsonl", "mexc_fixtures.jsonl"])
    func fixtures(file: String) throws {
        guard let fixtures = MessageFixtures.all(file) else { return }
        var tables = 0
        for fixture in fixtures where !fixture.hasPlaceholders {
            for text in fixture.messages {
                guard let value = try? JSONValue.parse(text) else { continue }
                for endpoint in [fixture.path, nil] {
                    do {
                        let message = try VenueMessages.parse(
                            value, venue: fixture.venue, kind: fixture.kind, .init(endpoint: endpoint))
                        if message.type != "other" { tables += 1 }
                    } catch {
                        Issue.record("\(fixture.id) \(endpoint ?? "by shape"): \(error)")
                    }
                }
            }
        }
        #expect(tables > fixtures.count / 4)
    }
}

import Foundation
import JSONText
import Testing

@testable import Venues

/// Real exchange messages that lie beside the repository, where they do.
enum MessageFixtures {
    static let folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("shared/data/messages")

    struct Fixture {
        let id: String
        let venue: VenueDialect
        let kind: MessageKind
        let path: String?
        /// The messages in it: files of pushed messages hold what the client sent and the server answered too.
        let messages: [String]
        let hasPlaceholders: Bool
    }

    /// `nil`, with a printed reason, where the messages are not there.
    static func lines(_ name: String) -> [JSONValue]? {
        guard let text = try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8) else {
            print("skipped: \(folder.path)/\(name) is not there")
            return nil
        }
        return text.split(separator: "\n").compactMap { try? JSONValue.parse(String($0)) }
    }

    static func all(_ name: String) -> [Fixture]? {
        lines(name)?.compactMap { line in
            guard let id = try? line["id"]?.node.string(), let exchange = try? line["exchange"]?.node.string(),
                let raw = try? line["raw_text"]?.node.string(),
                let kind = (try? line["transport"]?.node.string()).flatMap({ MessageKind(rawValue: $0) }),
                var venue = VenueDialect(rawValue: exchange)
            else { return nil }
            let path = try? line["path"]?.node.string()
            let title = (try? line["name"]?.node.string()) ?? ""
            let market = try? line["market"]?.node.string()
            let isFutures = market == "futures" || title.contains("UsdFutures") || title.contains("perpetual")
            if venue == .binance, isFutures { venue = .binanceUSDM }
            return Fixture(
                id: id, venue: venue, kind: kind, path: path, messages: messages(raw),
                hasPlaceholders: raw.contains("<expr"))
        }
    }

    private static func messages(_ raw: String) -> [String] {
        guard raw.hasPrefix(">") || raw.hasPrefix("<") else { return [raw] }
        let rows = raw.split(separator: "\n", omittingEmptySubsequences: false)
        guard let mark = rows.lastIndex(where: { $0.hasPrefix("=") }) else { return [] }
        let pushed = rows[mark...].joined(separator: "\n").dropFirst()
        return [String(pushed).replacing("|1|", with: "1")]
    }
}

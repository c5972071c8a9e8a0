import Foundation
import Testing

/// The worked cases of `strategies.md`, "Exits", machine-readable.
struct GoldenExit: Decodable, Sendable, CustomTestStringConvertible {
    struct Step: Decodable, Sendable {
        let kind: String
        let atUs: Int64
        let price: String?
    }
    struct Expected: Decodable, Sendable {
        let reason: String
        let atUs: Int64?
        let price: String?
        let alsoFired: [String]
        let pnlPct: String
        let peakPnlPct: String
        let restingStop: String
    }
    let id: String
    let name: String
    let side: String
    let leverage: Int
    let entry: String
    let stop: String
    let target: String
    let tick: String
    let savedBest: String?
    let invalidationLevel: String?
    let path: [Step]
    let expect: Expected

    var testDescription: String { "\(id) \(name)" }

    /// Empty where the folder of shared material is not there.
    static let all: [GoldenExit] = {
        let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = root.deletingLastPathComponent().appendingPathComponent("shared/golden/exits.json")
        guard let data = try? Data(contentsOf: file) else {
            print("skipped: the golden exits are not at \(file.path)")
            return []
        }
        do {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode([GoldenExit].self, from: data)
        } catch {
            fatalError("\(file.path) cannot be read: \(error)")
        }
    }()
}

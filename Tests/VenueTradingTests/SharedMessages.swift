import Foundation
import JSONText

/// Real messages and cases beside the repository, where they are.
enum SharedMessages {
    /// The folder `../shared/data/messages` of some folder above this file; links are tried as written and as resolved.
    static let folder: URL? = {
        let here = URL(fileURLWithPath: #filePath)
        for start in [here, here.resolvingSymlinksInPath()] {
            var folder = start.deletingLastPathComponent()
            while folder.path != "/" {
                let candidate = folder.deletingLastPathComponent().appendingPathComponent("shared/data/messages")
                if FileManager.default.fileExists(atPath: candidate.appendingPathComponent("INDEX.md").path) {
                    return candidate
                }
                folder.deleteLastPathComponent()
            }
        }
        print("Tests of real messages are skipped: there is no ../shared/data/messages beside the repository.")
        return nil
    }()

    static var isHere: Bool { folder != nil }

    static func json(_ name: String) -> JSONValue {
        guard let folder, let data = try? Data(contentsOf: folder.appendingPathComponent(name)),
            let value = try? JSONValue.parse(Array(data))
        else { return .null }
        return value
    }

    static func lines(_ name: String) -> [JSONValue] {
        guard let folder, let data = try? Data(contentsOf: folder.appendingPathComponent(name)) else { return [] }
        return data.split(separator: 10).compactMap { try? JSONValue.parse(Array($0)) }
    }
}

extension JSONValue {
    var array: [JSONValue] { if case .array(let list) = self { list } else { [] } }
    var text: String? { try? node.text() }
}

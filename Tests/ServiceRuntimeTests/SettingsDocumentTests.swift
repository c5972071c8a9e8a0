import Foundation
import Testing

@testable import ServiceRuntime

@Suite("SettingsDocument")
struct SettingsDocumentTests {
    static let repository = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test("docs/configuration.md and quartet.example.yaml say what the code says (QUARTET_UPDATE_DOCS=1 rewrites them)")
    func filesAreInStep() throws {
        for (name, text) in [
            ("docs/configuration.md", SettingsDocument.markdown()),
            ("quartet.example.yaml", SettingsDocument.example()),
        ] {
            let file = Self.repository.appendingPathComponent(name)
            if ProcessInfo.processInfo.environment["QUARTET_UPDATE_DOCS"] == "1" {
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try text.write(to: file, atomically: true, encoding: .utf8)
            }
            let found = try? String(contentsOf: file, encoding: .utf8)
            #expect(
                found == text, "\(name) is out of step: run QUARTET_UPDATE_DOCS=1 swift test --filter SettingsDocument")
        }
    }

    @Test("every key and every secret is documented")
    func everyKeyIsDocumented() throws {
        let text = SettingsDocument.markdown()
        for row in SettingsReport.rows(of: try SettingsLoader.load(text: "")) {
            #expect(text.contains("| `\(row.key)` |"), "\(row.key)")
            #expect(row.help.hasSuffix("."), "\(row.key) explains itself in a sentence")
        }
        for name in SecretName.allCases { #expect(text.contains("| `\(name.rawValue)` |")) }
    }

    @Test("the example is a configuration with nothing but defaults")
    func exampleLoads() throws {
        #expect(try SettingsLoader.load(text: SettingsDocument.example()).settings == Settings())
    }
}

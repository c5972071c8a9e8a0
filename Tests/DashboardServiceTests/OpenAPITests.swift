import Foundation
import Testing

@testable import DashboardService

@Suite("The description of the API")
struct OpenAPITests {
    @Test("docs/openapi.json says what the code says (QUARTET_UPDATE_DOCS=1 rewrites it)")
    func fileIsInStep() throws {
        let file = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("docs/openapi.json")
        if ProcessInfo.processInfo.environment["QUARTET_UPDATE_DOCS"] == "1" {
            try OpenAPI.document.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == OpenAPI.document)
    }

    @Test("it is JSON, and every schema that it names is there")
    func references() throws {
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(OpenAPI.document.utf8)) as? [String: Any])
        let components = try #require(document["components"] as? [String: Any])
        let schemas = try #require(components["schemas"] as? [String: Any])
        for part in OpenAPI.document.components(separatedBy: "\"#/components/schemas/").dropFirst() {
            let name = String(part.prefix { $0 != "\"" })
            #expect(schemas[name] != nil, "\(name)")
        }
        #expect((document["paths"] as? [String: Any])?.count == Set(Route.all.map(\.path)).count)
    }
}

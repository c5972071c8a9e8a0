import Foundation
import Testing
import TradingModel

@testable import Wire

@Suite struct SchemaTests {
    /// Reads `{"schemas": {name: schema}, "cases": [[name, document, isValid]]}` and prints what went otherwise.
    private static let validator = """
        import json, sys
        from jsonschema import Draft202012Validator
        job = json.load(sys.stdin)
        validators = {}
        for name, schema in job["schemas"].items():
            Draft202012Validator.check_schema(schema)
            validators[name] = Draft202012Validator(schema)
        for name, document, valid in job["cases"]:
            errors = [e.json_path + ": " + e.message[:200] for e in validators[name].iter_errors(document)]
            if bool(errors) == valid: print(name, errors or "was accepted")
        print("checked", len(job["cases"]))
        """

    private func python(_ program: String, _ input: Data) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-W", "ignore", "-c", program]
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(
            "wire-schema-\(UUID().uuidString).json")
        try input.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let output = Pipe()
        process.standardInput = try FileHandle(forReadingFrom: file)
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    @Test func everyMessageValidatesAgainstItsExportedSchema() throws {
        guard try python("import jsonschema", Data()).status == 0 else {
            print("schema: python3 has no jsonschema here, so no message was held against its schema")
            return
        }
        var schemas: [String: Any] = [:]
        var cases: [[Any]] = []
        for kind in WireCatalog.kinds {
            let schema = try #require(WireSchema.jsonSchema(kind: kind.kind))
            schemas[kind.kind] = try JSONSerialization.jsonObject(with: Data(schema.utf8))
            let golden = try Data(contentsOf: here.appendingPathComponent("Golden/\(kind.kind).json"))
            cases.append([kind.kind, try JSONSerialization.jsonObject(with: golden), true])
            for seed in 0..<10 as Range<UInt64> {
                let frame = try randomFrame(kind, seed: seed)
                cases.append([kind.kind, try JSONSerialization.jsonObject(with: Data(frame.dropFirst(4))), true])
            }
            var damaged = try #require(try JSONSerialization.jsonObject(with: golden) as? [String: Any])
            damaged["body"] = nil
            cases.append([kind.kind, damaged, false])
            damaged["body"] = ["unknown": 1]
            let hasRequired = type(of: kind.blank()).requiredFields > 0
            cases.append([kind.kind, damaged, !hasRequired])
            damaged["v"] = 2
            cases.append([kind.kind, damaged, false])
        }
        let input = try JSONSerialization.data(withJSONObject: ["schemas": schemas, "cases": cases])
        let result = try python(Self.validator, input)
        #expect(result.status == 0 && result.output == "checked \(cases.count)\n", "\(result.output)")
        print("schema: \(cases.count) documents held against \(schemas.count) schemas")
    }

    @Test func theAsyncAPIDocumentIsWholeAndItsReferencesLeadSomewhere() throws {
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(WireSchema.asyncAPI().utf8)) as? [String: Any])
        #expect(document["asyncapi"] as? String == "3.0.0")
        var references: Set<String> = []
        func collect(_ value: Any) {
            if let members = value as? [String: Any] {
                if let reference = members["$ref"] as? String { references.insert(reference) }
                members.values.forEach(collect)
            } else if let elements = value as? [Any] {
                elements.forEach(collect)
            }
        }
        collect(document)
        for reference in references {
            var place: Any? = document
            for part in reference.dropFirst(2).components(separatedBy: "/") { place = (place as? [String: Any])?[part] }
            #expect(reference.hasPrefix("#/") && place != nil, "\(reference)")
        }
        let messages = try #require((document["components"] as? [String: Any])?["messages"] as? [String: Any])
        #expect(Set(messages.keys) == Set(WireCatalog.kinds.map(\.kind)))
        let channels = try #require(document["channels"] as? [String: Any])
        let facts = WireCatalog.kinds.flatMap(\.uses).filter { if case .fact = $0 { true } else { false } }
        #expect(channels.count == facts.count + ServiceName.speaking.count)
    }

    @Test func everyUseOfAMessageMakesSense() {
        for kind in WireCatalog.kinds {
            #expect(!kind.uses.isEmpty && !kind.summary.isEmpty)
            for use in kind.uses {
                guard case .request(_, _, let reply) = use else { continue }
                let isReply = WireCatalog.kind(reply)?.uses.contains(.reply) ?? false
                #expect(isReply, "\(kind.kind) is answered with \(reply)")
            }
        }
        #expect(Set(WireCatalog.kinds.map(\.kind)).count == WireCatalog.kinds.count)
    }
}

/// Counts the required fields of a body.
private struct FieldCounter: FieldVisitor {
    var required = 0
    mutating func field<T: WireValue>(_ name: StaticString, _ value: inout T) throws(WireError) { required += 1 }
    mutating func optional<T: WireValue>(_ name: StaticString, _ value: inout T?) throws(WireError) {}
}

extension WireBody {
    fileprivate static var requiredFields: Int {
        var counter = FieldCounter()
        var body = Self()
        try? body.visit(&counter)
        return counter.required
    }
}

import ArgumentParser
import Wire

struct WireCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wire", abstract: "The protocol of the bus as a document.", subcommands: [WireSchemaCommand.self])
}

struct WireSchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the schema of every message, or of one kind.",
        discussion: """
            Without --kind: AsyncAPI 3.0 with every topic, request and message. With it: JSON Schema 2020-12 of \
            one message, envelope and body. Both are JSON and made by the code that writes the messages.

            EXAMPLES
              quartet wire schema > asyncapi.json
              quartet wire schema --kind ticker
              quartet wire schema --list
            """)

    @Option(name: .long, help: ArgumentHelp("Only this kind of message.", valueName: "kind"))
    var kind: String?

    @Flag(name: .long, help: "List the kinds with one sentence each.")
    var list = false

    @OptionGroup var options: SharedOptions

    func validate() throws {
        guard let kind, WireCatalog.kind(kind) == nil else { return }
        let known = WireCatalog.kinds.map(\.kind).sorted().joined(separator: ", ")
        throw ValidationError("there is no message of kind \"\(kind)\"; the kinds are \(known)")
    }

    func run() throws {
        let output = options.output
        if list {
            let report = KindList(kinds: WireCatalog.kinds.map { KindList.Entry(kind: $0.kind, summary: $0.summary) })
            if options.json { return output.line(JSONText.of(report)) }
            var table = Table("messages", [.left("kind"), .left("what it says", shrinksTo: 20)])
            for entry in report.kinds { table.add([Cell(entry.name, .name), Cell(entry.summary)]) }
            return output.lines(table.lines(on: output.canvas))
        }
        output.line(kind.flatMap(WireSchema.jsonSchema(kind:)) ?? WireSchema.asyncAPI())
    }
}

/// The kinds of messages there are.
struct KindList: WireBody {
    static let kind = "kindList"
    struct Entry: WireBody {
        static let kind = "kindListEntry"
        var name = ""
        var summary = ""
        init() {}
        init(kind: String, summary: String) {
            name = kind
            self.summary = summary
        }
        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
            try visitor.field("kind", &name)
            try visitor.field("summary", &summary)
        }
    }
    var kinds: [Entry] = []
    init() {}
    init(kinds: [Entry]) { self.kinds = kinds }
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) { try visitor.field("kinds", &kinds) }
}

import JSONText
import TradingModel
import Wire

/// What a backup says about itself: `manifest.json`.
struct BackupManifest: WireBody {
    static let kind = "backupManifest"
    /// Counts up when a backup of a new shape cannot be read by an older program.
    static let presentFormat = 1
    static let fileName = "manifest.json"

    struct File: WireBody, Equatable {
        static let kind = "backupFile"
        /// A name in the backup's own directory.
        var name = ""
        var bytes = 0
        var sha256 = ""
        /// The version of a database's schema; absent for what is none.
        var schema: Int?
        init() {}
        init(name: String, bytes: Int, sha256: String, schema: Int?) {
            (self.name, self.bytes, self.sha256, self.schema) = (name, bytes, sha256, schema)
        }
        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
            try visitor.field("name", &name)
            try visitor.field("bytes", &bytes)
            try visitor.field("sha256", &sha256)
            try visitor.optional("schema", &schema)
        }
    }

    var format = BackupManifest.presentFormat
    var version = ""
    var begunAt: WallTime = .distantPast
    var endedAt: WallTime = .distantPast
    var dataDirectory = ""
    /// In the order in which they were copied: risk before execution.
    var files: [File] = []
    init() {}

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("format", &format)
        try visitor.field("version", &version)
        try visitor.field("begunAt", &begunAt)
        try visitor.field("endedAt", &endedAt)
        try visitor.field("dataDirectory", &dataDirectory)
        try visitor.field("files", &files)
    }

    /// Reads the manifest of a backup; the sentence of a failure says why it is none that can be restored.
    static func read(_ directory: String) throws(Failure) -> BackupManifest {
        let path = "\(directory)/\(fileName)"
        guard let text = Machine.contents(path) else {
            throw Failure("\(directory) is no backup: \(path) is not there or cannot be read")
        }
        // A newer shape is told from a damaged one before its fields are read.
        if let value = try? JSONValue.parse(text), let format = try? value.node["format"].integer(),
            format > presentFormat
        {
            throw Failure(
                "\(path) is of format \(format), this program knows \(presentFormat): restore it with the newer program"
            )
        }
        do throws(WireError) {
            let manifest = try WireJSON.decode(BackupManifest.self, from: Array(text.utf8))
            for file in manifest.files where file.name.contains("/") || file.name.hasPrefix(".") {
                throw WireError(.badValue, "the name \(file.name.prefix(60)) leads out of the backup")
            }
            return manifest
        } catch {
            throw Failure("\(path) is damaged: \(error)")
        }
    }
}

import Foundation

/// The golden files, which live beside the repository and not in it.
enum SharedFiles {
    /// The folder `../shared/golden` of some folder above this file; links are tried as written and as resolved.
    static let golden: URL? = {
        let here = URL(fileURLWithPath: #filePath)
        for start in [here, here.resolvingSymlinksInPath()] {
            var folder = start.deletingLastPathComponent()
            while folder.path != "/" {
                let candidate = folder.deletingLastPathComponent().appendingPathComponent("shared/golden")
                let readme = candidate.appendingPathComponent("README.md").path
                if FileManager.default.fileExists(atPath: readme) { return candidate }
                folder.deleteLastPathComponent()
            }
        }
        print("Golden tests are skipped: there is no ../shared/golden beside the repository.")
        return nil
    }()

    static var areHere: Bool { golden != nil }

    /// The bytes of a golden file, unpacked where its name ends in `.gz`.
    static func bytes(_ name: String) throws -> Data {
        guard let url = golden?.appendingPathComponent(name) else { throw CocoaError(.fileNoSuchFile) }
        guard name.hasSuffix(".gz") else { return try Data(contentsOf: url) }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/gzip")
        process.arguments = ["-dc", url.path]
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileReadCorruptFile) }
        return data
    }
}

/// A golden table: numbers with NaN where a cell is empty, and the words of its regime column.
struct GoldenTable {
    let header: [String]
    /// Row by row, `header.count` numbers each; NaN in the regime column.
    let cells: [Double]
    let regimes: [String]

    var rowCount: Int { regimes.count }
    func column(_ name: String) -> Int? { header.firstIndex(of: name) }
    func cell(_ row: Int, _ column: Int) -> Double { cells[row * header.count + column] }

    init(_ name: String) throws {
        var bytes = try SharedFiles.bytes(name)
        bytes.append(0)
        let lineEnd = bytes.firstIndex(of: 10) ?? 0
        let header = String(decoding: bytes[..<lineEnd], as: UTF8.self).split(separator: ",").map(String.init)
        let regimeColumn = header.firstIndex(of: "regime") ?? -1
        var cells: [Double] = []
        var regimes: [String] = []
        cells.reserveCapacity(12_100 * header.count)
        bytes.withUnsafeBytes { (raw: UnsafeRawBufferPointer) in
            let text = raw.bindMemory(to: CChar.self)
            guard let base = text.baseAddress else { return }
            var position = lineEnd + 1
            var column = 0
            while position < text.count - 1 {
                var end: UnsafeMutablePointer<CChar>?
                // strtod would skip a line end and read the next row's first number into an empty last cell.
                let isEmpty = text[position] == 44 || text[position] == 10
                let value = isEmpty ? .nan : strtod(base + position, &end)
                var next = end.map { base.distance(to: UnsafePointer($0)) } ?? position
                if column == regimeColumn {
                    let start = position
                    while text[next] != 44 && text[next] != 10 { next += 1 }
                    regimes.append(String(decoding: raw[start..<next], as: UTF8.self))
                    cells.append(.nan)
                } else {
                    cells.append(value)
                }
                column = text[next] == 10 ? 0 : column + 1
                position = next + 1
            }
        }
        self.header = header
        self.cells = cells
        self.regimes = regimes
    }
}

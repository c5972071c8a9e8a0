import Glibc
import TradingModel

/// One log file that starts anew when it is full and when a UTC day ends.
///
/// The old file is renamed to `<name>.<day>.<number>` (`risk.log.2026-11-22.003`) and the oldest beyond `keep` are
/// removed. A rename is one atomic step, so that a crash at any moment loses nothing and the next start goes on where
/// this one ended. Lines are never split over two files. Not `Sendable`: it belongs to the writer's thread.
struct RotatingFile {
    let path: String
    private let maximumBytes: Int
    private let keep: Int
    private var descriptor: Int32 = -1
    private var size = 0
    /// Days since 1970 (UTC) of the lines inside.
    private var day: Int64 = 0
    /// The last write ended inside a line.
    private var isTorn = false
    /// Lines that could not be written since the last that could.
    private(set) var lost = 0
    /// After a failure nothing is tried before this moment.
    private var retryAt = WallTime.distantPast

    init(path: String, maximumBytes: Int, keep: Int) {
        self.path = path
        self.maximumBytes = maximumBytes
        self.keep = keep
    }

    /// What became of a write.
    enum Outcome: Equatable {
        case written
        /// Not written, for the reason in `sentence` where it is the first since a success.
        case lost(sentence: String?)
        /// Written again after so many lines were lost.
        case recovered(lost: Int)
    }

    /// Appends one or more whole lines, of one day, after rotating where they would not fit or the day is over.
    mutating func append(_ bytes: ArraySlice<UInt8>, lines: Int, at time: WallTime) -> Outcome {
        // A clock that was set back must not stop the log for as long as it went back.
        guard time >= retryAt || retryAt - time > .seconds(1) else {
            lost += lines
            return .lost(sentence: nil)
        }
        if let code = prepare(for: bytes.count, at: time) ?? write(bytes) {
            let isFirst = lost == 0
            lost += lines
            retryAt = time + .seconds(1)
            close()
            return .lost(
                sentence: isFirst
                    ? "Log lines are lost: \(path) cannot be written (\(SystemError.text(code))): make room or repair it."
                    : nil)
        }
        guard lost > 0 else { return .written }
        defer { lost = 0 }
        return .recovered(lost: lost)
    }

    /// Closes the file; the next line opens it again, be it the same or, after an outside rename, a new one.
    mutating func close() {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
    }

    /// How many bytes still fit; the caller cuts a batch there.
    func room(at time: WallTime) -> Int {
        descriptor >= 0 && Self.day(of: time) == day ? max(0, maximumBytes - size) : maximumBytes
    }

    /// Opens the file; an error number where that fails.
    mutating func open() -> Int32? {
        guard descriptor < 0 else { return nil }
        let opened = Glibc.open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard opened >= 0 else { return errno }
        descriptor = opened
        var status = stat()
        guard fstat(opened, &status) == 0 else { return errno }
        size = Int(status.st_size)
        day = Self.day(of: WallTime(micros: Int64(status.st_mtim.tv_sec) * 1_000_000))
        var last: UInt8 = LogText.newline
        isTorn = size > 0 && pread(opened, &last, 1, off_t(size - 1)) == 1 && last != LogText.newline
        return nil
    }

    private mutating func prepare(for count: Int, at time: WallTime) -> Int32? {
        if let code = open() { return code }
        let today = Self.day(of: time)
        if size == 0 { day = today }
        // A clock that steps back to yesterday does not rotate: the file would get a newer day's name.
        if size > 0, today > day || size + count > maximumBytes {
            if let code = rotate() ?? open() { return code }
            day = today
        }
        return nil
    }

    private mutating func rotate() -> Int32? {
        let stamp = CivilTime(micros: day * Self.dayMicros).iso8601.prefix(10)
        let number = (rotated().last { $0.day == stamp }?.number ?? 0) + 1
        let digits = String(number)
        let target = "\(path).\(stamp)." + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
        guard rename(path, target) == 0 else { return errno }
        close()
        for old in rotated().dropLast(keep) { _ = unlink(old.path) }
        return nil
    }

    private struct Rotated {
        let path: String
        let day: Substring
        let number: Int
    }

    /// The rotated files of this log, oldest first: names of the form `<name>.YYYY-MM-DD.NNN`.
    private func rotated() -> [Rotated] {
        let slash = path.lastIndex(of: "/")
        let directory = slash.map { String(path[...$0]) } ?? ""
        let prefix = (slash.map { String(path[path.index(after: $0)...]) } ?? path) + "."
        let found = DirectoryNames.list(directory.isEmpty ? "." : directory).compactMap { name -> Rotated? in
            guard name.hasPrefix(prefix) else { return nil }
            let parts = name.dropFirst(prefix.count).split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].count == 10, CivilTime.parse(String(parts[0])) != nil, parts[1].count >= 3,
                parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(parts[1])
            else { return nil }
            return Rotated(path: directory + name, day: parts[0], number: number)
        }
        return found.sorted { ($0.day, $0.number) < ($1.day, $1.number) }
    }

    private mutating func write(_ bytes: ArraySlice<UInt8>) -> Int32? {
        if isTorn {
            let newline: [UInt8] = [LogText.newline]
            if let code = writeAll(newline[...]) { return code }
            isTorn = false
        }
        if let code = writeAll(bytes) {
            isTorn = true
            return code
        }
        return nil
    }

    private mutating func writeAll(_ bytes: ArraySlice<UInt8>) -> Int32? {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return errno
            }
            size += count
            rest = rest.dropFirst(count)
        }
        return nil
    }

    static let dayMicros: Int64 = 86_400_000_000
    static func day(of time: WallTime) -> Int64 { time.micros / dayMicros }
}

/// The names in a directory.
enum DirectoryNames {
    /// Without `.` and `..`, in no order; empty where it cannot be read.
    static func list(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}

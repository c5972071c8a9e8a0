import Glibc
import TradingModel

/// Questions to the operating system that have no side effect.
enum Machine {
    /// Whether a person can be asked: both ends of the conversation are a terminal.
    static var hasTerminal: Bool { isatty(0) == 1 && isatty(2) == 1 }

    static var processID: Int { Int(getpid()) }

    static func environment(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    static var environmentVariables: [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text)
            if let equals = pair.firstIndex(of: "=") {
                variables[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
            }
            entry += 1
        }
        return variables
    }

    /// Login name and terminal, as a command to risk carries it: `anna@pts/3`.
    static var operatorName: String {
        let login: String
        if let entry = getpwuid(getuid()), let name = entry.pointee.pw_name {
            login = String(cString: name)
        } else {
            login = "uid \(getuid())"
        }
        let terminal = ttyname(0).map { String(cString: $0) } ?? "no terminal"
        return login + "@" + (terminal.hasPrefix("/dev/") ? String(terminal.dropFirst(5)) : terminal)
    }

    static var workingDirectory: String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }

    /// The path of this program, links followed.
    static var ownPath: String { linkTarget("/proc/self/exe") ?? CommandLine.arguments.first ?? "quartet" }

    static func linkTarget(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBufferPointer { bytes in
            bytes.baseAddress.map {
                readlink(path, UnsafeMutableRawPointer($0).assumingMemoryBound(to: CChar.self), bytes.count)
            } ?? -1
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : workingDirectory + "/" + path
    }

    /// The whole of a small file, such as those below `/proc`; `nil` where it cannot be read.
    static func contents(_ path: String, atMost limit: Int = 1 << 20) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < limit {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What `stat` says of a path, links not followed; `nil` where there is nothing.
    static func facts(_ path: String) -> FileFacts? {
        var info = stat()
        guard lstat(path, &info) == 0 else { return nil }
        return FileFacts(
            kind: info.st_mode & S_IFMT, mode: info.st_mode & 0o7777, owner: info.st_uid, size: Int(info.st_size))
    }

    /// When a file was last written; `nil` where there is none.
    static func modified(_ path: String) -> WallTime? {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        return WallTime(micros: Int64(info.st_mtim.tv_sec) * 1_000_000)
    }

    static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 && facts(path)?.isDirectory != true }

    /// Bytes free for us on the disk of a path.
    static func freeBytes(_ path: String) -> Int? {
        var info = statvfs()
        guard statvfs(path, &info) == 0 else { return nil }
        return Int(info.f_bavail) * Int(info.f_frsize)
    }
}

/// The part of `stat` the checks need.
struct FileFacts: Sendable {
    let kind: mode_t
    let mode: mode_t
    let owner: uid_t
    let size: Int

    var isDirectory: Bool { kind == S_IFDIR }
    var isSocket: Bool { kind == S_IFSOCK }
    /// `0700`.
    var octal: String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

/// A running process, as `/proc` tells it.
struct ProcessFacts: Sendable, Equatable {
    let pid: Int
    /// The base name of its program.
    let program: String
    /// Somebody has stopped it (SIGSTOP) or traces it: it answers nothing until it may go on.
    let isStopped: Bool

    /// `nil` where no such process runs, or where it is a zombie.
    init?(pid: Int) {
        guard pid > 0, let status = Machine.contents("/proc/\(pid)/stat"), let close = status.lastIndex(of: ")") else {
            return nil
        }
        let state = status[status.index(after: close)...].dropFirst().prefix(1)
        guard state != "Z" else { return nil }
        isStopped = state.lowercased() == "t"
        self.pid = pid
        if let path = Machine.linkTarget("/proc/\(pid)/exe") {
            let bare = path.hasSuffix(" (deleted)") ? String(path.dropLast(10)) : path
            program = String(bare.split(separator: "/").last ?? "")
        } else {
            program = String(status[..<close].split(separator: "(").last ?? "")
        }
    }

    /// Resident memory in bytes.
    var residentBytes: Int? {
        guard let text = Machine.contents("/proc/\(pid)/statm") else { return nil }
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}

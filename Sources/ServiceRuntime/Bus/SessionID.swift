import Glibc
import Synchronization

/// The name of one run of one process: 13 characters of base 32 that sort by the time of the start.
enum SessionID {
    private static let last = Mutex<Int64>(0)
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// 51 bits of microseconds since 1970 and 13 of the process id; never the same twice in one process.
    static func make(at micros: Int64, pid: Int32 = getpid()) -> String {
        let moment = last.withLock { last in
            last = max(micros, last + 1)
            return last
        }
        let bits = UInt64(truncatingIfNeeded: moment) << 13 | UInt64(truncatingIfNeeded: pid) & 0x1fff
        let characters = (0..<13).map { alphabet[Int(bits >> (60 - 5 * UInt64($0)) & 31)] }
        return String(decoding: characters, as: UTF8.self)
    }
}

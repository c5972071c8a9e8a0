import Glibc

/// This program again, as another process, with other words.
struct Child {
    private let pid: pid_t

    init(_ arguments: [String]) {
        var words: [UnsafeMutablePointer<CChar>?] = ([CommandLine.arguments[0]] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        guard posix_spawn(&pid, "/proc/self/exe", nil, nil, words, environ) == 0 else { fail("cannot start \(arguments)") }
        self.pid = pid
    }

    /// Ends it and waits until it is gone; its processor time then counts as that of our children.
    func end() {
        kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }
}

func fail(_ sentence: String) -> Never {
    let bytes = Array((sentence + "\n").utf8)
    write(STDERR_FILENO, bytes, bytes.count)
    exit(1)
}

/// Processor time of this process, or of its children that have ended.
func cpuSeconds(_ who: __rusage_who) -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(who.rawValue), &usage)
    let (user, system) = (usage.ru_utime, usage.ru_stime)
    return Double(user.tv_sec + system.tv_sec) + Double(user.tv_usec + system.tv_usec) / 1e6
}

func printPercentiles(_ name: String, _ nanos: [Int64]) {
    let sorted = nanos.sorted()
    func text(_ value: Int64) -> String { "\(Double(value / 100) / 10)" }
    print("\(name) p50=\(text(sorted[sorted.count / 2])) p99=\(text(sorted[sorted.count * 99 / 100]))")
}

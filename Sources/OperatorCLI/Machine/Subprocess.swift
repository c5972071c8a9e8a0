import Glibc
import ServiceRuntime
import TradingModel

/// Programs started by this one.
enum Subprocess {
    struct Result: Sendable {
        /// The exit status, or 128 + the signal that ended it, as a shell tells it.
        let status: Int32
        let output: String
    }

    /// Starts a program; `nil` where it cannot be started. The path is looked up in `PATH` unless it has a slash.
    ///
    /// In a process group of its own, Ctrl-C at our terminal does not reach it.
    static func start(
        _ path: String, _ arguments: [String], environment: [String: String] = [:], ownGroup: Bool = false,
        output: Int32? = nil
    ) -> pid_t? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        if let output {
            posix_spawn_file_actions_adddup2(&actions, output, 1)
            posix_spawn_file_actions_adddup2(&actions, output, 2)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A child starts with the default reaction to every signal, whatever we ignore.
        var all = sigset_t()
        sigfillset(&all)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        var flags = Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK)
        if ownGroup {
            flags |= Int32(POSIX_SPAWN_SETPGROUP)
            posix_spawnattr_setpgroup(&attributes, 0)
        }
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var merged = Machine.environmentVariables
        for (name, value) in environment { merged[name] = value }
        let argv = ([path] + arguments).map { strdup($0) } + [nil]
        let envp = merged.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var pid: pid_t = 0
        guard posix_spawnp(&pid, path, &actions, &attributes, argv, envp) == 0 else { return nil }
        return pid
    }

    /// Runs a program to its end and collects what it prints on both outputs; `nil` where it cannot be started.
    static func run(_ path: String, _ arguments: [String], environment: [String: String] = [:]) -> Result? {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let started = start(path, arguments, environment: environment, output: ends[1])
        close(ends[1])
        defer { close(ends[0]) }
        guard let started else { return nil }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(ends[0], &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        return Result(status: wait(started), output: String(decoding: bytes, as: UTF8.self))
    }

    /// Waits for a child to end.
    static func wait(_ pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return shellStatus(status)
    }

    /// Waits until processes, children or not, have ended, at most so long; returns those that still run.
    static func waitForEnd(_ pids: [Int], seconds: Double) -> [Int] {
        let deadline = WallTime.now + Span.milliseconds(Int64(seconds * 1_000))
        var left = pids
        for pid in pids {
            // A handle on a process becomes readable when it ends, so nothing is asked twice.
            let handle = openHandle(pid)
            guard handle >= 0 else {
                left.removeAll { $0 == pid }
                continue
            }
            defer { close(handle) }
            var item = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
            let patience = max(0, (deadline - WallTime.now).micros / 1_000)
            if poll(&item, 1, Int32(patience)) > 0 { left.removeAll { $0 == pid } }
        }
        return left
    }

    /// `pidfd_open(2)`, in glibc since 2.36; -1 where there is no such process.
    private static func openHandle(_ pid: Int) -> Int32 {
        // The Glibc module does not declare it, so it is looked up by name; this is its signature in the manual.
        typealias PidfdOpen = @convention(c) (pid_t, UInt32) -> Int32
        guard let symbol = dlsym(nil, "pidfd_open") else { return -1 }
        return unsafeBitCast(symbol, to: PidfdOpen.self)(pid_t(pid), 0)
    }

    private static func shellStatus(_ status: Int32) -> Int32 {
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }
}

import Glibc

/// What a process that may hold keys denies others.
enum ProcessHardening {
    /// No core dump, and no other process of the user may attach a debugger or read its memory or environment.
    ///
    /// Where one of the two cannot be set, the sentences say so; the service runs all the same.
    static func apply() -> [String] {
        var complaints: [String] = []
        // Where the service manager has set it already, setting it again may be forbidden.
        var limit = rlimit()
        let isSet = getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit) == 0 && limit.rlim_max == 0
        limit = rlimit(rlim_cur: 0, rlim_max: 0)
        if !isSet, setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit) != 0 {
            complaints.append("Core dumps could not be disabled (\(SystemError.text(errno))).")
        }
        if !denyTracing() {
            complaints.append("The process could not be closed to debuggers (\(SystemError.text(errno))).")
        }
        return complaints
    }

    /// `prctl(PR_SET_DUMPABLE, 0)`. Swift does not import variadic C functions, so that it is found by name; on Linux a
    /// variadic function takes integer arguments exactly as one with five fixed parameters (System V ABI, AAPCS64).
    private static func denyTracing() -> Bool {
        typealias Prctl = @convention(c) (CInt, CUnsignedLong, CUnsignedLong, CUnsignedLong, CUnsignedLong) -> CInt
        guard let symbol = dlsym(nil, "prctl") else { return false }
        let setDumpable: CInt = 4 // PR_SET_DUMPABLE, linux/prctl.h
        return unsafeBitCast(symbol, to: Prctl.self)(setDumpable, 0, 0, 0, 0) == 0
    }
}

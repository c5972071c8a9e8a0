import Glibc

/// The clock of timers: microseconds that only ever grow, unrelated to the time of day.
public enum MonotonicClock {
    /// Microseconds since some moment before the process began.
    @inlinable public static var micros: Int64 { nanos / 1_000 }

    /// Nanoseconds since some moment before the process began.
    public static var nanos: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

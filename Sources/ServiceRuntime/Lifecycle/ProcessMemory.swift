import CMalloc

/// How a service's process keeps memory.
enum ProcessMemory {
    /// Blocks of 128 KiB and more go back to the system when they are freed.
    ///
    /// By itself glibc raises that threshold with the largest block it has seen freed: after one snapshot of some megabytes
    /// every later one would stay in the heap and hold what lies behind it (mallopt(3), M_MMAP_THRESHOLD).
    static func returnLargeBlocks() { _ = mallopt(M_MMAP_THRESHOLD, 128 << 10) }
}

/// Names one timer of one loop; never used twice.
public struct TimerID: Hashable, Sendable {
    let number: UInt64
}

/// The timers of a loop, soonest first.
///
/// A binary heap of deadlines beside a table of what to do, so that cancelling is O(1): the deadline of a cancelled
/// timer stays in the heap until it comes up or until such deadlines outnumber the living.
struct TimerHeap {
    private struct Deadline {
        var at: Int64
        var number: UInt64
    }

    struct Entry {
        /// Microseconds between two runs; 0 runs once.
        var interval: Int64
        var body: () -> Void
    }

    private var heap: [Deadline] = []
    private var entries: [UInt64: Entry] = [:]
    private var nextNumber: UInt64 = 1

    /// How many timers are set.
    var count: Int { entries.count }

    /// Sets a timer for `deadline` on ``MonotonicClock``. O(log n).
    mutating func add(at deadline: Int64, interval: Int64, _ body: @escaping () -> Void) -> TimerID {
        let number = nextNumber
        nextNumber += 1
        entries[number] = Entry(interval: interval, body: body)
        push(Deadline(at: deadline, number: number))
        return TimerID(number: number)
    }

    /// Forgets a timer; one that has run or was cancelled before is ignored. O(1) amortised.
    mutating func cancel(_ id: TimerID) {
        guard entries.removeValue(forKey: id.number) != nil else { return }
        if heap.count > 64, heap.count > entries.count * 2 { compact() }
    }

    mutating func removeAll() {
        heap.removeAll()
        entries.removeAll()
    }

    /// When the next timer is due, or `nil` without timers.
    mutating func nextDeadline() -> Int64? {
        while let first = heap.first {
            if entries[first.number] != nil { return first.at }
            pop()
        }
        return nil
    }

    /// Takes one due timer out; a repeating one is set again first. Runs that were missed are not made up for.
    mutating func takeDue(at now: Int64) -> (() -> Void)? {
        while let first = heap.first, first.at <= now {
            pop()
            guard let entry = entries[first.number] else { continue }
            if entry.interval > 0 {
                let next = first.at + entry.interval
                push(Deadline(at: next > now ? next : now + entry.interval, number: first.number))
            } else {
                entries[first.number] = nil
            }
            return entry.body
        }
        return nil
    }

    private mutating func compact() {
        let living = heap.filter { entries[$0.number] != nil }
        heap.removeAll(keepingCapacity: true)
        for deadline in living { push(deadline) }
    }

    /// Equal deadlines run in the order in which they were set.
    private func isBefore(_ a: Deadline, _ b: Deadline) -> Bool { a.at != b.at ? a.at < b.at : a.number < b.number }

    private mutating func push(_ deadline: Deadline) {
        heap.append(deadline)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard isBefore(heap[child], heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func pop() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(heap[child], heap[least])
            {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}

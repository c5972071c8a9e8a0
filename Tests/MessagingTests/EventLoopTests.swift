import Glibc
import Testing

@testable import Messaging

@Suite("The event loop", .timeLimit(.minutes(20)))
struct EventLoopTests {
    private actor Counter {
        nonisolated let loop: EventLoop
        nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
        private(set) var count = 0
        init(_ loop: EventLoop) { self.loop = loop }
        func add() -> Bool {
            count += 1
            return loop.isCurrent
        }
        /// A closure that a timer of the loop runs inside this actor's isolation, without a task.
        func addLater(_ done: Promise<Int>) {
            loop.after(micros: 1_000) { [self] in
                count += 1
                done.fulfil(count)
            }
        }
    }

    @Test("an actor of the loop runs on its thread, also when called from many tasks at once")
    func actorsRunOnTheThread() async throws {
        try await withLoop { loop in
            let counter = Counter(loop)
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<200 { group.addTask { await counter.add() } }
                for await isOnLoop in group { #expect(isOnLoop) }
            }
            #expect(await counter.count == 200)
        }
    }

    @Test("a timer set by an actor runs inside that actor")
    func timersAreIsolated() async throws {
        try await withLoop { loop in
            let done = Promise<Int>()
            await Counter(loop).addLater(done)
            #expect(await done.value == 1)
        }
    }

    @Test("timers run in the order of their deadlines, equal ones in the order in which they were set")
    func timerOrder() async throws {
        try await withLoop { loop in
            let done = Promise<[Int]>()
            let order = Shared<[Int]>([])
            loop.run {
                for delay in [5_000, 1_000, 3_000] as [Int64] {
                    loop.after(micros: delay) { order.update { $0.append(Int(delay)) } }
                }
                loop.after(micros: 5_001) { done.fulfil(order.value) }
            }
            #expect(await done.value == [1_000, 3_000, 5_000])
        }
    }

    @Test("a repeating timer repeats until it is cancelled, also from inside itself")
    func repeatingTimer() async throws {
        try await withLoop { loop in
            let done = Promise<Int>()
            loop.run {
                var runs = 0
                var timer: TimerID?
                timer = loop.every(micros: 500) {
                    runs += 1
                    guard runs == 5, let timer else { return }
                    loop.cancel(timer)
                    loop.after(micros: 5_000) { done.fulfil(runs) }
                }
            }
            #expect(await done.value == 5)
        }
    }

    @Test("a watched descriptor is read on the loop, and a watch that has ended is silent")
    func watches() async throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        defer {
            close(reading)
            close(writing)
        }
        try await withLoop { loop in
            let seen = Promise<UInt8>()
            let id = try loop.run {
                try loop.watch(reading) {
                    var byte: UInt8 = 0
                    #expect(read(reading, &byte, 1) == 1)
                    seen.fulfil(byte)
                }
            }
            var byte: UInt8 = 42
            write(writing, &byte, 1)
            #expect(await seen.value == 42)
            loop.run { loop.unwatch(id) }
            write(writing, &byte, 1)
            let later = Promise<Bool>()
            loop.run { _ = loop.after(micros: 2_000) { later.fulfil(true) } }
            #expect(await later.value)
            var left: Int32 = 0
            #expect(ioctl(reading, UInt(FIONREAD), &left) == 0 && left == 1)
        }
    }

    @Test("run waits for the loop and hands back its value or its error")
    func runWaits() async throws {
        struct Odd: Error {}
        try await withLoop { loop in
            #expect(loop.run { loop.isCurrent })
            #expect(throws: Odd.self) { try loop.run { throw Odd() } }
            #expect(!loop.isCurrent)
        }
    }

    @Test("after it has ended, a loop runs what it is given on the caller and drops what is queued")
    func afterTheEnd() async throws {
        let loop = try EventLoop(name: "short")
        loop.stop()
        await loop.stopped()
        #expect(loop.run { 7 } == 7)
        loop.execute { Issue.record("a loop that has ended ran something") }
        await loop.stopped()
    }

    @Test("jobs from many threads while the loop sleeps and wakes are never lost")
    func noLostWakeups() async throws {
        try await withLoop { loop in
            let count = Shared(0)
            let done = Promise<Int>()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<5_000 {
                            loop.execute {
                                let all = count.update { count in
                                    count += 1
                                    return count
                                }
                                if all == 20_000 { done.fulfil(all) }
                            }
                        }
                    }
                }
            }
            #expect(await done.value == 20_000)
        }
    }

    @Test("the heap of timers agrees with a sorted list", arguments: [1, 2, 3, 4, 5] as [UInt64])
    func heapProperty(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var heap = TimerHeap()
        var expected: [(at: Int64, number: Int)] = []
        var ids: [Int: TimerID] = [:]
        var fired: [Int] = []
        var (now, number): (Int64, Int) = (0, 0)
        for _ in 0..<3_000 {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5:
                let at = now + Int64.random(in: 0..<1_000, using: &generator)
                let mine = number
                ids[mine] = heap.add(at: at, interval: 0) { fired.append(mine) }
                expected.append((at, mine))
                number += 1
            case 5..<7:
                guard let victim = expected.randomElement(using: &generator)?.number, let id = ids[victim] else {
                    continue
                }
                heap.cancel(id)
                expected.removeAll { $0.number == victim }
            default:
                now += Int64.random(in: 0..<200, using: &generator)
                fired.removeAll()
                while let body = heap.takeDue(at: now) { body() }
                let due = expected.filter { $0.at <= now }.sorted { ($0.at, $0.number) < ($1.at, $1.number) }.map(
                    \.number)
                #expect(fired == due, "seed \(seed)")
                expected.removeAll { $0.at <= now }
            }
            #expect(heap.count == expected.count, "seed \(seed)")
            #expect(heap.nextDeadline() == expected.map(\.at).min(), "seed \(seed)")
        }
    }
}

import Testing
import TradingModel

@testable import ServiceRuntime

@Suite("Parts of the bus")
struct PartTests {
    @Test("a session is 13 characters, never the same twice, and sorts by its time")
    func sessions() {
        let ids = (0..<1_000).map { _ in SessionID.make(at: 1_747_699_200_000_000) }
        #expect(Set(ids).count == 1_000)
        #expect(ids == ids.sorted())
        #expect(
            ids.allSatisfy {
                $0.utf8.count == 13 && $0.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0) }
            })
        #expect(SessionID.make(at: 1_847_699_200_000_000) > ids[999])
    }

    @Test(
        "a percentile is right to an eighth",
        arguments: [0, 1, 7, 8, 9, 100, 1_000, 12_345, 1_000_000, 60_000_000] as [Int64])
    func buckets(micros: Int64) {
        let upper = LatencyHistogram.upperBound(of: LatencyHistogram.bucket(of: micros))
        #expect(upper >= Double(micros) && upper <= Double(micros) * 1.125 + 1)
    }

    @Test("buckets rise without a hole, and what is beyond them counts in the last")
    func bucketOrder() {
        var last = 0
        for micros in 0..<100_000 as Range<Int64> {
            let bucket = LatencyHistogram.bucket(of: micros)
            #expect(bucket == last || bucket == last + 1)
            last = bucket
        }
        #expect(LatencyHistogram.bucket(of: .max) == LatencyHistogram.bucket(of: .max / 2))
        #expect(LatencyHistogram.bucket(of: -5) == 0)
    }

    @Test("percentiles forget what is older than two windows")
    func windows() {
        let histogram = LatencyHistogram()
        #expect(histogram.percentiles == nil)
        histogram.rotate(at: 100_000_000)
        for _ in 0..<99 { histogram.add(micros: 4) }
        histogram.add(micros: 5_000)
        #expect(histogram.percentiles?.p50 == 4 && histogram.percentiles?.p99 == 4)
        for _ in 0..<10 { histogram.add(micros: 5_000) }
        #expect((histogram.percentiles?.p99 ?? 0) >= 5_000)
        histogram.rotate(at: 110_000_000)
        #expect(histogram.percentiles != nil)
        histogram.rotate(at: 131_000_000)
        #expect(histogram.percentiles?.p50 == 4)
        histogram.rotate(at: 162_000_000)
        #expect(histogram.percentiles == nil)
    }

    @Test("a table of topics agrees with a dictionary", arguments: [1, 2, 3] as [UInt64])
    func table(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let table = TopicTable<Int>()
        var model: [String: Int] = [:]
        for step in 0..<4_000 {
            let length = Int.random(in: 0..<24, using: &generator)
            let name = String((0..<length).map { _ in "abc./".randomElement(using: &generator) ?? "a" })
            Array(name.utf8).withUnsafeBytes { bytes in
                #expect(table.index(of: bytes).map { table[$0] } == model[name], "seed \(seed)")
                guard model[name] == nil else { return }
                _ = table.add(bytes, step)
                model[name] = step
            }
            #expect(table.count == model.count)
        }
        table.removeAll()
        #expect(table.count == 0)
    }
}

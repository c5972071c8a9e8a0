import Foundation
import Testing
import TradingModel

@testable import Wire

/// The reader against Foundation's.
@Suite struct DocumentTests {
    @Test func randomDocumentsReadAsFoundationReadsThem() throws {
        let seed: UInt64 = 2_025
        var source = Randomizer(seed: seed)
        var shuffler = Shuffler(seed: seed)
        shuffler.addsUnknown = false
        for number in 0..<3_000 {
            let document = Document.random(&source)
            let text = shuffler.text(document)
            let ours = try Document.parse(Array(text.utf8))
            let theirs = Document.from(
                foundation: try JSONSerialization.jsonObject(with: Data(text.utf8), options: [.fragmentsAllowed]))
            #expect(ours.isNearly(theirs), "seed \(seed) document \(number): \(text)")
            #expect(ours == document, "seed \(seed) document \(number): \(text)")
        }
    }

    @Test func whatFoundationRefusesIsRefused() throws {
        let seed: UInt64 = 2_026
        var source = Randomizer(seed: seed)
        var shuffler = Shuffler(seed: seed)
        shuffler.addsUnknown = false
        var mutator = Mutator(seed: seed)
        var accepted = 0
        for number in 0..<20_000 {
            var bytes = Array(shuffler.text(.random(&source)).utf8)
            mutator.mutate(&bytes, header: 0)
            guard let ours = try? Document.parse(bytes) else { continue }
            accepted += 1
            let theirs = try? JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
            guard let theirs else {
                Issue.record("seed \(seed) document \(number) was accepted: \(String(decoding: bytes, as: UTF8.self))")
                continue
            }
            #expect(ours.isNearly(Document.from(foundation: theirs)), "seed \(seed) document \(number)")
        }
        print("mutated documents: \(accepted) of 20000 still accepted, seed \(seed)")
    }
}

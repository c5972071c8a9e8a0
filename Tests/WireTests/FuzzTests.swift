import Foundation
import Testing
import TradingModel

@testable import Wire

/// Damages bytes in the ways that transports, disks and people do.
struct Mutator {
    private var generator: SeededGenerator
    /// What gives a JSON text its structure, and what breaks it.
    private static let structural =
        Array("{}[]:,\"\\-+.eE0123456789 \n\tnulltruefalse/u".utf8) + [0, 0x1f, 0x7f, 0x80, 0xc0, 0xed, 0xf5, 0xff]

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    private mutating func number(_ range: Range<Int>) -> Int {
        range.isEmpty ? range.lowerBound : .random(in: range, using: &generator)
    }

    /// One to four damages; `header` bytes in front are the length of the rest and are usually kept right.
    mutating func mutate(_ bytes: inout [UInt8], header: Int) {
        for _ in 0..<number(1..<5) { damage(&bytes, header) }
        // Most damage is worth more if the frame's length is right, or nothing but the length is ever tested.
        if header == 4, bytes.count >= 4, number(0..<8) != 0 {
            withUnsafeBytes(of: UInt32(bytes.count - 4).bigEndian) { bytes.replaceSubrange(0..<4, with: $0) }
        }
    }

    private mutating func damage(_ bytes: inout [UInt8], _ header: Int) {
        let low = min(header, bytes.count)
        let place = number(low..<bytes.count)
        let end = min(bytes.count, place + number(1..<24))
        switch number(0..<9) {
        case 0: if place < bytes.count { bytes[place] ^= 1 << UInt8(number(0..<8)) }
        case 1: bytes.removeSubrange(min(place, end)..<end)
        case 2: bytes.removeLast(bytes.count - max(low, place))
        case 3: bytes.insert(Self.structural[number(0..<Self.structural.count)], at: min(place, bytes.count))
        case 4: if place < bytes.count { bytes[place] = Self.structural[number(0..<Self.structural.count)] }
        case 5: bytes.insert(contentsOf: bytes[min(place, end)..<end], at: number(low..<bytes.count))
        case 6:
            let other = number(low..<bytes.count)
            if place < bytes.count, other < bytes.count { bytes.swapAt(place, other) }
        case 7:
            bytes.insert(
                contentsOf: repeatElement(Self.structural[number(0..<8)], count: number(1..<80)),
                at: min(place, bytes.count))
        default: if !bytes.isEmpty { bytes[number(0..<min(4, bytes.count))] = UInt8(number(0..<256)) }
        }
    }
}

@Suite struct FuzzTests {
    /// `QUARTET_FUZZ_FRAMES` and `QUARTET_FUZZ_SEED` choose how many and which.
    @Test func damagedFramesGiveAMessageOrAnErrorThatNamesTheFault() throws {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["QUARTET_FUZZ_FRAMES"].flatMap { Int($0) } ?? 100_000
        let seed = environment["QUARTET_FUZZ_SEED"].flatMap { UInt64($0) } ?? 20_260_101
        print("fuzz: \(count) frames from seed \(seed)")
        var corpus: [[UInt8]] = []
        for kind in WireCatalog.kinds {
            for seed in 0..<4 as Range<UInt64> {
                corpus.append(try randomFrame(kind, seed: seed, isWild: seed % 2 == 0))
            }
        }
        var mutator = Mutator(seed: seed)
        var faults: [WireError.Code: Int] = [:]
        var valid = 0
        for index in 0..<count {
            var bytes = corpus[index % corpus.count]
            mutator.mutate(&bytes, header: WireProtocol.headerBytes)
            do throws(WireError) {
                let message = try WireCatalog.decodeAny(bytes)
                valid += 1
                if index % 8 == 0 { check(message, "frame \(index) of seed \(seed)") }
            } catch {
                faults[error.code, default: 0] += 1
                if error.detail.isEmpty || !(0...max(bytes.count, 4)).contains(error.offset) || needsPath(error) {
                    Issue.record("frame \(index) of seed \(seed): \(error)")
                }
            }
        }
        let figures = faults.sorted { $0.value > $1.value }.map { "\($0.key.rawValue) \($0.value)" }.joined(
            separator: ", ")
        print("fuzz: \(valid) still valid; refused: \(figures)")
    }

    /// A fault of a field names the field.
    private func needsPath(_ error: WireError) -> Bool {
        switch error.code {
        case .missingField, .duplicateField, .badValue, .outOfRange, .wrongMajor, .unknownKind: error.path.isEmpty
        default: false
        }
    }

    /// What was accepted can be sent on and read again as the same.
    private func check(_ message: AnyMessage, _ place: String) {
        do {
            let again = try encode(message.envelope, message.body)
            let back = try WireCatalog.decodeAny(again)
            #expect(try encode(back.envelope, back.body) == again, "\(place)")
        } catch {
            Issue.record("\(place) was accepted, but cannot be sent on: \(error)")
        }
    }

    @Test func aDamagedStreamOfFramesNeverCrashesItsReader() throws {
        var mutator = Mutator(seed: 5)
        let kinds = WireCatalog.kinds
        for round in 0..<300 {
            var stream: [UInt8] = []
            for index in 0..<6 { stream += try randomFrame(kinds[(round + index) % kinds.count], seed: UInt64(index)) }
            mutator.mutate(&stream, header: 0)
            var reader = FrameReader()
            reader.append(stream)
            var given = 0
            do {
                while let frame = try reader.next() {
                    given += frame.count
                    _ = try? WireCatalog.decodeAny(frame)
                }
            } catch {}
            #expect(given == reader.offset && given <= stream.count)
        }
    }
}

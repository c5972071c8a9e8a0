import Foundation
import TradingModel

@testable import Wire

/// Any JSON value, read with the reader under test.
indirect enum Document: Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([Document])
    case object([String: Document])

    static func parse(_ bytes: some Collection<UInt8>) throws(WireError) -> Document {
        let bytes = Array(bytes)
        let result: Result<Document, WireError> = bytes.withUnsafeBytes { raw in
            do throws(WireError) {
                var reader = JSONReader(raw, 0..<raw.count)
                reader.skipWhitespace()
                let document = try read(&reader)
                try reader.finish()
                return .success(document)
            } catch { return .failure(error) }
        }
        return try result.get()
    }

    private static func read(_ reader: inout JSONReader) throws(WireError) -> Document {
        switch reader.next {
        case UInt8(ascii: "\""): return .string(try reader.readString())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try reader.readDouble())
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool(try reader.readBool())
        case UInt8(ascii: "n") where reader.takeNull(): return .null
        case UInt8(ascii: "["):
            var elements: [Document] = []
            try reader.descend()
            reader.position += 1
            reader.skipWhitespace()
            if reader.take(UInt8(ascii: "]")) {
                reader.depth -= 1
                return .array([])
            }
            while true {
                elements.append(try read(&reader))
                reader.skipWhitespace()
                if reader.take(UInt8(ascii: "]")) { break }
                guard reader.take(UInt8(ascii: ",")) else { throw reader.misplaced("\",\"") }
                reader.skipWhitespace()
            }
            reader.depth -= 1
            return .array(elements)
        case UInt8(ascii: "{"):
            var members: [String: Document] = [:]
            try reader.descend()
            reader.position += 1
            reader.skipWhitespace()
            if reader.take(UInt8(ascii: "}")) {
                reader.depth -= 1
                return .object([:])
            }
            while true {
                let key = try reader.readString()
                reader.skipWhitespace()
                guard reader.take(UInt8(ascii: ":")) else { throw reader.misplaced("\":\"") }
                reader.skipWhitespace()
                members[key] = try read(&reader)
                reader.skipWhitespace()
                if reader.take(UInt8(ascii: "}")) { break }
                guard reader.take(UInt8(ascii: ",")) else { throw reader.misplaced("\",\"") }
                reader.skipWhitespace()
            }
            reader.depth -= 1
            return .object(members)
        default: throw reader.misplaced("a value")
        }
    }

    /// The same of what Foundation read.
    static func from(foundation value: Any) -> Document {
        switch value {
        case is NSNull: .null
        case let value as String: .string(value)
        case let value as [Any]: .array(value.map(from(foundation:)))
        case let value as [String: Any]: .object(value.mapValues(from(foundation:)))
        case let value as NSNumber where isBoolean(value): .bool(value.boolValue)
        case let value as NSNumber: .number(value.doubleValue)
        default: fatalError("no JSON value: \(value)")
        }
    }

    private static func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }

    /// The same, but that numbers may differ in their last digits, which Foundation does not read correctly rounded.
    func isNearly(_ other: Document) -> Bool {
        switch (self, other) {
        case (.number(let a), .number(let b)): a == b || abs(a - b) <= abs(a) * 1e-14
        case (.array(let a), .array(let b)): a.count == b.count && zip(a, b).allSatisfy { $0.isNearly($1) }
        case (.object(let a), .object(let b)):
            a.count == b.count && a.allSatisfy { b[$0.key]?.isNearly($0.value) ?? false }
        default: self == other
        }
    }

    /// A document of any shape.
    static func random(_ source: inout Randomizer, depth: Int = 0) -> Document {
        switch Int.random(in: 0..<(depth > 5 ? 4 : 7), using: &source.generator) {
        case 0: return .null
        case 1: return .bool(source.chance(2))
        case 2: return .number(source.chance(2) ? Double(Int.random(&source)) : Double.random(&source))
        case 3: return .string(.random(&source))
        case 4, 5:
            return .array(
                (0..<Int.random(in: 0...5, using: &source.generator)).map { _ in random(&source, depth: depth + 1) })
        default:
            var members: [String: Document] = [:]
            for _ in 0..<Int.random(in: 0...5, using: &source.generator) {
                members[.random(&source)] = random(&source, depth: depth + 1)
            }
            return .object(members)
        }
    }
}

/// Writes a document with its members in random order, space in random places, random escapes and unknown members.
struct Shuffler {
    var source: Randomizer
    var addsUnknown = true

    init(seed: UInt64) { source = Randomizer(seed: seed) }

    mutating func text(_ document: Document) -> String { space() + value(document) + space() }

    private mutating func space() -> String {
        source.chance(2) ? "" : [" ", "\n", "\t", "\r", "  \n"][Int.random(in: 0..<5, using: &source.generator)]
    }

    private mutating func value(_ document: Document) -> String {
        switch document {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .number(let value):
            let whole = Int64(exactly: value) ?? .max
            return whole.magnitude < 1 << 53 && !(whole == 0 && value.sign == .minus)
                ? String(whole) : value.description
        case .string(let value): return string(value)
        case .array(let elements):
            return "[" + space() + elements.map { value($0) + space() }.joined(separator: ",") + "]"
        case .object(let members):
            var parts = members.sorted { $0.key < $1.key }.map {
                string($0.key) + space() + ":" + space() + value($0.value) + space()
            }
            if addsUnknown, source.chance(2) {
                addsUnknown = false
                parts.append(#""unknown":"# + value(.random(&source)))
                addsUnknown = true
            }
            parts.shuffle(using: &source.generator)
            return "{" + parts.map { space() + $0 }.joined(separator: ",") + (parts.isEmpty ? space() : "") + "}"
        }
    }

    private mutating func string(_ value: String) -> String {
        var text = "\""
        for unit in value.unicodeScalars {
            if unit.value < 0x20 || unit == "\"" || unit == "\\" || source.chance(10) {
                for half in String(unit).utf16 {
                    text += "\\u" + String(String(half + 0x1_0000 as UInt32, radix: 16).dropFirst())
                }
            } else {
                text.unicodeScalars.append(unit)
            }
        }
        return text + "\""
    }
}

private func + (a: UInt16, b: UInt32) -> UInt32 { UInt32(a) + b }

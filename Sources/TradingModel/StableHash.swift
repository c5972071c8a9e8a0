/// A 128-bit hash that is the same on every machine, in every version, for ever (FNV-1a, 128 bits; Fowler, Noll, Vo; RFC 9923).
///
/// For ids derived from their inputs; not for secrets.
public struct StableHash: Hashable, Sendable {
    public let value: UInt128

    public static func of(_ text: String) -> StableHash {
        let prime: UInt128 = (1 << 88) | 0x13b
        var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
        for byte in text.utf8 {
            hash ^= UInt128(byte)
            hash = hash &* prime
        }
        return StableHash(value: hash)
    }

    /// 26 characters of Crockford's base 32, lower case.
    public var base32: String {
        let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
        var digits = [UInt8](repeating: 0, count: 26)
        var rest = value
        for index in stride(from: 25, through: 0, by: -1) {
            digits[index] = alphabet[Int(rest & 31)]
            rest >>= 5
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// The first `count` characters of ``base32`` read from the end, where FNV mixes best.
    public func short(_ count: Int) -> String { String(base32.suffix(count)) }
}

/// A small deterministic generator (SplitMix64; Steele, Lea, Flood 2014). The seed is the whole state, so it can be saved.
public struct SeededGenerator: RandomNumberGenerator, Hashable, Sendable {
    public private(set) var state: UInt64
    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// Uniform in 0..<1 with 53 bits.
    public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }
}

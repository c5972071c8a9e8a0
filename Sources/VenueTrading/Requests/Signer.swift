private import CCrypto

/// HMAC-SHA256 as the exchanges want it: lowercase hexadecimal.
///
/// OpenSSL makes it (docs/decisions/0006).
public enum Signer {
    /// The authentication code of `text` under `secret`: 64 digits, or nothing at all, never a wrong code, where the
    /// library fails, which the exchange then refuses.
    public static func signature(of text: String, secret: String) -> String {
        var code = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        let key = Array(secret.utf8)
        guard HMAC(EVP_sha256(), key, Int32(key.count), Array(text.utf8), text.utf8.count, &code, &count) != nil,
            count == 32
        else { return "" }
        let digits = Array("0123456789abcdef".utf8)
        var hex: [UInt8] = []
        hex.reserveCapacity(64)
        for byte in code {
            hex.append(digits[Int(byte >> 4)])
            hex.append(digits[Int(byte & 15)])
        }
        return String(decoding: hex, as: UTF8.self)
    }
}

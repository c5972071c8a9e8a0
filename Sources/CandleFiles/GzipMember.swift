import CZlib

/// Bytes packed as one gzip member; members one after the other are a gzip file too, so they can be made side by side.
public enum GzipMember {
    /// `level` is zlib's, 1 (fastest) to 9 (smallest). The same bytes give the same member.
    public static func of(_ bytes: [UInt8], level: Int32 = 1) -> [UInt8] {
        var stream = z_stream()
        // 15 bits of window, + 16 for gzip's own head and check sum.
        let status = deflateInit2_(
            &stream, min(max(level, 1), 9), Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "Invariant: zlib is the one it was built with, and there is memory")
        defer { deflateEnd(&stream) }
        let capacity = Int(deflateBound(&stream, UInt(bytes.count)))
        return [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
            bytes.withUnsafeBufferPointer { input in
                // zlib reads its input only, whatever the type says.
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                let status = deflate(&stream, Z_FINISH)
                precondition(status == Z_STREAM_END, "Invariant: the output has deflateBound's room")
                count = Int(stream.total_out)
            }
        }
    }
}

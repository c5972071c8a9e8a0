/// A wire value as JSON text outside any frame: for what is stored, printed with `--json` or put into a page.
public enum WireJSON {
    /// Errors: `notFinite`, `outOfRange`, `badValue` with the field's name.
    public static func encode<T: WireValue>(_ value: T) throws(WireError) -> [UInt8] {
        let result: Result<[UInt8], WireError> = JSONWriter.withMemory { writer in
            T.write(value, to: &writer)
            if let error = writer.error { return .failure(error) }
            return .success(Array(writer.written))
        }
        return try result.get()
    }

    /// Reads a whole text; space around the value is allowed, anything else after it is refused.
    public static func decode<T: WireValue>(_: T.Type, from text: UnsafeRawBufferPointer) throws(WireError) -> T {
        var reader = JSONReader(text, 0..<text.count)
        reader.skipWhitespace()
        let value = try T.read(from: &reader)
        try reader.finish()
        return value
    }

    /// The same for an array.
    public static func decode<T: WireValue>(_ type: T.Type, from text: [UInt8]) throws(WireError) -> T {
        let result: Result<T, WireError> = text.withUnsafeBytes { bytes in
            do throws(WireError) { return .success(try decode(type, from: bytes)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}

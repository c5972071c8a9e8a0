import CandleFiles
import Glibc
import TradingModel

/// Candle files below one directory: `VENUE/BASE-QUOTE.TIMEFRAME.csv.gz`, one a series, ascending, each candle once.
///
/// The format is that of ``CandleFile`` (`ts_ms,open,high,low,close,volume`), packed with gzip: 16 to 20 bytes a candle, read by
/// feed, backtests and any other program. While a download runs, what has come waits in a `.part` file without packing,
/// which is taken up again after a break.
struct CandleStore {
    let directory: String

    struct Series: Hashable {
        let venue: String
        let symbol: Symbol
        let timeframe: Timeframe
    }

    struct Facts {
        let series: Series
        let first: MarketTime
        let last: MarketTime
        let count: Int
        /// Candles that are missing between the first and the last.
        let missing: Int
        let bytes: Int
    }

    func path(_ series: Series) -> String {
        "\(directory)/\(series.venue)/\(CandleStore.name(series.symbol)).\(series.timeframe).csv.gz"
    }
    func partPath(_ series: Series) -> String { String(path(series).dropLast(3)) + ".part" }

    /// `/` and `:` are no characters for the name of a file.
    private static func name(_ symbol: Symbol) -> String {
        String(symbol.name.map { $0 == "/" ? "-" : $0 == ":" ? "_" : $0 })
    }

    /// The candles of a file, in its order; empty where there is none.
    func read(_ path: String, _ series: Series) throws(CandleFileError) -> [Candle] {
        guard access(path, F_OK) == 0 else { return [] }
        let file = try CandleFile(path: path, symbol: series.symbol, timeframe: series.timeframe)
        var candles: [Candle] = []
        while let candle = try file.next() { candles.append(candle) }
        return candles
    }

    /// Adds candles to what is being downloaded, and has them on the disk.
    func append(_ candles: [Candle], _ series: Series) throws(CandleFileError) {
        let path = partPath(series)
        try makeDirectories(for: path)
        let isNew = access(path, F_OK) != 0
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw unwritable(path) }
        defer { close(descriptor) }
        var text = isNew ? CandleFile.header + "\n" : ""
        for candle in candles { text += CandleStore.line(candle) }
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw unwritable(path) }
            done += count
        }
    }

    private static func line(_ candle: Candle) -> String {
        "\(candle.openTime.micros / 1_000),\(candle.open),\(candle.high),\(candle.low),\(candle.close),\(candle.volume)\n"
    }

    /// Makes one packed file of what is there and what came; the newer of two candles of one time stands.
    func merge(_ candles: [Candle], _ series: Series) throws(CandleFileError) {
        var byTime: [MarketTime: Candle] = [:]
        for candle in try read(path(series), series) { byTime[candle.openTime] = candle }
        for candle in candles { byTime[candle.openTime] = candle }
        guard !byTime.isEmpty else { return }
        try makeDirectories(for: path(series))
        let temporary = String(path(series).dropLast(7)) + ".new.csv.gz"
        let writer = try CandleFileWriter(path: temporary)
        for candle in byTime.values.sorted(by: { $0.openTime < $1.openTime }) { try writer.write(candle) }
        try writer.finish()
        guard rename(temporary, path(series)) == 0 else { throw unwritable(path(series)) }
    }

    /// Packs what a download has brought.
    func settle(_ series: Series) throws(CandleFileError) {
        try dropCutLine(partPath(series))
        let part = try read(partPath(series), series)
        if !part.isEmpty { try merge(part, series) }
        unlink(partPath(series))
    }

    /// Cuts off what stands behind the last end of a line: half a number may look like a whole one.
    private func dropCutLine(_ path: String) throws(CandleFileError) {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let length = lseek(descriptor, 0, SEEK_END)
        let begin = max(0, length - 4_096)
        var tail = [UInt8](repeating: 0, count: Int(length - begin))
        guard pread(descriptor, &tail, tail.count, begin) == tail.count else { throw unwritable(path) }
        let whole = tail.lastIndex(of: UInt8(ascii: "\n")).map { begin + off_t($0) + 1 } ?? begin
        guard whole == length || ftruncate(descriptor, whole) == 0 else { throw unwritable(path) }
    }

    /// All series that are there, by name.
    func list() throws(CandleFileError) -> [Facts] {
        var all: [Facts] = []
        for venue in CandleStore.entries(directory).sorted() {
            for file in CandleStore.entries(directory + "/" + venue).sorted() {
                guard file.hasSuffix(".csv.gz"), let series = CandleStore.series(venue, file) else { continue }
                let candles = try read(path(series), series)
                guard let first = candles.first, let last = candles.last else { continue }
                let span = series.timeframe.span.micros
                let whole = (last.openTime - first.openTime).micros / span + 1
                var status = stat()
                let size = stat(path(series), &status) == 0 ? Int(status.st_size) : 0
                all.append(
                    Facts(
                        series: series, first: first.openTime, last: last.openTime, count: candles.count,
                        missing: Int(whole) - candles.count, bytes: size))
            }
        }
        return all
    }

    private static func series(_ venue: String, _ file: String) -> Series? {
        let parts = file.split(separator: ".")
        guard parts.count >= 4, let timeframe = Timeframe(rawValue: String(parts[parts.count - 3])) else { return nil }
        let name = parts[..<(parts.count - 3)].joined(separator: ".")
        guard let dash = name.firstIndex(of: "-") else { return nil }
        let text = name[..<dash] + "/" + name[name.index(after: dash)...].map { $0 == "_" ? ":" : $0 }
        return Symbol(String(text)).map { Series(venue: venue, symbol: $0, timeframe: timeframe) }
    }

    private static func entries(_ directory: String) -> [String] {
        guard let handle = opendir(directory) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    private func makeDirectories(for path: String) throws(CandleFileError) {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/").dropLast() {
            made += "/" + part
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else { throw unwritable(made) }
        }
    }

    private func unwritable(_ path: String) -> CandleFileError {
        CandleFileError(.unwritable, "\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
}

import ArgumentParser
import Glibc
import SimulatedExchange
import TradingModel

/// Keeps the market of the exchange in a file, so that it goes on after the program has ended, however it ended.
struct MarketKeeper: Sendable {
    let path: String
    /// Between two saved states.
    static let interval = Duration.seconds(10)

    /// The exchange as it was saved; `nil` where nothing was.
    ///
    /// After a stop in order it goes on from that moment. After a crash the market has gone on without it, for as long as
    /// it was away but for half a minute at most, so that nobody sees its clock turned back.
    func load(_ settings: BoxSettings) throws -> (exchange: ExchangeBox, market: MarketTime)? {
        guard let text = try WholeFile.read(path) else { return nil }
        do throws(SavedBoxError) {
            let times = try ExchangeBox.times(ofSaved: text)
            var exchange = try ExchangeBox(settings, saved: text)
            guard !times.isClean else { return (exchange, times.market) }
            let away = min(max(0, MarketPace.wall() - times.wall.micros), 30_000_000)
            let market = times.market + Span(micros: Int64(Double(away) * settings.speed))
            var nobody: [BoxDirective] = []
            exchange.handle(
                .tick, at: BoxTime(market: market, wall: WallTime(micros: MarketPace.wall())), into: &nobody)
            return (exchange, market)
        } catch {
            throw ValidationError(
                "\(path): \(error): start with the options it was made with, or remove the file and what was stored of that market"
            )
        }
    }

    func save(_ exchange: ExchangeBox, isClean: Bool) throws {
        guard let text = exchange.saved(at: WallTime(micros: MarketPace.wall()), isClean: isClean) else { return }
        try WholeFile.write(text, to: path)
    }
}

/// Why a file could not be read or written. One sentence.
struct FileFault: Error, CustomStringConvertible {
    let description: String
}

/// Files that are there whole or not at all, so that who reads one never reads half of it.
enum WholeFile {
    static func write(_ text: String, to path: String) throws(FileFault) {
        let draft = path + ".part"
        guard let file = fopen(draft, "w") else { throw fault(path, "written") }
        let isWritten = fputs(text, file) >= 0
        guard fclose(file) == 0, isWritten, rename(draft, path) == 0 else { throw fault(path, "written") }
    }

    /// `nil` where there is no such file.
    static func read(_ path: String) throws(FileFault) -> String? {
        guard let file = fopen(path, "r") else {
            if errno == ENOENT { return nil }
            throw fault(path, "read")
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        guard ferror(file) == 0 else { throw fault(path, "read") }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func fault(_ path: String, _ deed: String) -> FileFault {
        FileFault(description: "\(path) cannot be \(deed): \(String(cString: strerror(errno)))")
    }
}

import Glibc
import ServiceRuntime
import TradingModel

/// The exchange in a box that `quartet up` starts where the configuration does not say where market data comes from.
///
/// Feed then watches it over REST and streams as it would watch a real exchange, and orders stay on paper. A configured
/// `feed.source`, whatever it is, is what it says, and no box is started.
struct BoxMarket: Sendable {
    /// Chosen by the kernel, and kept as long as the supervisor runs.
    let port: Int
    private let settings: Settings

    /// The part of it that its services are told by.
    static let venue = VenueName.binanceUSDM
    /// Its name at the supervisor, and the file name of its program.
    static let service = "simulator"
    static let program = "quartet-simulator"

    init(port: Int, settings: Settings) {
        self.port = port
        self.settings = settings
    }

    /// Whether a configuration leaves market data to it.
    ///
    /// Lock-step, a duration, several exchanges and live trading are of no meaning at an exchange that goes on by itself.
    static func isWanted(_ loaded: LoadedSettings) -> Bool {
        let feed = loaded.settings.feed
        return loaded.origin(of: "feed.source") == .standard && loaded.settings.mode == .paper
            && (1...1_000).contains(feed.speed) && feed.durationMinutes == 0 && feed.venues.isEmpty
            && 60_000 % feed.tickerIntervalMillis == 0
    }

    /// The words of its command line that are not paths.
    var options: String {
        let start = settings.feed.start.isEmpty ? "2025-01-01" : settings.feed.start
        return "--port \(port) --speed \(settings.feed.speed) --seed \(settings.feed.seed) --start \(start) "
            + "--tick \(settings.feed.tickerIntervalMillis) --look-back \(min(10_000, max(1_000, settings.feed.lookBack))) "
            + "--symbols " + settings.symbols.map(\.name).joined(separator: ",")
    }

    /// What feed and the others are told by: variables that override the configuration.
    var environment: [String: String] {
        [
            "QUARTET_FEED_SOURCE": "live",
            "QUARTET_FEED_VENUE": BoxMarket.venue.rawValue,
            "QUARTET_FEED_VENUE_SPEED": "\(settings.feed.speed)",
            "QUARTET_VENUES_BINANCE_USDM_REST_URL": "http://127.0.0.1:\(port)",
            "QUARTET_VENUES_BINANCE_USDM_WS_URL": "ws://127.0.0.1:\(port)/usdm/ws",
            "QUARTET_VENUES_BINANCE_USDM_ACCOUNT_WS_URL": "ws://127.0.0.1:\(port)/usdm/ws",
        ]
    }

    /// One line for the operator.
    var line: String {
        let speed = settings.feed.speed
        let times = speed.rounded() == speed ? "\(Int(speed))" : "\(speed)"
        return "market: an exchange in a box at http://127.0.0.1:\(port), \(times) times real speed; "
            + "nothing in it is real"
    }

    /// A TCP port of this machine that nobody has; `nil` where there is none.
    static func freePort() -> Int? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard bind(descriptor, pointer, length) == 0, getsockname(descriptor, pointer, &length) == 0 else {
                    return nil
                }
                return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    Int(UInt16(bigEndian: $0.pointee.sin_port))
                }
            }
        }
    }
}

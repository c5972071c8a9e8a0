import Foundation
import Testing
import TradingModel

let bitcoin = Symbol("BTC/USDT")!
let ether = Symbol("ETH/USDT")!

/// A directory of its own that goes away with the test.
final class TemporaryDirectory {
    let path: String

    init() {
        var template = Array((NSTemporaryDirectory() + "quartet-risk.XXXXXX").utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? ""
        #expect(!path.isEmpty)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

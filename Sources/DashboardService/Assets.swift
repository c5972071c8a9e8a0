import Glibc
import WebServer

/// The files of the page: a fixed list, part of the program, and TradingView's chart library where it lies on the disk.
struct Assets {
    /// What `scripts/setup.sh` fetches: lightweight-charts 4.1.3 out of the wheel of the same name. Nothing else is served.
    static let libraryDigest = "a7d4221516c7ea0bb0cc17d605df8848c1c748517a2ca43c2ce1a95ddb159006"
    private static let largestLibrary = 1_048_576

    private var files: [String: (type: String, text: String)] = [
        "/login": ("text/html; charset=utf-8", PageHTML.login),
        "/login.js": ("text/javascript; charset=utf-8", PageScript.login),
        "/app.js": ("text/javascript; charset=utf-8", PageScript.app),
        "/views.js": ("text/javascript; charset=utf-8", PageViews.text),
        "/charts.js": ("text/javascript; charset=utf-8", PageCharts.text),
        "/market.js": ("text/javascript; charset=utf-8", PageMarket.text),
        "/app.css": ("text/css; charset=utf-8", PageStyle.text),
        "/icon.svg": ("image/svg+xml", PageHTML.icon),
    ]
    private let library: [UInt8]?

    static var loginPage: WebResponse { WebResponse(status: 401, type: "text/html; charset=utf-8", PageHTML.login) }

    init(library: [UInt8]? = nil) {
        self.library = library
        files["/"] = ("text/html; charset=utf-8", PageHTML.index(withLibrary: library != nil))
    }

    func response(to request: WebRequest) -> WebResponse? {
        guard request.method == "GET" || request.method == "HEAD" else { return nil }
        if let library, request.path == "/lightweight-charts.js" {
            return WebResponse(
                headers: ["Content-Type": "text/javascript; charset=utf-8"], content: .bytes(library))
        }
        return files[request.path].map { WebResponse(type: $0.type, $0.text) }
    }

    /// Why a file is not served: one sentence.
    struct LibraryFault: Error {
        let sentence: String
    }

    /// Reads the chart library at `path`; throws where it cannot be read or is any other file than the one that is known.
    static func library(at path: String) throws(LibraryFault) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw LibraryFault(sentence: "\(path) cannot be read (\(String(cString: strerror(errno))))")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= largestLibrary {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        guard SHA256.hexadecimal(bytes) == libraryDigest else {
            throw LibraryFault(sentence: "\(path) is not lightweight-charts 4.1.3 (its SHA-256 differs)")
        }
        return bytes
    }
}

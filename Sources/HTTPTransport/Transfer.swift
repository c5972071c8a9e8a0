import CCurl
import Synchronization

/// One request on its way.
///
/// `@unchecked Sendable`: `completion` is a mutex; everything else is touched only by the thread of the loop once the
/// transfer was handed to it, and by nobody else before.
final class Transfer: @unchecked Sendable {
    let request: HTTPRequest
    private let completion = Mutex(Completion.waiting(nil))

    // Touched by the loop's thread only.
    var handle: UnsafeMutableRawPointer?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var body: [UInt8] = []
    private var headers: [(name: String, value: String)] = []
    private var isTooLarge = false
    /// Who takes the pieces has had enough.
    private var isEnough = false
    /// How often libcurl was about to send the request.
    private var attempts = 0
    private var wasRefusedSecondAttempt = false
    /// Where libcurl writes what went wrong, in words.
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    typealias Outcome = Result<HTTPResponse, HTTPError>

    private enum Completion {
        case waiting((@Sendable (Outcome) -> Void)?)
        case done(Outcome)
    }

    init(_ request: HTTPRequest) throws(HTTPError) {
        self.request = request
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        let isToken = { (text: String) in
            !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }
        }
        guard isToken(request.method) else { throw Transfer.bad(request, "\"\(request.method)\" is no HTTP method") }
        guard request.url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw Transfer.bad(request, "the address holds a character that must be percent-encoded")
        }
        for (name, value) in request.headers {
            guard isToken(name), value.utf8.allSatisfy({ $0 >= 0x20 || $0 == 0x09 }) else {
                throw Transfer.bad(
                    request, "the header \"\(name.prefix(40))\" cannot be sent: it holds a control character")
            }
        }
    }

    deinit { errorText.deallocate() }

    private static func bad(_ request: HTTPRequest, _ detail: String) -> HTTPError {
        HTTPError(.badRequest, request: request.description, detail: detail, mayHaveBeenSent: false)
    }

    // MARK: From any thread

    /// Hands the outcome to `body`, once.
    func whenDone(_ body: @escaping @Sendable (Outcome) -> Void) {
        let outcome: Outcome? = completion.withLock { completion in
            if case .done(let outcome) = completion { return outcome }
            completion = .waiting(body)
            return nil
        }
        if let outcome { body(outcome) }
    }

    var isDone: Bool {
        completion.withLock { completion in
            if case .done = completion { true } else { false }
        }
    }

    /// Ends it, unless it has ended.
    func finish(_ outcome: Outcome) {
        let waiter: (@Sendable (Outcome) -> Void)? = completion.withLock { completion in
            guard case .waiting(let waiter) = completion else { return nil }
            completion = .done(outcome)
            return waiter
        }
        waiter?(outcome)
    }

    // MARK: On the loop's thread

    /// Sets all options of a handle for this request.
    func prepare(_ handle: UnsafeMutableRawPointer, _ configuration: HTTPClient.Configuration) -> Bool {
        self.handle = handle
        let me = Unmanaged.passUnretained(self).toOpaque()
        var isFine = true
        func set(_ code: CURLcode) { if code != CURLE_OK { isFine = false } }
        set(quartet_curl_set_text(handle, CURLOPT_URL, request.url))
        set(quartet_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https"))
        set(quartet_curl_set_long(handle, CURLOPT_NOSIGNAL, 1))
        set(quartet_curl_set_long(handle, CURLOPT_TIMEOUT_MS, Transfer.milliseconds(request.timeout)))
        set(quartet_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, Transfer.milliseconds(request.connectTimeout)))
        if let idle = request.idleSeconds {
            set(quartet_curl_set_long(handle, CURLOPT_LOW_SPEED_LIMIT, 1))
            set(quartet_curl_set_long(handle, CURLOPT_LOW_SPEED_TIME, max(1, idle)))
        }
        set(quartet_curl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS)))
        set(quartet_curl_set_long(handle, CURLOPT_TCP_KEEPALIVE, 1))
        set(quartet_curl_set_text(handle, CURLOPT_USERAGENT, configuration.userAgent))
        // All encodings that libcurl was built with.
        set(quartet_curl_set_text(handle, CURLOPT_ACCEPT_ENCODING, ""))
        if let proxy = configuration.proxy { set(quartet_curl_set_text(handle, CURLOPT_PROXY, proxy)) }
        if let file = configuration.certificateAuthorities { set(quartet_curl_set_text(handle, CURLOPT_CAINFO, file)) }
        set(quartet_curl_set_pointer(handle, CURLOPT_PRIVATE, me))
        set(quartet_curl_set_pointer(handle, CURLOPT_WRITEDATA, me))
        set(quartet_curl_set_write(handle, CURLOPT_WRITEFUNCTION, receiveBody))
        set(quartet_curl_set_pointer(handle, CURLOPT_HEADERDATA, me))
        set(quartet_curl_set_write(handle, CURLOPT_HEADERFUNCTION, receiveHeader))
        set(quartet_curl_set_pointer(handle, CURLOPT_PREREQDATA, me))
        set(quartet_curl_set_prerequest(handle, beforeRequest))
        set(quartet_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText))
        set(prepareMethod(handle))
        for (name, value) in request.headers {
            // A header without a value is written with a semicolon, by libcurl's rule.
            headerList = curl_slist_append(headerList, value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        // No waiting for "100 Continue" before a body is sent.
        headerList = curl_slist_append(headerList, "Expect:")
        set(quartet_curl_set_pointer(handle, CURLOPT_HTTPHEADER, headerList))
        return isFine
    }

    private func prepareMethod(_ handle: UnsafeMutableRawPointer) -> CURLcode {
        if request.method == "GET", request.body.isEmpty { return quartet_curl_set_long(handle, CURLOPT_HTTPGET, 1) }
        if request.method == "HEAD" { return quartet_curl_set_long(handle, CURLOPT_NOBODY, 1) }
        if request.method == "POST" || !request.body.isEmpty {
            // The size first: libcurl copies that many bytes.
            _ = quartet_curl_set_long(handle, CURLOPT_POSTFIELDSIZE, request.body.count)
            let code = request.body.withUnsafeBytes { bytes in
                // An empty body is a body too, so that "Content-Length: 0" is said.
                bytes.isEmpty
                    ? quartet_curl_set_text(handle, CURLOPT_COPYPOSTFIELDS, "")
                    : quartet_curl_set_pointer(
                        handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            }
            guard code == CURLE_OK else { return code }
        }
        return quartet_curl_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method)
    }

    /// Gives back what the handle used.
    func release() {
        curl_slist_free_all(headerList)
        headerList = nil
        handle = nil
    }

    /// libcurl has ended it.
    func complete(_ code: CURLcode) {
        guard let handle else { return }
        if code != CURLE_OK, !isEnough { return finish(.failure(error(code))) }
        var status = 0
        var version = 0
        var connections = 0
        var micros: curl_off_t = 0
        _ = quartet_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        _ = quartet_curl_get_long(handle, CURLINFO_HTTP_VERSION, &version)
        _ = quartet_curl_get_long(handle, CURLINFO_NUM_CONNECTS, &connections)
        _ = quartet_curl_get_time(handle, CURLINFO_TOTAL_TIME_T, &micros)
        finish(
            .success(
                HTTPResponse(
                    status: status, headers: headers, body: body,
                    version: version == Int(CURL_HTTP_VERSION_2_0) ? "2" : "1.1",
                    duration: .microseconds(Int64(micros)), newConnections: connections)))
    }

    /// The error of an ending that was not libcurl's.
    func error(_ code: HTTPError.Code, _ detail: String) -> HTTPError {
        HTTPError(code, request: request.description, detail: detail, mayHaveBeenSent: attempts > 0)
    }

    private func error(_ code: CURLcode) -> HTTPError {
        let words = String(cString: errorText.pointee == 0 ? curl_easy_strerror(code) : UnsafePointer(errorText))
        if isTooLarge {
            return error(.tooLarge, "the answer has more than \(request.maximumResponseBytes) bytes")
        }
        if wasRefusedSecondAttempt {
            return error(.broken, "the connection ended before the answer, and the request must not be sent twice")
        }
        switch code {
        // What answers with another protocol is told by the same code.
        case CURLE_URL_MALFORMAT where attempts == 0, CURLE_UNSUPPORTED_PROTOCOL where attempts == 0:
            return error(.badRequest, words)
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: return error(.cannotResolve, words)
        case CURLE_COULDNT_CONNECT: return error(.cannotConnect, words)
        case CURLE_OPERATION_TIMEDOUT:
            return error(.timedOut, "no answer within \(request.timeout) (\(words))")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR:
            return error(.notTrusted, words)
        default: return error(.broken, words)
        }
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        let parts = duration.components
        let (whole, overflow) = Int(clamping: parts.seconds).multipliedReportingOverflow(by: 1_000)
        // 0 would mean no limit; above some weeks there is none in practice.
        guard !overflow, whole < Int(Int32.max) else { return Int(Int32.max) }
        return max(1, whole + Int(parts.attoseconds / 1_000_000_000_000_000))
    }

    // MARK: libcurl's callbacks

    fileprivate func receive(body bytes: UnsafeRawBufferPointer) -> Int {
        guard body.count + bytes.count <= request.maximumResponseBytes else {
            isTooLarge = true
            return 0
        }
        body.append(contentsOf: bytes)
        if let onBody = request.onBody, !onBody(Array(bytes)) {
            isEnough = true
            return 0
        }
        return bytes.count
    }

    fileprivate func receive(header bytes: UnsafeRawBufferPointer) {
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            // A new answer: what came before was provisional.
            headers.removeAll()
            return
        }
        guard headers.count < 200, let colon = line.firstIndex(of: ":") else { return }
        let value = line[line.index(after: colon)...]
        headers.append((line[..<colon].lowercased(), Transfer.trimmed(value)))
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    /// Whether the request may be sent, now that a connection is there.
    fileprivate func mayBegin() -> Bool {
        attempts += 1
        guard attempts == 1 || request.isRepeatable else {
            wasRefusedSecondAttempt = true
            return false
        }
        return true
    }
}

private func transfer(_ pointer: UnsafeMutableRawPointer?) -> Transfer? {
    pointer.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

private func receiveBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ user: UnsafeMutableRawPointer?
) -> Int {
    transfer(user)?.receive(body: UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
}

private func receiveHeader(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ user: UnsafeMutableRawPointer?
) -> Int {
    transfer(user)?.receive(header: UnsafeRawBufferPointer(start: bytes, count: size * count))
    return size * count
}

private func beforeRequest(
    _ user: UnsafeMutableRawPointer?, _: UnsafeMutablePointer<CChar>?, _: UnsafeMutablePointer<CChar>?, _: Int32,
    _: Int32
) -> Int32 {
    transfer(user)?.mayBegin() == true ? Int32(CURL_PREREQFUNC_OK) : Int32(CURL_PREREQFUNC_ABORT)
}

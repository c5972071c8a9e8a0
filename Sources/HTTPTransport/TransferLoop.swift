import CCurl
import Glibc
import Synchronization

/// The one thread on which libcurl runs.
///
/// `@unchecked Sendable`: `inbox` is a mutex; `multi` is set once before the thread begins, and from other threads only
/// `curl_multi_wakeup` is called with it, which libcurl allows, under the lock that also tells whether it still exists;
/// everything else is touched by the thread alone.
final class TransferLoop: @unchecked Sendable {
    private struct Inbox {
        var starting: [Transfer] = []
        var canceling: [Transfer] = []
        var isStopping = false
        var hasEnded = false
    }

    private let inbox = Mutex(Inbox())
    private let multi: OpaquePointer
    private let configuration: HTTPClient.Configuration

    // Touched by the thread only.
    private var running: [ObjectIdentifier: Transfer] = [:]
    private var idleHandles: [UnsafeMutableRawPointer] = []

    private static let globalSetup: CURLcode = curl_global_init(Int(CURL_GLOBAL_ALL))
    /// libcurl has been set up, once for the process.
    static var isReady: Bool { globalSetup == CURLE_OK }

    init(_ configuration: HTTPClient.Configuration) throws(HTTPError) {
        self.configuration = configuration
        guard TransferLoop.globalSetup == CURLE_OK, let multi = curl_multi_init() else {
            throw HTTPError(.closed, request: "HTTP", detail: "libcurl cannot be started", mayHaveBeenSent: false)
        }
        self.multi = OpaquePointer(multi)
        _ = quartet_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.connectionsPerHost)
        _ = quartet_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 64)
        try startThread()
    }

    private func startThread() throws(HTTPError) {
        var id = pthread_t()
        let code = pthread_create(
            &id, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<TransferLoop>.fromOpaque(argument).takeRetainedValue().main()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        guard code == 0 else {
            Unmanaged.passUnretained(self).release()
            curl_multi_cleanup(pointer)
            throw HTTPError(
                .closed, request: "HTTP", detail: "no thread can be started: \(String(cString: strerror(code)))",
                mayHaveBeenSent: false)
        }
        pthread_detach(id)
    }

    private var pointer: UnsafeMutableRawPointer { UnsafeMutableRawPointer(multi) }

    // MARK: From any thread

    func start(_ transfer: Transfer) {
        let isClosed = inbox.withLock { inbox in
            guard !inbox.isStopping else { return true }
            inbox.starting.append(transfer)
            curl_multi_wakeup(pointer)
            return false
        }
        if isClosed { transfer.finish(.failure(transfer.error(.closed, "the client has been shut down"))) }
    }

    func cancel(_ transfer: Transfer) {
        inbox.withLock { inbox in
            guard !inbox.hasEnded else { return }
            inbox.canceling.append(transfer)
            curl_multi_wakeup(pointer)
        }
    }

    func stop() {
        inbox.withLock { inbox in
            inbox.isStopping = true
            if !inbox.hasEnded { curl_multi_wakeup(pointer) }
        }
    }

    // MARK: The thread

    private func main() {
        quartet_name_thread("http")
        while takeInbox() {
            var count: Int32 = 0
            curl_multi_perform(pointer, &count)
            takeMessages()
            // Work that came since is signaled by the wakeup, which ends the wait at once.
            curl_multi_poll(pointer, nil, 0, 60_000, nil)
        }
        for transfer in running.values {
            end(transfer) { transfer.finish(.failure(transfer.error(.closed, "the client has been shut down"))) }
        }
        for handle in idleHandles { curl_easy_cleanup(handle) }
        inbox.withLock { inbox in
            inbox.hasEnded = true
            curl_multi_cleanup(pointer)
        }
    }

    /// Begins and ends what was asked for; `false` once the loop is to end.
    private func takeInbox() -> Bool {
        let taken = inbox.withLock { inbox in
            let copy = inbox
            inbox.starting.removeAll()
            inbox.canceling.removeAll()
            return copy
        }
        for transfer in taken.starting { begin(transfer) }
        for transfer in taken.canceling {
            guard running[ObjectIdentifier(transfer)] != nil else {
                transfer.finish(.failure(transfer.error(.canceled, "it was canceled")))
                continue
            }
            end(transfer) { transfer.finish(.failure(transfer.error(.canceled, "it was canceled"))) }
        }
        return !taken.isStopping
    }

    private func begin(_ transfer: Transfer) {
        // Canceled before it began.
        if transfer.isDone { return }
        guard let handle = idleHandles.popLast() ?? curl_easy_init() else {
            return transfer.finish(.failure(transfer.error(.closed, "libcurl has no memory for another request")))
        }
        guard transfer.prepare(handle, configuration), curl_multi_add_handle(pointer, handle) == CURLM_OK else {
            transfer.release()
            curl_easy_cleanup(handle)
            return transfer.finish(.failure(transfer.error(.badRequest, "libcurl does not accept the request")))
        }
        running[ObjectIdentifier(transfer)] = transfer
    }

    private func takeMessages() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(pointer, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else { continue }
            let code = quartet_curl_message_result(message)
            var user: UnsafeMutableRawPointer?
            _ = quartet_curl_get_pointer(handle, &user)
            guard let user else { continue }
            let transfer = Unmanaged<Transfer>.fromOpaque(user).takeUnretainedValue()
            end(transfer) { transfer.complete(code) }
        }
    }

    /// Takes a transfer out, tells its outcome, and keeps the handle for the next one.
    private func end(_ transfer: Transfer, _ tell: () -> Void) {
        guard running.removeValue(forKey: ObjectIdentifier(transfer)) != nil, let handle = transfer.handle else {
            return
        }
        curl_multi_remove_handle(pointer, handle)
        tell()
        transfer.release()
        curl_easy_reset(handle)
        if idleHandles.count < 32 { idleHandles.append(handle) } else { curl_easy_cleanup(handle) }
    }
}

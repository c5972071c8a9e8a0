import Glibc

/// A POSIX semaphore at 0: one thread waits until another posts.
///
/// `@unchecked Sendable`: `sem_t` is made for use from several threads, and its address never changes.
final class Semaphore: @unchecked Sendable {
    private let handle: UnsafeMutablePointer<sem_t>

    init() {
        handle = .allocate(capacity: 1)
        sem_init(handle, 0, 0)
    }

    deinit {
        sem_destroy(handle)
        handle.deallocate()
    }

    func post() { sem_post(handle) }

    func wait() {
        while sem_wait(handle) != 0, errno == EINTR {}
    }
}

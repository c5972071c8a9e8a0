/// Queues and patience of the message bus.
public struct BusSettings: Sendable, Equatable, SettingSection {
    /// Messages a subscriber may fall behind before it loses some.
    public var publishQueue = 10_000
    /// Messages that may wait in a subscriber.
    public var subscribeQueue = 10_000
    /// After this long without a reply a request is sent again.
    public var retryMillis = 500
    /// How often a service says that it lives.
    public var healthMillis = 1_000
    /// Replies kept to answer repeated requests.
    public var storedReplies = 10_000

    public init() {}

    mutating func visit<V: SettingVisitor>(_ visitor: inout V) {
        visitor.setting(
            "publish_queue", &publishQueue, .from(100, to: 1_000_000),
            "Messages a subscriber may fall behind before it loses some; it then asks for a snapshot.")
        visitor.setting(
            "subscribe_queue", &subscribeQueue, .from(100, to: 1_000_000), "Messages that may wait inside a subscriber."
        )
        visitor.setting(
            "retry_millis", &retryMillis, .from(10, to: 60_000),
            "Milliseconds without a reply after which a request is sent again.")
        visitor.setting(
            "health_millis", &healthMillis, .from(50, to: 60_000), "Milliseconds between two signs of life.")
        visitor.setting(
            "stored_replies", &storedReplies, .from(100, to: 1_000_000), "Replies kept to answer repeated requests.")
    }
}

public import AlertCore
public import TradingModel

/// A command as it came over Telegram, with what became of it.
public struct StoredCommand: Hashable, Sendable {
    public enum State: String, Sendable, CaseIterable {
        /// Written down, nothing done.
        case received
        /// Written down before it is acted on: found after a crash, it may have been.
        case acting
        case done
        /// Too old, or not understood.
        case refused
        /// Of somebody else, or no command.
        case ignored
    }
    public var update: TelegramUpdate
    public var state: State
    public var answer: String

    public init(update: TelegramUpdate, state: State, answer: String = "") {
        self.update = update
        self.state = state
        self.answer = answer
    }
}

/// An alert with what became of it, as `quartet alerts list` shows it.
public struct StoredAlert: Hashable, Sendable {
    public var alert: Alert
    public var disposition: AlertDisposition
    public var deliveries: [Delivery]
}

/// `alerts.sqlite`: the outbox. An alert and its deliveries are committed before anything is sent, and survive a power cut.
public final class AlertStore {
    let database: SQLiteDatabase

    /// Append-only: a released entry is never changed.
    public static let migrations = [
        """
        CREATE TABLE memory (
            key TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE alerts (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            rule TEXT NOT NULL,
            key TEXT NOT NULL,
            phase TEXT NOT NULL CHECK (phase IN ('event', 'firing', 'resolved', 'acknowledged', 'summary', 'reply')),
            severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
            body TEXT NOT NULL,
            at INTEGER NOT NULL,
            incident TEXT NOT NULL,
            disposition TEXT NOT NULL
                CHECK (disposition IN ('sent', 'throttled', 'quiet', 'muted', 'off', 'summarized'))
        ) STRICT;
        CREATE INDEX alerts_by_incident ON alerts (incident);
        CREATE TABLE deliveries (
            id TEXT PRIMARY KEY,
            alert_id TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
            channel TEXT NOT NULL CHECK (channel IN ('telegram', 'slack', 'discord', 'pagerduty')),
            state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'delivered', 'parked')),
            attempts INTEGER NOT NULL CHECK (attempts >= 0),
            next_at INTEGER NOT NULL,
            doubts INTEGER NOT NULL CHECK (doubts >= 0),
            reference TEXT,
            fault TEXT,
            created_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX deliveries_by_alert ON deliveries (alert_id);
        CREATE INDEX deliveries_to_do ON deliveries (channel) WHERE state IN ('pending', 'sending');
        CREATE TABLE commands (
            update_id INTEGER PRIMARY KEY,
            chat TEXT NOT NULL,
            user TEXT NOT NULL,
            name TEXT NOT NULL,
            sent_at INTEGER NOT NULL,
            text TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('received', 'acting', 'done', 'refused', 'ignored')),
            answer TEXT NOT NULL
        ) STRICT;
        CREATE TABLE mutes (
            rule TEXT PRIMARY KEY,
            until INTEGER NOT NULL,
            who TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
    ]

    /// Opens the file as its single writer, or to read beside it.
    public init(path: String, access: SQLiteDatabase.Access = .readWrite(owner: "alerts")) throws(StorageError) {
        database = try SQLiteDatabase(path: path, migrations: Self.migrations, access: access, durability: .power)
    }

    /// Runs `body` in one transaction.
    public func transaction(_ body: () throws(StorageError) -> Void) throws(StorageError) {
        try database.transaction(body)
    }

    // MARK: The watch's memory

    public func memory() throws(StorageError) -> [String: String] {
        var memory: [String: String] = [:]
        try database.prepare("SELECT key, value FROM memory").forEach { row in memory[row.text(0)] = row.text(1) }
        return memory
    }

    /// `nil` forgets the key.
    public func remember(_ key: String, _ value: String?) throws(StorageError) {
        guard let value else { return try database.prepare("DELETE FROM memory WHERE key = ?1").bind(1, key).run() }
        try database.prepare("INSERT OR REPLACE INTO memory (key, value) VALUES (?1, ?2)").bind(1, key).bind(2, value)
            .run()
    }

    // MARK: Alerts

    /// Stores an alert; `false` where one of its id is there already, which then stays as it is.
    public func insert(_ alert: Alert, _ disposition: AlertDisposition) throws(StorageError) -> Bool {
        try database.prepare(
            """
            INSERT OR IGNORE INTO alerts (id, rule, key, phase, severity, body, at, incident, disposition)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """
        ).bind(1, alert.id).bind(2, alert.rule.rawValue).bind(3, alert.key).bind(4, alert.phase.rawValue)
            .bind(5, alert.severity.rawValue).bind(6, alert.text).bind(7, alert.at).bind(8, alert.incident)
            .bind(9, disposition.rawValue).run()
        return database.changes == 1
    }

    /// Whether an alert of this id has been seen before.
    public func has(_ id: String) throws(StorageError) -> Bool {
        try database.prepare("SELECT 1 FROM alerts WHERE id = ?1").bind(1, id).first { _ in true } ?? false
    }

    /// Notes that held alerts have been told in a summary.
    public func summarize(_ ids: [String]) throws(StorageError) {
        let statement = try database.prepare("UPDATE alerts SET disposition = 'summarized' WHERE id = ?1")
        for id in ids { try statement.bind(1, id).run() }
    }

    private static let columns = "a.id, a.rule, a.key, a.phase, a.severity, a.body, a.at, a.incident, a.disposition"

    private static func alert(_ row: Row) throws(StorageError) -> (alert: Alert, disposition: AlertDisposition) {
        let alert = Alert(
            id: row.text(0), rule: try row.value(1), key: row.text(2), phase: try row.value(3),
            severity: try row.value(4), text: row.text(5), at: row.time(6), incident: row.text(7))
        return (alert, try row.value(8))
    }

    /// What the gate has to know: what is held, what was sent since a moment, and conditions that are not over.
    public func gateMemory(
        since moment: WallTime
    ) throws(StorageError) -> [(
        alert: Alert, disposition: AlertDisposition
    )] {
        try database.prepare(
            """
            SELECT \(Self.columns) FROM alerts a
            WHERE a.disposition IN ('throttled', 'quiet') OR a.at >= ?1 OR (a.phase = 'firing'
                AND NOT EXISTS (SELECT 1 FROM alerts b WHERE b.incident = a.incident AND b.phase = 'resolved'))
            ORDER BY a.sequence
            """
        ).bind(1, moment).all { (row) throws(StorageError) in try Self.alert(row) }
    }

    /// The newest alerts with their deliveries, newest first.
    public func alerts(limit: Int) throws(StorageError) -> [StoredAlert] {
        let found = try database.prepare(
            "SELECT \(Self.columns) FROM alerts a ORDER BY a.sequence DESC LIMIT \(max(0, limit))"
        ).all { (row) throws(StorageError) in try Self.alert(row) }
        let statement = try database.prepare(
            "SELECT \(Self.deliveryColumns) FROM deliveries d WHERE d.alert_id = ?1 ORDER BY d.channel")
        var alerts: [StoredAlert] = []
        for (alert, disposition) in found {
            let deliveries = try statement.bind(1, alert.id).all { (row) throws(StorageError) in try Self.delivery(row)
            }
            alerts.append(StoredAlert(alert: alert, disposition: disposition, deliveries: deliveries))
        }
        return alerts
    }

    /// Forgets alerts older than a moment of which nothing is to be done any more, and old commands.
    public func prune(before moment: WallTime) throws(StorageError) {
        try database.prepare(
            """
            DELETE FROM alerts WHERE at < ?1 AND disposition NOT IN ('throttled', 'quiet')
                AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.alert_id = alerts.id AND d.state IN ('pending', 'sending'))
                AND (phase != 'firing' OR EXISTS (SELECT 1 FROM alerts b WHERE b.incident = alerts.incident AND b.phase = 'resolved'))
            """
        ).bind(1, moment).run()
        try database.prepare("DELETE FROM commands WHERE sent_at < ?1 AND state NOT IN ('received', 'acting')")
            .bind(1, moment).run()
        // More than a snapshot of execution ever tells again.
        try database.execute(
            """
            DELETE FROM memory WHERE key LIKE 'trade/%' AND key NOT IN
                (SELECT key FROM memory WHERE key LIKE 'trade/%' ORDER BY value DESC LIMIT 2000)
            """)
    }

    // MARK: Deliveries

    private static let deliveryColumns =
        "d.id, d.alert_id, d.channel, d.state, d.attempts, d.next_at, d.doubts, d.reference, d.fault, d.created_at"

    private static func delivery(_ row: Row) throws(StorageError) -> Delivery {
        var delivery = Delivery(alertID: row.text(1), channel: try row.value(2), at: row.time(9))
        delivery.state = try row.value(3)
        delivery.attempts = row.int(4)
        delivery.nextAt = row.time(5)
        delivery.doubts = row.int(6)
        delivery.reference = row.textOrNil(7)
        delivery.fault = row.textOrNil(8)
        return delivery
    }

    /// Stores a delivery as it is now.
    public func store(_ delivery: Delivery) throws(StorageError) {
        try database.prepare(
            """
            INSERT INTO deliveries
                (id, alert_id, channel, state, attempts, next_at, doubts, reference, fault, created_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            ON CONFLICT (id) DO UPDATE SET state = ?4, attempts = ?5, next_at = ?6, doubts = ?7, reference = ?8, fault = ?9
            """
        ).bind(1, delivery.id).bind(2, delivery.alertID).bind(3, delivery.channel.rawValue)
            .bind(4, delivery.state.rawValue).bind(5, delivery.attempts).bind(6, delivery.nextAt)
            .bind(7, delivery.doubts).bind(8, delivery.reference).bind(9, delivery.fault).bind(10, delivery.createdAt)
            .run()
    }

    /// The oldest delivery of a channel that is not done, with its alert: a channel is told in the order of what happened.
    public func next(of channel: AlertChannel) throws(StorageError) -> (delivery: Delivery, alert: Alert)? {
        try database.prepare(
            """
            SELECT \(Self.deliveryColumns), \(Self.columns) FROM deliveries d JOIN alerts a ON a.id = d.alert_id
            WHERE d.channel = ?1 AND d.state IN ('pending', 'sending') ORDER BY a.sequence LIMIT 1
            """
        ).bind(1, channel.rawValue).first { (row) throws(StorageError) in
            let alert = Alert(
                id: row.text(10), rule: try row.value(11), key: row.text(12), phase: try row.value(13),
                severity: try row.value(14), text: row.text(15), at: row.time(16), incident: row.text(17))
            return (try Self.delivery(row), alert)
        }
    }

    /// Which channels an incident's beginning went to.
    public func channels(of incident: String) throws(StorageError) -> Set<AlertChannel> {
        let names = try database.prepare(
            """
            SELECT DISTINCT d.channel FROM deliveries d JOIN alerts a ON a.id = d.alert_id
            WHERE a.incident = ?1 AND a.phase = 'firing'
            """
        ).bind(1, incident).all { row in row.text(0) }
        return Set(names.compactMap(AlertChannel.init(rawValue:)))
    }

    /// How many deliveries wait, and how many were given up since a moment.
    public func backlog(since moment: WallTime) throws(StorageError) -> (waiting: Int, parked: Int) {
        try database.prepare(
            """
            SELECT coalesce(sum(state IN ('pending', 'sending')), 0), coalesce(sum(state = 'parked' AND created_at >= ?1), 0)
            FROM deliveries
            """
        ).bind(1, moment).first { ($0.int(0), $0.int(1)) } ?? (0, 0)
    }

    /// The number that Telegram gave to the message before this one; `nil` where it has not told it. Any message of ours with
    /// a higher number is this one.
    public func telegramMessage(before alertID: String) throws(StorageError) -> Int64? {
        try database.prepare(
            """
            SELECT d.reference FROM deliveries d JOIN alerts a ON a.id = d.alert_id WHERE d.channel = 'telegram'
                AND a.sequence < (SELECT sequence FROM alerts WHERE id = ?1) ORDER BY a.sequence DESC LIMIT 1
            """
        ).bind(1, alertID).first { $0.textOrNil(0).flatMap { Int64($0) } } ?? nil
    }

    // MARK: Commands

    /// Writes a command down; `false` where it is there already.
    public func insert(_ command: StoredCommand) throws(StorageError) -> Bool {
        try database.prepare(
            """
            INSERT OR IGNORE INTO commands (update_id, chat, user, name, sent_at, text, state, answer)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """
        ).bind(1, command.update.id).bind(2, command.update.chat).bind(3, command.update.user)
            .bind(4, command.update.name).bind(5, command.update.sentAt).bind(6, command.update.text)
            .bind(7, command.state.rawValue).bind(8, command.answer).run()
        return database.changes == 1
    }

    public func mark(_ update: Int64, _ state: StoredCommand.State, answer: String = "") throws(StorageError) {
        try database.prepare("UPDATE commands SET state = ?2, answer = ?3 WHERE update_id = ?1").bind(1, update)
            .bind(2, state.rawValue).bind(3, answer).run()
    }

    /// Commands of which something is to be done, oldest first.
    public func openCommands() throws(StorageError) -> [StoredCommand] {
        try commands(where: "state IN ('received', 'acting')")
    }

    /// All commands that are kept, oldest first.
    public func commands() throws(StorageError) -> [StoredCommand] { try commands(where: "true") }

    private func commands(where condition: String) throws(StorageError) -> [StoredCommand] {
        try database.prepare(
            "SELECT update_id, chat, user, name, sent_at, text, state, answer FROM commands WHERE \(condition) ORDER BY update_id"
        ).all { (row) throws(StorageError) in
            var update = TelegramUpdate(id: row.int64(0))
            (update.chat, update.user, update.name) = (row.text(1), row.text(2), row.text(3))
            update.sentAt = row.time(4)
            update.text = row.text(5)
            return StoredCommand(update: update, state: try row.value(6), answer: row.text(7))
        }
    }

    // MARK: Mutes

    /// `nil` is every rule; a moment that is over ends it.
    public func mute(_ rule: AlertRule?, until: WallTime, who: String) throws(StorageError) {
        try database.prepare("INSERT OR REPLACE INTO mutes (rule, until, who) VALUES (?1, ?2, ?3)")
            .bind(1, rule?.rawValue ?? "").bind(2, until).bind(3, who).run()
    }

    public func mutes() throws(StorageError) -> [(rule: AlertRule?, until: WallTime)] {
        try database.prepare("SELECT rule, until FROM mutes").all { (row) throws(StorageError) in
            (row.text(0).isEmpty ? nil : try row.value(0, as: AlertRule.self), row.time(1))
        }
    }

    /// Moves what the write-ahead log holds into the file, in an idle moment.
    public func tidy() { database.tidy() }

    /// Releases the file.
    public func shut() { database.shut() }
}

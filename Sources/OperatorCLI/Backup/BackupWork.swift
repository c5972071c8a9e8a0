import Glibc
import ServiceRuntime
import Storage
import TradingModel
import Wire

/// Makes a backup beside running services.
struct BackupWork {
    let books: Books
    let configuration: String?
    let say: (String) -> Void

    /// Risk before execution, so that execution's journal in a backup is never older than what risk believes was ordered;
    /// the others before both, since they can be made again from them or from the market.
    static let order = [
        "dashboard.sqlite", "alerts.sqlite", "feed.sqlite", "strategy.sqlite", "risk.sqlite", "execution.sqlite",
    ]

    /// Everything ends up in `target`, which is not there before and complete when it is there.
    func run(to target: String) throws(Failure) -> BackupManifest {
        guard Machine.facts(target) == nil else {
            throw Failure(
                "\(target) is there already: a backup overwrites nothing, so name a directory that is not there")
        }
        let files = books.allFiles.filter { Machine.facts($0.path) != nil }
            .sorted { (Self.order.firstIndex(of: $0.name) ?? 0) < (Self.order.firstIndex(of: $1.name) ?? 0) }
        guard !files.isEmpty else { throw Failure("there is no database in \(books.directory) to back up") }
        let half = target + ".half"
        try FileWork.makeDirectory(half)
        var names = files.map(\.name) + [BackupManifest.fileName, "quartet.yaml"]
        names += names.flatMap { ["\($0).redo", "\($0).lock", "\($0)-wal", "\($0)-shm", "\($0)-journal"] }
        do throws(Failure) {
            let manifest = try fill(half, files)
            try FileWork.move(half, to: target)
            return manifest
        } catch {
            FileWork.discard(half, files: names)
            throw error
        }
    }

    private func fill(_ half: String, _ files: [Books.File]) throws(Failure) -> BackupManifest {
        var manifest = BackupManifest()
        manifest.version = "0.1.0"
        manifest.begunAt = .now
        manifest.dataDirectory = books.directory
        for file in files {
            say("copying \(file.name)")
            try copy(file, to: "\(half)/\(file.name)")
        }
        manifest.endedAt = .now
        for file in files {
            say("verifying \(file.name)")
            manifest.files.append(try Self.verified("\(half)/\(file.name)", file))
        }
        if let configuration {
            try FileWork.copy(configuration, to: half + "/quartet.yaml")
            let (hex, bytes) = try FileWork.digest(of: half + "/quartet.yaml")
            manifest.files.append(.init(name: "quartet.yaml", bytes: bytes, sha256: hex, schema: nil))
        }
        try FileWork.write(JSONText.of(manifest) + "\n", to: "\(half)/\(BackupManifest.fileName)")
        try FileWork.sync(half)
        return manifest
    }

    /// The databases whose newest rows stand in a redo log beside them.
    private static let haveRedo: Set = ["execution.sqlite", "risk.sqlite"]

    private func copy(_ file: Books.File, to target: String) throws(Failure) {
        do throws(StorageError) {
            guard Self.haveRedo.contains(file.name) else {
                _ = try DatabaseCopy.copy(file.path, to: target)
                return
            }
            // What orders wait for is in the redo log first and in the tables a moment later. The log is copied before the
            // file: what is folded meanwhile is in the file, and the rest is in the copy of the log.
            if Machine.facts(file.path + ".redo") != nil {
                do throws(Failure) { try FileWork.copy(file.path + ".redo", to: target + ".redo") } catch {
                    throw StorageError(code: .failed, description: error.description)
                }
            }
            _ = try DatabaseCopy.copy(file.path, to: target)
            // Opening it folds the log into the tables.
            if file.name == "risk.sqlite" {
                try RiskStore(path: target, access: .readWrite(owner: "backup"), durability: .power).shut()
            } else {
                try ExecutionStore(path: target, access: .readWrite(owner: "backup"), durability: .power).shut()
            }
            for name in [".redo", ".lock"] { unlink(target + name) }
            // Opening it made it a database of three files again.
            let whole = target + ".whole"
            _ = try DatabaseCopy.copy(target, to: whole)
            for name in ["", "-wal", "-shm"] { unlink(target + name) }
            guard rename(whole, target) == 0 else {
                throw StorageError(code: .failed, description: "\(whole) cannot be renamed (\(FileWork.reason()))")
            }
        } catch {
            throw Failure(error.description)
        }
    }

    /// Proves a copy whole, execution's also to the last digit, and describes it.
    static func verified(_ path: String, _ file: Books.File) throws(Failure) -> BackupManifest.File {
        let schema: Int
        do throws(StorageError) {
            schema = try DatabaseCopy.check(path)
            if file.name == "execution.sqlite", schema == file.migrations.count {
                let store = try ExecutionStore(path: path, access: .readOnly)
                defer { store.shut() }
                if let difference = try store.verify().difference {
                    throw StorageError(
                        code: .corrupt, description: "the books in \(path) do not balance: \(difference)")
                }
            }
        } catch {
            throw Failure(error.description)
        }
        try FileWork.sync(path)
        let (hex, bytes) = try FileWork.digest(of: path)
        return .init(name: file.name, bytes: bytes, sha256: hex, schema: schema)
    }
}

/// Puts a backup in place of a data directory.
struct RestoreWork {
    let books: Books
    let runDirectory: String
    let say: (String) -> Void

    struct Done {
        var manifest: BackupManifest
        /// Where the data directory of before is now; `nil` where there was none.
        var aside: String?
    }

    func run(from source: String) throws(Failure) -> Done {
        let manifest = try examine(source)
        let locks = try holdStill()
        defer { for lock in locks { close(lock) } }
        let data = books.directory
        let half = data + ".restoring"
        guard Machine.facts(half) == nil else {
            throw Failure("\(half) is left over from a restore that did not end: look at it, remove it, then try again")
        }
        try FileWork.makeDirectory(half)
        let databases = manifest.files.filter { $0.schema != nil }
        do throws(Failure) {
            for file in databases {
                say("restoring \(file.name)")
                try FileWork.copy("\(source)/\(file.name)", to: "\(half)/\(file.name)")
                let (hex, _) = try FileWork.digest(of: "\(half)/\(file.name)")
                guard hex == file.sha256 else { throw Failure("\(half)/\(file.name) was not written as it was read") }
            }
            try FileWork.sync(half)
        } catch {
            FileWork.discard(half, files: databases.map(\.name))
            throw error
        }
        var aside: String?
        if Machine.facts(data) != nil {
            let stamp = String("\(WallTime.now)".prefix(19).filter { $0 != ":" && $0 != "-" })
            let name = "\(data).before-\(stamp)Z"
            guard Machine.facts(name) == nil else { throw Failure("\(name) is there already: try again in a second") }
            try FileWork.move(data, to: name)
            aside = name
        }
        do throws(Failure) {
            try FileWork.move(half, to: data)
        } catch {
            // Nothing was overwritten: what was there comes back.
            if let aside { rename(aside, data) }
            throw error
        }
        return Done(manifest: manifest, aside: aside)
    }

    /// Proves a backup whole before anything is touched.
    func examine(_ source: String) throws(Failure) -> BackupManifest {
        let manifest = try BackupManifest.read(source)
        let known = Dictionary(books.allFiles.map { ($0.name, $0) }) { first, _ in first }
        guard manifest.files.contains(where: { $0.schema != nil }) else {
            throw Failure("\(source) holds no database: there is nothing to restore")
        }
        for file in manifest.files {
            say("verifying \(file.name)")
            let path = "\(source)/\(file.name)"
            guard Machine.facts(path) != nil else { throw Failure("\(path) is missing: the backup is not whole") }
            let (hex, bytes) = try FileWork.digest(of: path)
            guard bytes == file.bytes, hex == file.sha256 else {
                throw Failure(
                    "\(path) is damaged: it has \(bytes) bytes and SHA-256 \(hex.prefix(12))…, the manifest says "
                        + "\(file.bytes) and \(file.sha256.prefix(12))…; nothing was touched")
            }
            guard let schema = file.schema else { continue }
            guard let book = known[file.name] else {
                throw Failure("\(file.name) is no database of this program: restore it with the program that made it")
            }
            guard schema <= book.migrations.count else {
                throw Failure(
                    "\(path) has schema \(schema), this program knows \(book.migrations.count): restore it with the newer program; nothing was touched"
                )
            }
            _ = try BackupWork.verified(path, book)
        }
        return manifest
    }

    /// Takes every service's lock, so that none runs and none starts meanwhile.
    private func holdStill() throws(Failure) -> [Int32] {
        var held: [Int32] = []
        func release() { for lock in held { close(lock) } }
        for service in ServiceName.programs {
            if UnixSocket.isListening(path: "\(runDirectory)/\(service.rawValue).rep") {
                release()
                throw Failure("\(service.rawValue) runs: stop everything with quartet down, then restore")
            }
            for path in [
                "\(books.directory)/\(service.rawValue).lock", "\(books.directory)/\(service.rawValue).sqlite.lock",
            ]
            where Machine.facts(path) != nil {
                let descriptor = open(path, O_RDWR | O_CLOEXEC)
                guard descriptor >= 0 else { continue }
                guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                    close(descriptor)
                    release()
                    throw Failure("\(service.rawValue) runs and holds \(path): stop it with quartet down, then restore")
                }
                held.append(descriptor)
            }
        }
        return held
    }
}

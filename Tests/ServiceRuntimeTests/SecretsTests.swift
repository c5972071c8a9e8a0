import Testing
import Wire

@testable import ServiceRuntime

@Suite("Secrets")
struct SecretsTests {
    @Test("a secret shows a mask wherever it is printed")
    func masks() {
        let secret = Secret("hush")
        struct Holder { let secret: Secret }
        var dumped = ""
        dump(Holder(secret: secret), to: &dumped)
        for text in [
            "\(secret)", String(describing: secret), String(reflecting: secret), "\(Holder(secret: secret))",
            "\([secret])", dumped,
        ] {
            #expect(!text.contains("hush"), "\(text)")
        }
        #expect(secret.reveal() == "hush")
    }

    @Test("each service reads its own secrets and no others")
    func owners() throws {
        let environment = Dictionary(
            uniqueKeysWithValues: SecretName.allCases.map { ($0.rawValue, "value-of-" + $0.rawValue) })
        for service in ServiceName.allCases {
            let secrets = try Secrets.load(for: service, environment: environment)
            for name in SecretName.allCases {
                #expect((secrets[name] != nil) == (name.owner == service), "\(service) \(name)")
            }
        }
        for service in [ServiceName.feed, .risk] {
            #expect(!SecretName.allCases.contains { $0.owner == service })
        }
    }

    @Test("a secret may come from a file that only its owner reads")
    func files() throws {
        let folder = try TemporaryFolder()
        try folder.write("  the-key\n", to: "key")
        let secrets = try Secrets.load(
            for: .execution, environment: ["BINANCE_API_KEY_FILE": folder.path("key"), "BINANCE_API_SECRET": ""])
        #expect(secrets[.binanceAPIKey]?.reveal() == "the-key")
        #expect(secrets[.binanceAPISecret] == nil)
    }

    @Test("what is wrong with a secret is told without the secret, all at once")
    func refusals() throws {
        let folder = try TemporaryFolder()
        try folder.write("hush", to: "open", mode: 0o644)
        try folder.write("hush hush\nhush", to: "lines")
        try folder.write("\n", to: "empty")
        let environment = [
            "BINANCE_API_KEY": "hush", "BINANCE_API_KEY_FILE": folder.path("lines"),
            "BINANCE_API_SECRET_FILE": folder.path("open"),
            "BYBIT_API_KEY": "hu sh", "BYBIT_API_SECRET_FILE": folder.path("missing"),
            "MEXC_API_KEY_FILE": folder.path("lines"),
            "MEXC_API_SECRET_FILE": folder.path("empty"),
        ]
        let error = #expect(throws: SettingsError.self) { try Secrets.load(for: .execution, environment: environment) }
        #expect(
            Set(error?.problems.map(\.description) ?? []) == [
                "BINANCE_API_KEY and BINANCE_API_KEY_FILE are both set: keep one of them.",
                "BINANCE_API_SECRET_FILE names \(folder.path("open")), which other users may read: run chmod 600 \(folder.path("open")).",
                "BYBIT_API_KEY contains blanks or control characters: set it to the bare value.",
                "BYBIT_API_SECRET_FILE names \(folder.path("missing")), which cannot be read (no such file or directory).",
                "MEXC_API_KEY_FILE names \(folder.path("lines")), which does not hold one line with the bare value.",
                "MEXC_API_SECRET_FILE names \(folder.path("empty")), which does not hold one line with the bare value.",
            ])
        #expect(!"\(error as Any)".contains("hush"))
    }

    @Test("the report says which are set and where, and shows none")
    func report() throws {
        let rows = SettingsReport.secretRows(environment: [
            "DEEPSEEK_API_KEY": "hush", "MEXC_API_KEY_FILE": "/keys/mexc",
        ])
        let byKey = Dictionary(uniqueKeysWithValues: rows.map { ($0.key, $0) })
        #expect(byKey["DEEPSEEK_API_KEY"]?.origin == "environment")
        #expect(byKey["DEEPSEEK_API_KEY"]?.value == "••••")
        #expect(byKey["MEXC_API_KEY"]?.origin == "file /keys/mexc")
        #expect(byKey["TELEGRAM_BOT_TOKEN"]?.origin == "not set")
        #expect(byKey["TELEGRAM_BOT_TOKEN"]?.value == "")
        #expect(!"\(rows)".contains("hush"))
    }
}

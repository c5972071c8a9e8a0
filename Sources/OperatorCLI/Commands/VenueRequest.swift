import ArgumentParser
import Glibc
import JSONText
import VenueTrading

struct VenueRequest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request",
        abstract: "Show the exact HTTP request an order, cancel or query would become. Nothing is sent.",
        discussion: """
            EXAMPLES
              echo '{"symbol":"BTC/USDT","side":"buy","type":"limit","quantity":"0.01","price":"60000"}' |
                quartet venue request --venue binance --key K --secret S --timestamp 1700000000000 -
              quartet venue request --venue bybit --kind cancel ORDER.json --json | jq -r .body
              quartet venue request CASE.json

            ORDER.json is one object. An order has symbol (BTC/USDT, or BTC/USDT:USDT for a perpetual), side, type \
            (market, limit, stop_market, stop_limit, take_profit_market, take_profit_limit), quantity or cost, price, \
            stopPrice, timeInForce (GTC, IOC, FOK, PO), postOnly, reduceOnly, clientOrderId; a cancel or query has \
            symbol and clientOrderId or orderId. What goes to the exchange in its own words stands in params. \
            A call of ccxt is understood as well: {"exchange":"bybit","method":"createOrder","input":[…]}. \
            exchange, kind, key, secret, timestamp and recvWindow may stand in the file instead of on the command line; \
            instrument {"tickSize","lotSize"} names the steps to round to. See docs/commands.md.

            The keys are for signing this one text and should be test keys: a command line is seen by everyone on the \
            machine. An order that contradicts itself is refused with one sentence; the status is 1 then.
            """)
    @OptionGroup var options: SharedOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "binance, bybit or mexc (the symbol says spot or derivative), or binance-spot, binance-usdm, bybit-spot, bybit-linear, mexc-spot.",
            valueName: "venue"))
    var venue: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What to do: \(OrderForm.kinds.joined(separator: ", ")). An object with a side is a create.",
            valueName: "kind"))
    var kind: String?

    @Option(name: .long, help: ArgumentHelp("The API key to sign with.", valueName: "key"))
    var key: String?

    @Option(name: .long, help: ArgumentHelp("The API secret to sign with.", valueName: "secret"))
    var secret: String?

    @Option(name: .long, help: ArgumentHelp("Milliseconds since 1970; now where it is not given.", valueName: "ms"))
    var timestamp: Int64?

    @Option(name: .long, help: ArgumentHelp("How long the request is good, in milliseconds.", valueName: "ms"))
    var recvWindow: Int?

    @Flag(name: .long, help: "For the exchange's test network.")
    var testnet = false

    @Argument(help: "The order, cancel, query or ccxt call as JSON; - reads standard input.")
    var file: String

    func run() throws {
        let value = try VenueRequest.read(file)
        let output = options.output
        do {
            let context = try context(value)
            if let text = value["string_to_sign"], case .string(let text) = text {
                return show(signed: text, Signer.signature(of: text, secret: context.secret), output)
            }
            let form = try OrderForm.read(value, defaults: .init(venue: venue, kind: kind))
            var request = try RequestDesk.request(for: form, context: context, isTestnet: testnet)
            if key == nil, value["key"] == nil, value["apiKey"] == nil, value["api_key"] == nil {
                request.notes.append("no key was given: it is signed with made-up ones")
            }
            show(request, form.market, context, output)
        } catch let refusal as CallRefusal {
            throw Failure(refusal.description)
        }
    }

    /// The keys and the moment: the command line first, then the file.
    private func context(_ value: JSONValue) throws -> SigningContext {
        func text(_ names: String...) -> String? {
            names.lazy.compactMap { try? value[$0]?.node.text() }.first
        }
        var window = recvWindow
        if window == nil, let text = text("recvWindow", "recv_window") { window = Int(text) }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let present = Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
        return SigningContext(
            key: key ?? text("key", "apiKey", "api_key") ?? "test-key",
            secret: secret ?? text("secret") ?? "test-secret",
            timestamp: timestamp ?? text("timestamp").flatMap { Int64($0) } ?? present, receiveWindow: window)
    }

    private func show(
        _ request: TradingRequest, _ market: TradingMarket, _ context: SigningContext, _ output: Output
    ) {
        guard options.json else {
            output.lines(VenueRequest.lines(request))
            for note in request.notes { output.remark(note) }
            return
        }
        let headers = JSONObject(request.headers.map { ($0.name, JSONValue.string($0.value)) })
        let object = JSONObject([
            ("venue", .string(market.venue.rawValue)), ("market", .string(market.rawValue)),
            ("method", .string(request.method.rawValue)), ("url", .string(request.url)),
            ("headers", .object(headers)), ("body", request.body.isEmpty ? .null : .string(request.body)),
            ("signature", request.signature.isEmpty ? .null : .string(request.signature)),
            ("signedText", request.signedText.isEmpty ? .null : .string(request.signedText)),
            ("parameters", request.parameters), ("timestamp", JSONValue(context.timestamp)),
            ("notes", .array(request.notes.map { .string($0) })),
        ])
        output.line(JSONValue.object(object).text())
    }

    private func show(signed text: String, _ signature: String, _ output: Output) {
        guard options.json else { return output.line(signature) }
        let object = JSONObject([("signedText", JSONValue.string(text)), ("signature", .string(signature))])
        output.line(JSONValue.object(object).text())
    }

    private static func lines(_ request: TradingRequest) -> [String] {
        var lines = [request.method.rawValue + " " + request.url]
        lines += request.headers.map { $0.name + ": " + $0.value }
        if !request.body.isEmpty { lines += ["", request.body] }
        return lines
    }

    /// The JSON of a file, or of standard input for `-`.
    static func read(_ file: String) throws(Failure) -> JSONValue {
        let descriptor = file == "-" ? 0 : open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("\(file) cannot be read: \(String(cString: strerror(errno)))") }
        defer { if descriptor > 0 { close(descriptor) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw Failure("\(file) cannot be read: \(String(cString: strerror(errno)))") }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        do throws(JSONError) {
            return try JSONValue.parse(bytes)
        } catch {
            throw Failure("\(file == "-" ? "standard input" : file) is not JSON: \(error)")
        }
    }
}

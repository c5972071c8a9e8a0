import AgentCore
import Foundation
import JSONText
import TradingModel

/// What is traded in these tests.
func symbols(_ names: String...) -> [Symbol] { names.compactMap { Symbol($0) } }

func symbol(_ name: String) -> Symbol { Symbol(name)! }

let common = symbols("BTC/USDT", "ETH/USDT", "SOL/USDT", "BNB/USDT", "XRP/USDT", "DOGE/USDT", "HYPE/USDT")

func parse(
    _ text: String, symbols: [Symbol] = common, positions: [Symbol: PositionSide]? = nil
) -> ParsedAnswer {
    var parser = AnswerParser(context: AnswerContext(symbols: symbols, positions: positions))
    return parser.parse(text)
}

/// `SOL/USDT OPEN_SHORT>HOLD`: the symbol, what was asked, what became of it.
func said(_ answer: ParsedAnswer) -> String {
    answer.decisions.map { judged in
        let symbol = judged.decision.symbol?.name ?? (judged.askedSymbol.isEmpty ? "-" : judged.askedSymbol)
        return "\(symbol) \(judged.asked)>\(judged.decision.action.rawValue)"
    }.joined(separator: "; ")
}

func codes(_ answer: ParsedAnswer) -> [String] {
    var seen: [String] = []
    for cause in answer.allCauses {
        let code = cause.field.isEmpty ? cause.reason.rawValue : "\(cause.reason.rawValue)/\(cause.field)"
        if !seen.contains(code) { seen.append(code) }
    }
    return seen
}

func kinds(_ answer: ParsedAnswer) -> Set<RepairKind> { Set(answer.repairs.map(\.kind)) }

/// A decision that keeps the schema, with some of its members replaced or (`nil`) left out.
func decision(_ changes: KeyValuePairs<String, String?> = [:]) -> String {
    var members: [(String, String)] = [
        ("action", "\"OPEN_LONG\""), ("symbol", "\"BTC/USDT\""), ("leverage", "5"), ("position_size_percent", "10"),
        ("stop_loss_percent", "-2"), ("take_profit_percent", "6"), ("reasoning", "\"trend\""), ("confidence", "0.8"),
    ]
    for (key, value) in changes {
        members.removeAll { $0.0 == key && (value == nil || !key.hasSuffix("!")) }
        if let value { members.append((key, value)) }
    }
    return "{" + members.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + "}"
}

/// The recorded answers beside the project; empty where they are not there.
struct RecordedAnswers {
    struct Sample {
        var id: String
        var kind: String
        var text: String
    }

    static let all: [Sample] = {
        let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        for base in [root.deletingLastPathComponent(), root] {
            let file = base.appendingPathComponent("shared/data/llm/llm_outputs.jsonl")
            guard let data = try? Data(contentsOf: file) else { continue }
            return data.split(separator: 0x0a).compactMap { line in
                guard let value = try? JSONValue.parse(Array(line)), case .string(let id) = value["id"],
                    case .string(let kind) = value["kind"], case .string(let text) = value["raw_text"]
                else { return nil }
                return Sample(id: id, kind: kind, text: text)
            }
        }
        print("the recorded answers of models (../shared/data/llm) are not here: what needs them is skipped")
        return []
    }()
}

/// What a model can ask for with one word.
enum AskedAction: UInt8, Sendable {
    case openLong, openShort, close, closeLong, closeShort, hold
    /// A side of an order; what it does to a position depends on the position.
    case buy, sell
    /// To open, without a side.
    case open
    /// Something that is understood and not offered: a part of a position, a moved stop.
    case notOffered
    /// An example that lists alternatives.
    case example
    case unknown

    var isOpening: Bool { self == .openLong || self == .openShort }
    var isClosing: Bool { self == .close || self == .closeLong || self == .closeShort }
}

/// What a member of an object is, by its name.
enum FieldName: UInt8 {
    case action
    /// Names under which an action may stand, and other things too.
    case looseAction
    case side
    case symbol
    case leverage
    case size
    case sizeWithoutUnit
    case stop
    case stopWithoutUnit
    case target
    case targetWithoutUnit
    case confidence
    case reasoning
    case invalidation
    case quantity
    /// How much of a position a close is to take.
    case closedPart
    case error
}

/// The words of models, looked up by their letters and digits in lower case.
struct DecisionWords: Sendable {
    /// How a name relates to the schema.
    struct Field {
        var name: FieldName
        /// The schema's own spelling.
        var isExact: Bool
    }

    private var fields = WordTable<Field>()
    private var actions = WordTable<AskedAction>()

    static let shared = DecisionWords()

    private init() {
        for (name, exact, others) in Self.fieldNames {
            if !exact.isEmpty { fields.insert(KeyHash.of(exact), Field(name: name, isExact: true)) }
            for other in others { fields.insert(KeyHash.of(other), Field(name: name, isExact: false)) }
        }
        for (action, words) in Self.actionWords {
            for word in words { actions.insert(KeyHash.of(word), action) }
        }
    }

    func field(_ key: UInt64) -> Field? { fields[key] }
    func action(_ key: UInt64) -> AskedAction? { actions[key] }

    private static let fieldNames: [(FieldName, String, [String])] = [
        (.action, "action", ["trade_action", "trading_action", "decision_action", "动作", "操作"]),
        (
            .looseAction, "",
            ["signal", "decision", "type", "operation", "recommendation", "order_type", "order_side", "trade"]
        ),
        (.side, "", ["side", "direction", "position_side", "方向"]),
        (
            .symbol, "symbol",
            ["coin", "asset", "pair", "trading_pair", "instrument", "ticker", "inst_id", "币种", "交易对"]
        ),
        (.leverage, "leverage", ["lev", "leverage_x", "杠杆"]),
        (
            .size, "position_size_percent",
            [
                "position_size_pct", "position_size%", "size_percent", "size_pct", "position_percent", "position_pct",
                "position_size_percentage", "size_percentage", "capital_percent", "capital_pct", "allocation_percent",
                "allocation_pct", "portfolio_percent", "equity_percent",
            ]
        ),
        (
            .sizeWithoutUnit, "",
            [
                "position_size", "size", "amount", "notional", "position_size_usd", "size_usd", "amount_usd",
                "notional_usd", "margin_usd", "position_size_usdt", "size_usdt", "usd_amount", "allocation", "仓位",
            ]
        ),
        (.quantity, "", ["quantity", "qty"]),
        (
            .stop, "stop_loss_percent",
            [
                "stop_loss_pct", "stop_loss%", "stoploss_percentage", "stop_loss_percentage", "sl_percent", "sl_pct",
                "stop_percent", "stop_pct",
            ]
        ),
        (.stopWithoutUnit, "", ["stop_loss", "stop", "sl", "stop_loss_price", "stop_price", "止损"]),
        (
            .target, "take_profit_percent",
            [
                "take_profit_pct", "take_profit%", "take_profit_percentage", "tp_percent", "tp_pct",
                "profit_target_percent",
                "profit_target_pct", "target_percent", "target_pct",
            ]
        ),
        (
            .targetWithoutUnit, "",
            [
                "take_profit", "tp", "profit_target", "target", "take_profit_price", "target_price",
                "take_profit_targets", "止盈",
            ]
        ),
        (.confidence, "confidence", ["confidence_score", "confidence_level", "conviction", "信心度", "置信度"]),
        (
            .reasoning, "reasoning",
            ["reason", "rationale", "justification", "explanation", "operation_comment", "理由"]
        ),
        (.invalidation, "invalidation_condition", ["invalidation", "invalidation_conditions", "exit_condition"]),
        (
            .closedPart, "",
            [
                "close_percent", "close_percentage", "close_pct", "close_fraction", "close_ratio", "close_portion",
                "percent_to_close", "percentage_to_close", "portion", "close_size_percent", "平仓比例",
            ]
        ),
        (.error, "", ["error"]),
    ]

    private static let actionWords: [(AskedAction, [String])] = [
        (
            .openLong,
            [
                "OPEN_LONG", "LONG", "BUY_TO_ENTER", "BUY_TO_OPEN", "ENTER_LONG", "GO_LONG", "LONG_ENTRY", "BUY_LONG",
                "OPEN_BUY", "NEW_LONG", "STRONG_BUY", "做多", "开多", "开多仓", "开多单", "买入做多",
            ]
        ),
        (
            .openShort,
            [
                "OPEN_SHORT", "SHORT", "SELL_TO_ENTER", "SELL_TO_OPEN", "ENTER_SHORT", "GO_SHORT", "SHORT_ENTRY",
                "SELL_SHORT", "SHORT_SELL", "OPEN_SELL", "NEW_SHORT", "STRONG_SELL", "做空", "开空", "开空仓", "开空单", "卖出做空",
            ]
        ),
        (.close, ["CLOSE", "CLOSE_POSITION", "EXIT", "EXIT_POSITION", "FLAT", "FLATTEN", "CLOSE_TRADE", "平仓", "清仓"]),
        (
            .closeLong,
            ["CLOSE_LONG", "EXIT_LONG", "SELL_TO_CLOSE", "SELL_TO_EXIT", "CLOSE_LONG_POSITION", "平多", "平多仓"]
        ),
        (
            .closeShort,
            [
                "CLOSE_SHORT", "EXIT_SHORT", "BUY_TO_CLOSE", "BUY_TO_EXIT", "BUY_TO_COVER", "COVER", "COVER_SHORT",
                "CLOSE_SHORT_POSITION", "平空", "平空仓",
            ]
        ),
        (
            .hold,
            [
                "HOLD", "WAIT", "NO_ENTRY", "NO_TRADE", "NO_ACTION", "NONE", "NOTHING", "DO_NOTHING", "STAY", "SKIP",
                "PASS", "WATCH", "OBSERVE", "NEUTRAL", "KEEP", "MAINTAIN", "MAINTAIN_POSITION", "HOLD_POSITION",
                "STAY_OUT", "STAND_ASIDE", "STAY_FLAT", "HOLD_LONG", "HOLD_SHORT", "KEEP_POSITION", "MONITOR", "NO_OP",
                "NOOP", "WAIT_AND_SEE", "AVOID", "观望", "持有", "等待", "持仓", "保持", "不操作", "继续持有",
            ]
        ),
        (.buy, ["BUY", "买入", "买"]),
        (.sell, ["SELL", "卖出", "卖"]),
        (.open, ["OPEN", "ENTER", "ENTRY", "OPEN_POSITION", "ENTER_POSITION", "开仓"]),
        (
            .notOffered,
            [
                "REDUCE", "REDUCE_POSITION", "PARTIAL_CLOSE", "CLOSE_PARTIAL", "SCALE_OUT", "TAKE_PROFIT",
                "TAKE_PARTIAL_PROFIT", "TRIM", "ADD", "ADD_POSITION", "ADD_TO_POSITION", "SCALE_IN", "INCREASE",
                "INCREASE_POSITION", "DECREASE", "DCA", "REVERSE", "FLIP", "HEDGE", "CLOSE_ALL", "CLOSE_ALL_POSITIONS",
                "EXIT_ALL", "UPDATE_STOP_LOSS", "UPDATE_TAKE_PROFIT", "UPDATE_STOP", "MOVE_STOP", "MOVE_STOP_LOSS",
                "ADJUST_STOP", "ADJUST_STOP_LOSS", "ADJUST", "MODIFY", "UPDATE", "CANCEL", "CANCEL_ORDER", "STOP_LOSS",
                "SET_STOP_LOSS", "REBALANCE", "减仓", "加仓", "反手", "部分平仓",
            ]
        ),
    ]
}

/// A hash table of fixed size for keys that are hashes already.
private struct WordTable<Value: Sendable>: Sendable {
    private var keys = [UInt64](repeating: 0, count: 1_024)
    private var values = [Value?](repeating: nil, count: 1_024)

    mutating func insert(_ key: UInt64, _ value: Value) {
        var slot = Int(truncatingIfNeeded: key & 1_023)
        while values[slot] != nil, keys[slot] != key { slot = (slot + 1) & 1_023 }
        keys[slot] = key
        values[slot] = value
    }

    subscript(key: UInt64) -> Value? {
        var slot = Int(truncatingIfNeeded: key & 1_023)
        while let value = values[slot] {
            if keys[slot] == key { return value }
            slot = (slot + 1) & 1_023
        }
        return nil
    }
}

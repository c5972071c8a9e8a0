import ExecutionCore
import Simulation
import TradingModel

/// What a backtest did, row by row, under the column names of the services' databases, so that the two can be held against
/// each other.
enum LedgerCSV {
    static func orders(_ orders: [Order]) -> String {
        var lines = [
            "client_order_id,proposal_id,strategy,symbol,side,type,quantity,limit_price,stop_price,time_in_force,is_reduce_only,"
                + "is_post_only,leverage,purpose,exit_reason,reference_price,decided_at,status,venue_order_id,filled_quantity,"
                + "filled_notional,reason,created_at,updated_at"
        ]
        for order in orders {
            let request = order.request
            lines.append(
                row([
                    request.clientOrderID.text, request.proposalID, request.strategy, request.symbol.name,
                    request.side.rawValue, request.type.rawValue, "\(request.quantity)", text(request.limitPrice),
                    text(request.stopPrice), request.timeInForce.rawValue, request.isReduceOnly ? "1" : "0",
                    request.isPostOnly ? "1" : "0", "\(request.leverage)", request.purpose.rawValue,
                    request.exitReason?.rawValue ?? "", "\(request.referencePrice)", "\(request.decidedAt.micros)",
                    order.status.rawValue, order.venueOrderID ?? "", "\(order.filledQuantity)",
                    "\(order.filledNotional)", order.reason ?? "", "\(order.createdAt.micros)",
                    "\(order.updatedAt.micros)",
                ]))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    static func fills(_ fills: [Fill]) -> String {
        var lines = [
            "fill_id,client_order_id,symbol,side,price,quantity,fee,fee_currency,liquidity,realized_pnl,event_time"
        ]
        for fill in fills {
            lines.append(
                row([
                    fill.id, fill.clientOrderID.text, fill.symbol.name, fill.side.rawValue, "\(fill.price)",
                    "\(fill.quantity)", "\(fill.fee)", fill.feeCurrency, fill.liquidity.rawValue,
                    "\(fill.realizedPnL)", "\(fill.eventTime.micros)",
                ]))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    static func decisions(_ decisions: [Decision]) -> String {
        var lines = ["id,symbol,decided_at,regime,action,strategy,confidence,proposal_id,reason"]
        for decision in decisions {
            lines.append(
                row([
                    decision.id, decision.symbol.name, "\(decision.decidedAt.micros)", decision.regime.rawValue,
                    decision.action.rawValue, decision.strategy, "\(decision.confidence)", decision.proposalID ?? "",
                    decision.reason,
                ]))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func text<T: FixedPoint>(_ value: T?) -> String { value.map { "\($0)" } ?? "" }

    private static func row(_ fields: [String]) -> String {
        fields.map { field in
            field.contains { $0 == "," || $0 == "\"" || $0 == "\n" }
                ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
        }.joined(separator: ",")
    }
}

import TradingModel

/// How much all strategies together have open, in full positions, and what the limits still allow.
struct ExposureBook: Sendable {
    private var long = 0.0
    private var short = 0.0
    private let management: Management

    init(_ management: Management) { self.management = management }

    mutating func add(_ share: Double, _ side: PositionSide) {
        if side == .long { long += share } else { short += share }
    }

    /// Why a further entry is not to be made; `nil` where there is room.
    func refusal(of share: Double, _ side: PositionSide) -> String? {
        let (total, ofSide) = (long + short + share, (side == .long ? long : short) + share)
        // Shares are sums of decimals in binary; a limit met exactly is kept.
        let tolerance = 1e-9
        if management.maximumExposure > 0, total > management.maximumExposure + tolerance {
            return
                "all strategies together would have \(Ballot.text(total)) full positions open, more than strategy.max_exposure \(Ballot.text(management.maximumExposure))"
        }
        if management.maximumSideExposure > 0, ofSide > management.maximumSideExposure + tolerance {
            return
                "\(Ballot.text(ofSide)) full \(side.rawValue) positions would be open, more than strategy.max_side_exposure \(Ballot.text(management.maximumSideExposure))"
        }
        return nil
    }
}

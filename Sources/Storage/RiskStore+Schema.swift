extension RiskStore {
    /// Append-only: a released entry is never changed.
    public static let migrations = [
        """
        CREATE TABLE verdicts (
            id INTEGER PRIMARY KEY,
            proposal_id TEXT NOT NULL UNIQUE,
            decision_id TEXT NOT NULL,
            strategy TEXT NOT NULL,
            symbol TEXT NOT NULL,
            action TEXT NOT NULL CHECK (action IN ('enterLong', 'exitLong', 'enterShort', 'exitShort', 'hold')),
            is_approved INTEGER NOT NULL CHECK (is_approved IN (0, 1)),
            denial_reason TEXT,
            denial_figures TEXT,
            client_order_id TEXT,
            quantity TEXT NOT NULL,
            notional TEXT NOT NULL,
            leverage INTEGER NOT NULL,
            size TEXT NOT NULL,
            stop_loss TEXT,
            take_profit TEXT,
            order_status TEXT,
            decided_at INTEGER NOT NULL,
            CHECK (is_approved = (denial_reason IS NULL)),
            CHECK (is_approved = 0 OR client_order_id IS NOT NULL)
        ) STRICT;
        CREATE INDEX verdicts_by_time ON verdicts (decided_at);
        CREATE TABLE plans (
            row_id INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            symbol TEXT NOT NULL,
            side TEXT NOT NULL CHECK (side IN ('long', 'short')),
            strategy TEXT NOT NULL,
            leverage INTEGER NOT NULL CHECK (leverage >= 1),
            status TEXT NOT NULL CHECK (status IN ('pending', 'active', 'closing', 'spent')),
            entry_order_id TEXT NOT NULL,
            entry_price TEXT NOT NULL,
            quantity TEXT NOT NULL,
            stop_loss TEXT NOT NULL,
            take_profit TEXT NOT NULL,
            time_to_live INTEGER NOT NULL,
            invalidation TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            first_fill_at INTEGER,
            best TEXT NOT NULL,
            resting_stop TEXT NOT NULL,
            exit_reason TEXT,
            exit_order_id TEXT,
            updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX plans_one_open_a_symbol ON plans (symbol) WHERE status <> 'spent';
        CREATE INDEX plans_by_time ON plans (updated_at) WHERE status = 'spent';
        CREATE TABLE order_intents (
            row_id INTEGER PRIMARY KEY,
            client_order_id TEXT NOT NULL UNIQUE CHECK (length(client_order_id) BETWEEN 1 AND 36),
            proposal_id TEXT NOT NULL,
            strategy TEXT NOT NULL,
            symbol TEXT NOT NULL,
            side TEXT NOT NULL CHECK (side IN ('buy', 'sell')),
            type TEXT NOT NULL,
            quantity TEXT NOT NULL,
            limit_price TEXT,
            stop_price TEXT,
            time_in_force TEXT NOT NULL,
            is_reduce_only INTEGER NOT NULL CHECK (is_reduce_only IN (0, 1)),
            is_post_only INTEGER NOT NULL CHECK (is_post_only IN (0, 1)),
            leverage INTEGER NOT NULL,
            purpose TEXT NOT NULL CHECK (purpose IN ('entry', 'exit', 'protective_stop')),
            exit_reason TEXT,
            reference_price TEXT NOT NULL,
            decided_at INTEGER NOT NULL,
            plan_id TEXT NOT NULL,
            attempt INTEGER NOT NULL CHECK (attempt >= 0),
            expires_at INTEGER NOT NULL,
            status TEXT,
            filled_quantity TEXT NOT NULL,
            is_settled INTEGER NOT NULL CHECK (is_settled IN (0, 1)),
            UNIQUE (plan_id, purpose, attempt)
        ) STRICT;
        CREATE INDEX order_intents_open ON order_intents (client_order_id) WHERE is_settled = 0;
        CREATE TABLE control (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            automatic TEXT NOT NULL CHECK (automatic IN ('active', 'reducing', 'halted')),
            automatic_reason TEXT NOT NULL,
            automatic_since INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE holds (
            symbol TEXT PRIMARY KEY,
            state TEXT NOT NULL CHECK (state IN ('active', 'reducing', 'halted')),
            who TEXT NOT NULL,
            why TEXT NOT NULL,
            since INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE state_changes (
            id INTEGER PRIMARY KEY,
            event_time INTEGER NOT NULL,
            wall_time INTEGER NOT NULL,
            symbol TEXT NOT NULL,
            from_state TEXT NOT NULL,
            to_state TEXT NOT NULL,
            who TEXT NOT NULL,
            why TEXT NOT NULL
        ) STRICT;
        CREATE TABLE peak (id INTEGER PRIMARY KEY CHECK (id = 1), equity TEXT NOT NULL) STRICT;
        CREATE TABLE days (
            day INTEGER PRIMARY KEY,
            start_equity TEXT NOT NULL,
            trades INTEGER NOT NULL CHECK (trades >= 0),
            reached_loss TEXT NOT NULL
        ) STRICT;
        """,
        RedoLog.schema,
        // Holds of strategies, the memory of the protections, deposits that have been accounted for, the clock.
        """
        ALTER TABLE state_changes ADD COLUMN strategy TEXT NOT NULL DEFAULT '';
        CREATE TABLE strategy_holds (
            strategy TEXT PRIMARY KEY,
            state TEXT NOT NULL CHECK (state IN ('active', 'reducing', 'halted')),
            who TEXT NOT NULL,
            why TEXT NOT NULL,
            since INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE closed_trades (
            id TEXT PRIMARY KEY,
            symbol TEXT NOT NULL,
            side TEXT NOT NULL CHECK (side IN ('long', 'short')),
            closed_at INTEGER NOT NULL,
            reason TEXT NOT NULL,
            profit TEXT NOT NULL
        ) STRICT;
        CREATE INDEX closed_trades_by_time ON closed_trades (closed_at);
        CREATE TABLE locks (
            protection TEXT NOT NULL,
            symbol TEXT NOT NULL,
            side TEXT NOT NULL,
            since INTEGER NOT NULL,
            until INTEGER NOT NULL,
            reason TEXT NOT NULL,
            PRIMARY KEY (protection, symbol, side)
        ) STRICT;
        CREATE INDEX locks_by_end ON locks (until);
        CREATE TABLE net_deposits (id INTEGER PRIMARY KEY CHECK (id = 1), amount TEXT NOT NULL) STRICT;
        CREATE TABLE clock (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            market_time INTEGER NOT NULL,
            wall_time INTEGER NOT NULL
        ) STRICT;
        """,
    ]
}

extension ExecutionStore {
    /// Append-only: a released entry is never changed.
    public static let migrations = [
        """
        CREATE TABLE orders (
            id INTEGER PRIMARY KEY,
            client_order_id TEXT NOT NULL UNIQUE CHECK (length(client_order_id) BETWEEN 1 AND 36),
            proposal_id TEXT NOT NULL,
            strategy TEXT NOT NULL,
            symbol TEXT NOT NULL,
            side TEXT NOT NULL CHECK (side IN ('buy', 'sell')),
            type TEXT NOT NULL CHECK (type IN ('market', 'limit', 'stop_market', 'stop_limit', 'take_profit_market')),
            quantity TEXT NOT NULL,
            limit_price TEXT,
            stop_price TEXT,
            time_in_force TEXT NOT NULL CHECK (time_in_force IN ('GTC', 'IOC', 'FOK')),
            is_reduce_only INTEGER NOT NULL CHECK (is_reduce_only IN (0, 1)),
            is_post_only INTEGER NOT NULL CHECK (is_post_only IN (0, 1)),
            leverage INTEGER NOT NULL,
            purpose TEXT NOT NULL CHECK (purpose IN ('entry', 'exit', 'protective_stop')),
            exit_reason TEXT,
            reference_price TEXT NOT NULL,
            decided_at INTEGER NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('initialized', 'submitted', 'accepted', 'partially_filled', 'filled',
                'canceled', 'expired', 'rejected', 'denied', 'unresolved')),
            venue_order_id TEXT,
            filled_quantity TEXT NOT NULL,
            filled_notional TEXT NOT NULL,
            reason TEXT,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            is_cancel_requested INTEGER NOT NULL CHECK (is_cancel_requested IN (0, 1)),
            is_external INTEGER NOT NULL CHECK (is_external IN (0, 1)),
            CHECK (status NOT IN ('denied', 'rejected') OR (reason IS NOT NULL AND filled_quantity = '0')),
            CHECK (status NOT IN ('filled', 'partially_filled') OR filled_quantity <> '0')
        ) STRICT;
        CREATE TABLE order_events (
            id INTEGER PRIMARY KEY,
            order_id INTEGER NOT NULL REFERENCES orders (id),
            status TEXT NOT NULL,
            filled_quantity TEXT NOT NULL,
            reason TEXT,
            event_time INTEGER NOT NULL,
            wall_time INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE fills (
            id INTEGER PRIMARY KEY,
            fill_id TEXT NOT NULL UNIQUE,
            order_id INTEGER NOT NULL REFERENCES orders (id),
            symbol TEXT NOT NULL,
            side TEXT NOT NULL CHECK (side IN ('buy', 'sell')),
            price TEXT NOT NULL CHECK (price NOT GLOB '*[^0-9.]*' AND price <> '0'),
            quantity TEXT NOT NULL CHECK (quantity NOT GLOB '*[^0-9.]*' AND quantity <> '0'),
            fee TEXT NOT NULL,
            fee_currency TEXT NOT NULL,
            liquidity TEXT NOT NULL CHECK (liquidity IN ('maker', 'taker')),
            realized_pnl TEXT NOT NULL,
            event_time INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX fills_by_order ON fills (order_id);
        CREATE TABLE positions (
            id INTEGER PRIMARY KEY,
            symbol TEXT NOT NULL,
            side TEXT NOT NULL CHECK (side IN ('long', 'short')),
            quantity TEXT NOT NULL CHECK (quantity NOT GLOB '*[^0-9.]*'),
            cost TEXT NOT NULL,
            leverage INTEGER NOT NULL CHECK (leverage >= 1),
            strategy TEXT NOT NULL,
            proposal_id TEXT NOT NULL,
            opened_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            closed_at INTEGER,
            realized_pnl TEXT NOT NULL,
            fees TEXT NOT NULL,
            entered_quantity TEXT NOT NULL,
            entered_notional TEXT NOT NULL,
            CHECK ((closed_at IS NULL) = (quantity <> '0'))
        ) STRICT;
        CREATE UNIQUE INDEX positions_open ON positions (symbol) WHERE closed_at IS NULL;
        CREATE TABLE trades (
            id INTEGER PRIMARY KEY,
            trade_id TEXT NOT NULL,
            symbol TEXT NOT NULL,
            side TEXT NOT NULL CHECK (side IN ('long', 'short')),
            strategy TEXT NOT NULL,
            leverage INTEGER NOT NULL CHECK (leverage >= 1),
            quantity TEXT NOT NULL,
            entry_price TEXT NOT NULL,
            exit_price TEXT NOT NULL,
            entry_time INTEGER NOT NULL,
            exit_time INTEGER NOT NULL,
            gross_pnl TEXT NOT NULL,
            fees TEXT NOT NULL,
            net_pnl TEXT NOT NULL,
            return_on_margin TEXT NOT NULL,
            exit_reason TEXT NOT NULL,
            closing_fill_id TEXT NOT NULL UNIQUE REFERENCES fills (fill_id)
        ) STRICT;
        CREATE TABLE account (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            starting_balance TEXT NOT NULL,
            net_deposits TEXT NOT NULL,
            realized_pnl TEXT NOT NULL,
            fees TEXT NOT NULL,
            balance TEXT NOT NULL,
            event_time INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE paper_orders (
            client_order_id TEXT NOT NULL PRIMARY KEY REFERENCES orders (client_order_id),
            number INTEGER NOT NULL,
            is_triggered INTEGER NOT NULL CHECK (is_triggered IN (0, 1)),
            has_arrived INTEGER NOT NULL CHECK (has_arrived IN (0, 1))
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE paper_account (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            starting_balance TEXT NOT NULL,
            net_deposits TEXT NOT NULL,
            realized_pnl TEXT NOT NULL,
            fees TEXT NOT NULL,
            balance TEXT NOT NULL,
            event_time INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE paper_positions (
            symbol TEXT NOT NULL PRIMARY KEY,
            matched_at INTEGER NOT NULL,
            side TEXT CHECK (side IN ('long', 'short')),
            quantity TEXT,
            cost TEXT,
            leverage INTEGER,
            opened_at INTEGER,
            updated_at INTEGER,
            realized_pnl TEXT,
            fees TEXT,
            entered_quantity TEXT,
            entered_notional TEXT,
            CHECK ((side IS NULL) = (quantity IS NULL))
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER order_events_grow BEFORE UPDATE ON order_events
            BEGIN SELECT RAISE(ABORT, 'the journal can only grow'); END;
        CREATE TRIGGER order_events_stay BEFORE DELETE ON order_events
            BEGIN SELECT RAISE(ABORT, 'the journal can only grow'); END;
        CREATE TRIGGER orders_stay BEFORE DELETE ON orders
            BEGIN SELECT RAISE(ABORT, 'the journal can only grow'); END;
        CREATE TRIGGER fills_grow BEFORE UPDATE ON fills
            BEGIN SELECT RAISE(ABORT, 'fills can only grow'); END;
        CREATE TRIGGER fills_stay BEFORE DELETE ON fills
            BEGIN SELECT RAISE(ABORT, 'fills can only grow'); END;
        CREATE TRIGGER trades_grow BEFORE UPDATE ON trades
            BEGIN SELECT RAISE(ABORT, 'trades can only grow'); END;
        CREATE TRIGGER trades_stay BEFORE DELETE ON trades
            BEGIN SELECT RAISE(ABORT, 'trades can only grow'); END;
        """,
        RedoLog.schema,
        """
        CREATE TABLE fundings (
            id INTEGER PRIMARY KEY,
            funding_id TEXT NOT NULL UNIQUE,
            symbol TEXT NOT NULL,
            amount TEXT NOT NULL,
            event_time INTEGER NOT NULL,
            after_fill INTEGER NOT NULL
        ) STRICT;
        CREATE TRIGGER fundings_grow BEFORE UPDATE ON fundings
            BEGIN SELECT RAISE(ABORT, 'payments of funding can only grow'); END;
        CREATE TRIGGER fundings_stay BEFORE DELETE ON fundings
            BEGIN SELECT RAISE(ABORT, 'payments of funding can only grow'); END;
        ALTER TABLE fills ADD COLUMN paid_fee TEXT;
        ALTER TABLE fills ADD COLUMN paid_fee_currency TEXT;
        """,
        "ALTER TABLE fills ADD COLUMN dust TEXT",
    ]
}

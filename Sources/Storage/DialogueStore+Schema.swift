extension StrategyStore {
    /// The model's dialogue: question, answer, what was proposed of it and what became of that, joined by the question's id
    /// and, over models and rounds, by the dialogue's, which is the decision id of proposals and verdicts.
    static let dialogueMigration = """
        CREATE TABLE questions (
            id TEXT PRIMARY KEY,
            dialogue_id TEXT NOT NULL,
            round INTEGER NOT NULL CHECK (round BETWEEN 1 AND 2),
            model TEXT NOT NULL,
            strategy TEXT NOT NULL,
            is_simulated INTEGER NOT NULL CHECK (is_simulated IN (0, 1)),
            is_compared INTEGER NOT NULL CHECK (is_compared IN (0, 1)),
            is_complex INTEGER NOT NULL CHECK (is_complex IN (0, 1)),
            boundary INTEGER NOT NULL,
            asked_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            template TEXT NOT NULL,
            dropped TEXT NOT NULL,
            parameters TEXT NOT NULL,
            base_url TEXT NOT NULL,
            cache_key TEXT NOT NULL,
            positions TEXT NOT NULL,
            symbols TEXT NOT NULL,
            prompt BLOB NOT NULL,
            worst_cost TEXT NOT NULL
        ) STRICT;
        CREATE INDEX questions_by_time ON questions (asked_at);
        CREATE INDEX questions_by_dialogue ON questions (dialogue_id);
        CREATE INDEX questions_by_content ON questions (cache_key);
        CREATE TABLE answers (
            question_id TEXT PRIMARY KEY REFERENCES questions (id),
            answered_at INTEGER NOT NULL,
            latency INTEGER NOT NULL,
            outcome TEXT NOT NULL CHECK (outcome IN ('decided', 'held', 'refused', 'failed')),
            is_late INTEGER NOT NULL CHECK (is_late IN (0, 1)),
            is_cached INTEGER NOT NULL CHECK (is_cached IN (0, 1)),
            reason TEXT NOT NULL,
            content BLOB,
            thoughts BLOB,
            finish_reason TEXT NOT NULL,
            provider TEXT NOT NULL,
            response_id TEXT NOT NULL,
            report TEXT NOT NULL,
            prompt_tokens INTEGER NOT NULL,
            answer_tokens INTEGER NOT NULL,
            cost TEXT NOT NULL,
            is_cost_estimate INTEGER NOT NULL CHECK (is_cost_estimate IN (0, 1))
        ) STRICT;
        CREATE TABLE model_proposals (
            id TEXT PRIMARY KEY,
            question_id TEXT NOT NULL REFERENCES questions (id),
            dialogue_id TEXT NOT NULL,
            model TEXT NOT NULL,
            strategy TEXT NOT NULL,
            symbol TEXT NOT NULL,
            action TEXT NOT NULL,
            price TEXT NOT NULL,
            stop_loss TEXT,
            take_profit TEXT,
            leverage INTEGER NOT NULL,
            confidence TEXT NOT NULL,
            reasoning TEXT NOT NULL,
            invalidation TEXT NOT NULL,
            decided_at INTEGER NOT NULL,
            equity TEXT NOT NULL,
            verdict TEXT NOT NULL CHECK (verdict IN ('awaited', 'approved', 'denied', 'unanswered')),
            denial TEXT NOT NULL,
            client_order_id TEXT,
            quantity TEXT,
            order_status TEXT,
            closed_at INTEGER,
            side TEXT,
            entry_price TEXT,
            exit_price TEXT,
            net_pnl TEXT,
            exit_reason TEXT
        ) STRICT;
        CREATE INDEX model_proposals_by_question ON model_proposals (question_id);
        CREATE INDEX model_proposals_by_model ON model_proposals (model, closed_at);
        CREATE TABLE paper_positions (
            id TEXT PRIMARY KEY,
            model TEXT NOT NULL,
            symbol TEXT NOT NULL,
            side TEXT NOT NULL CHECK (side IN ('long', 'short')),
            exposure TEXT NOT NULL,
            entry_price TEXT NOT NULL,
            stop_loss TEXT NOT NULL,
            take_profit TEXT NOT NULL,
            opened_at INTEGER NOT NULL,
            closed_at INTEGER,
            exit_price TEXT,
            exit_reason TEXT,
            result TEXT
        ) STRICT;
        CREATE INDEX paper_positions_by_model ON paper_positions (model, closed_at);
        """
}

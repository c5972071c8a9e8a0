/// What the page does: it follows the events, fetches what changed, falls back to asking every five seconds, and stops trading.
enum PageScript {
    static let app = #"""
        'use strict';
        (() => {
          const $ = id => document.getElementById(id), body = document.body;
          const state = { status: null, metrics: null, positions: [], trades: [], equity: [], candles: null, tab: 'trades', heard: 0, stale: new Set(), stopped: false };
          const tabs = [['trades', 'Trades'], ['decisions', 'Decisions'], ['refusals', 'Refusals'], ['orders', 'Orders'], ['dialogues', 'Model']];

          async function get(path) {
            const answer = await fetch(path, { headers: { Accept: 'application/json' } });
            if (answer.status === 401) { location.reload(); throw new Error('log in'); }
            if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error || answer.statusText);
            return answer.json();
          }

          // --- What is seen at once

          function takeStatus(status) {
            state.heard = Date.now();
            state.status = status;
            link('live', 'live');
            body.dataset.state = status.tradingState;
            const risk = status.risk;
            $('state-word').textContent = { active: 'Trading', reducing: 'Reducing: exits only', halted: 'Halted', unknown: 'Unknown' }[status.tradingState] || status.tradingState;
            $('state-reason').textContent = risk ? risk.reason || 'Nothing stands against trading.' : 'Risk has not been heard: nothing is known of the trading state.';
            $('state-since').textContent = risk && risk.since ? 'since ' + Views.moment(risk.since) + ' UTC' : '';
            $('mode').textContent = status.mode;
            $('mode').classList.toggle('live', status.mode === 'live');
            $('market-time').textContent = status.marketTime ? new Date(status.marketTime / 1000).toISOString().slice(0, 19).replace('T', ' ') + ' UTC' : 'no market time yet';
            $('rate').textContent = status.rate && status.rate !== 1 ? `${status.rate}×` : '';
            $('stop').disabled = status.tradingState === 'halted';
            $('stop').textContent = status.tradingState === 'halted' ? 'Halted' : 'Stop trading';
            $('warn-key').textContent = `Warning ${status.drawdownWarningPct} %`;
            $('halt-key').textContent = `Stop ${status.drawdownStopPct} %`;
            document.title = (status.tradingState === 'active' ? '' : status.tradingState.toUpperCase() + ' · ') + 'Quartet';
            Views.tiles($('tiles'), status, state.metrics);
            Views.services($('services'), status.services);
            Views.feeds($('feeds'), status.feeds);
            $('foot').textContent = `Dashboard up ${Views.span(status.at - status.startedAt)}, revision ${status.revision}`;
            symbols(status.feeds.map(f => f.symbol));
          }

          function takePositions(list) {
            state.positions = list.items;
            $('positions-count').textContent = list.items.length ? String(list.items.length) : '';
            Views.positions($('positions'), list.items);
          }

          function link(name, text) {
            if (body.dataset.link === name && $('link-text').textContent === text) return;
            body.dataset.link = name;
            $('link-text').textContent = text;
          }

          function symbols(names) {
            const box = $('symbol');
            if (box.options.length === names.length || !names.length) return;
            const chosen = box.value;
            box.replaceChildren(...names.map(n => Views.el('option', {}, n)));
            box.value = names.includes(chosen) ? chosen : names.find(n => n.startsWith('BTC')) || names[0];
            refresh('candles');
          }

          // --- What is fetched

          const fetchers = {
            async metrics() {
              state.metrics = await get('/api/metrics');
              Views.groups($('by-strategy'), 'Strategy', state.metrics.byStrategy);
              Views.groups($('by-symbol'), 'Symbol', state.metrics.bySymbol);
              if (state.status) Views.tiles($('tiles'), state.status, state.metrics);
            },
            async limits() { Views.limits($('limits'), (await get('/api/limits')).limits); },
            async trades() { state.trades = (await get('/api/trades?limit=1000')).items; },
            async equity() { state.equity = (await get('/api/equity?limit=600')).items; drawCurve(); },
            async candles() {
              const symbol = $('symbol').value;
              if (!symbol) return;
              const asked = $('timeframe').value;
              state.candles = await get(`/api/candles?symbol=${encodeURIComponent(symbol)}&timeframe=${asked}&limit=120`);
              drawCandles();
            },
            async panel() {
              const query = new URLSearchParams({ limit: '100' }), symbol = $('filter-symbol'), strategy = $('filter-strategy');
              if (symbol && symbol.value) query.set('symbol', symbol.value);
              if (strategy && strategy.value) query.set('strategy', strategy.value);
              const tab = state.tab, list = await get(`/api/${tab}?${query}`);
              const board = tab === 'dialogues' ? await get('/api/leaderboard') : null;
              if (tab !== state.tab) return;
              const open = $('panel').querySelector('details[open]');
              if (!(open && tab === 'dialogues')) Views.fill($('panel'), ...[board && Views.leaderboard(board), Views.lists[tab](list.items)].filter(Boolean), Views.el('p', { class: 'muted' }, list.total > list.items.length ? `${list.items.length} of ${list.total} shown` : ''));
            },
          };
          const busy = new Set();
          async function refresh(name) {
            if (busy.has(name)) { state.stale.add(name); return; }
            busy.add(name);
            try { await fetchers[name](); } catch (error) {
              if (name === 'candles') Charts.empty($('candle-chart'), 'No candles to show', error.message);
              if (name === 'limits') Charts.empty($('limits'), 'No limits to show', error.message);
            }
            busy.delete(name);
            if (state.stale.delete(name)) refresh(name);
          }
          const later = new Map();
          function soon(name, wait) { if (!later.has(name)) later.set(name, setTimeout(() => { later.delete(name); refresh(name); }, wait)); }

          function drawCurve() {
            const s = state.status;
            Charts.equity($('equity-chart'), state.equity);
            Charts.drawdown($('drawdown-chart'), state.equity, s ? s.drawdownWarningPct : 15, s ? s.drawdownStopPct : 20);
          }
          function drawCandles() {
            if (!state.candles) return;
            const symbol = state.candles.symbol;
            Market.candles($('candle-chart'), state.candles.candles, symbol, state.trades, state.positions.find(p => p.position.symbol === symbol));
          }

          // --- Lists

          function buildTabs() {
            $('tabs').replaceChildren(...tabs.map(([name, text]) => {
              const button = Views.el('button', { type: 'button', role: 'tab', id: 'tab-' + name, 'aria-controls': 'panel', 'aria-selected': String(name === state.tab), tabindex: name === state.tab ? '0' : '-1' }, text);
              button.addEventListener('click', () => choose(name));
              return button;
            }));
            $('panel').setAttribute('aria-labelledby', 'tab-' + state.tab);
          }
          $('tabs').addEventListener('keydown', event => {
            const at = tabs.findIndex(t => t[0] === state.tab), move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
            if (!move) return;
            event.preventDefault();
            choose(tabs[(at + move + tabs.length) % tabs.length][0]);
            $('tab-' + state.tab).focus();
          });
          function choose(name) {
            state.tab = name;
            buildTabs();
            buildFilters();
            refresh('panel');
          }
          function buildFilters() {
            const pick = (id, text, names) => {
              const box = Views.el('select', { id }, Views.el('option', { value: '' }, 'all'), ...names.map(n => Views.el('option', { value: n }, n)));
              box.addEventListener('change', () => refresh('panel'));
              return Views.el('label', {}, text + ' ', box);
            };
            const made = [];
            const names = state.status ? state.status.feeds.map(f => f.symbol) : [];
            if (state.tab !== 'dialogues') made.push(pick('filter-symbol', 'Symbol', names));
            if (state.tab === 'trades' || state.tab === 'refusals') made.push(pick('filter-strategy', 'Strategy', state.metrics ? state.metrics.byStrategy.map(g => g.name) : []));
            $('filters').replaceChildren(...made);
          }

          // --- The stop

          $('stop').addEventListener('click', () => { $('stop-result').textContent = ''; $('stop-result').className = ''; $('stop-confirm').disabled = false; $('stop-cancel').textContent = 'Cancel'; $('stop-dialog').showModal(); $('stop-why').focus(); });
          $('stop-cancel').addEventListener('click', () => $('stop-dialog').close());
          $('stop-form').addEventListener('submit', async event => {
            event.preventDefault();
            const began = performance.now(), result = $('stop-result');
            $('stop-confirm').disabled = true;
            result.textContent = 'Asking risk…';
            try {
              const session = await get('/api/session');
              const answer = await fetch('/api/stop', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': session.csrfToken }, body: JSON.stringify({ why: $('stop-why').value }) });
              const told = await answer.json();
              if (!answer.ok) throw new Error(told.error);
              result.className = told.isDone ? 'good' : 'bad';
              result.textContent = `${told.sentence} Trading is ${told.state.state}, ${told.orders.length} orders sent, ${Math.round(performance.now() - began)} ms.`;
              $('stop-cancel').textContent = 'Close';
            } catch (error) {
              result.className = 'bad';
              result.textContent = error.message;
              $('stop-confirm').disabled = false;
            }
          });

          // --- Being live

          function listen() {
            const source = new EventSource('/api/events');
            source.addEventListener('status', event => takeStatus(JSON.parse(event.data)));
            source.addEventListener('positions', event => takePositions(JSON.parse(event.data)));
            source.addEventListener('changed', () => { soon('metrics', 300); soon('trades', 300); soon('panel', 600); });
            source.onerror = () => { if (source.readyState === EventSource.CLOSED) setTimeout(listen, 3000); };
          }
          setInterval(async () => {
            const silent = Date.now() - state.heard;
            if (silent < 3500) return;
            link('lost', state.heard ? `no connection for ${Math.round(silent / 1000)} s` : 'no connection');
            if (state.heard) $('state-reason').textContent = 'The dashboard does not answer; what is shown is old. The services go on without it.';
            if (silent % 5000 < 1000) try { takeStatus(await get('/api/status')); takePositions(await get('/api/positions')); } catch (error) { }
          }, 1000);
          setInterval(() => { if (body.dataset.link === 'live') { refresh('equity'); refresh('candles'); refresh('metrics'); refresh('limits'); } }, 5000);
          let resizing;
          addEventListener('resize', () => { clearTimeout(resizing); resizing = setTimeout(() => { drawCurve(); drawCandles(); }, 120); });
          $('symbol').addEventListener('change', () => refresh('candles'));
          $('timeframe').addEventListener('change', () => refresh('candles'));
          $('theme').addEventListener('click', () => {
            const dark = getComputedStyle(document.documentElement).colorScheme.trim() === 'dark' || (!document.documentElement.dataset.theme && matchMedia('(prefers-color-scheme: dark)').matches);
            document.documentElement.dataset.theme = dark ? 'light' : 'dark';
            drawCandles();
            try { localStorage.setItem('theme', document.documentElement.dataset.theme); } catch (error) { }
          });
          try { const theme = localStorage.getItem('theme'); if (theme) document.documentElement.dataset.theme = theme; } catch (error) { }

          async function begin() {
            buildTabs();
            try { takeStatus(await get('/api/status')); takePositions(await get('/api/positions')); } catch (error) { }
            listen();
            await Promise.all(['metrics', 'trades', 'equity', 'limits'].map(refresh));
            buildFilters();
            refresh('panel');
            drawCandles();
          }
          begin();
        })();

        """#

    static let login = #"""
        'use strict';
        document.getElementById('login').addEventListener('submit', async event => {
          event.preventDefault();
          const result = document.getElementById('login-result');
          const answer = await fetch('/login', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ token: document.getElementById('token').value }) });
          if (answer.ok) { location.href = '/'; return; }
          result.className = 'bad';
          result.textContent = (await answer.json()).error;
        });

        """#
}

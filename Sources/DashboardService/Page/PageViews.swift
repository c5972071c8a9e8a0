/// The parts of the page as functions from what the API says to elements. Text is only ever set as text.
enum PageViews {
    static let text = #"""
        'use strict';
        const Views = (() => {
          function el(name, attributes, ...children) {
            const made = document.createElement(name);
            for (const [key, value] of Object.entries(attributes || {})) if (value !== undefined && value !== null) made.setAttribute(key, value);
            made.append(...children.filter(c => c !== null && c !== undefined));
            return made;
          }
          const money = (text, digits = 2) => text === undefined || text === null ? '–' : Number(text).toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
          const signed = (text, digits = 2) => text === undefined || text === null ? '–' : (Number(text) > 0 ? '+' : Number(text) < 0 ? '−' : '') + money(Math.abs(Number(text)), digits);
          const percent = (value, digits = 2) => value === undefined || value === null ? '–' : signed(value, digits) + ' %';
          const plain = (value, digits = 2) => value === undefined || value === null ? '–' : money(value, digits) + ' %';
          const price = text => text === undefined || text === null ? '–' : Number(text).toLocaleString('en-US', { maximumSignificantDigits: 8 });
          const tone = value => Number(value) > 0 ? 'good' : Number(value) < 0 ? 'bad' : '';
          const moment = micros => micros ? new Date(micros / 1000).toISOString().slice(5, 16).replace('T', ' ') : '–';
          function span(micros) {
            const minutes = Math.floor(micros / 60e6);
            if (minutes < 1) return Math.max(0, Math.round(micros / 1e6)) + ' s';
            if (minutes < 60) return minutes + ' min';
            if (minutes < 2880) return Math.floor(minutes / 60) + ' h ' + minutes % 60 + ' min';
            return Math.floor(minutes / 1440) + ' d ' + Math.floor(minutes % 1440 / 60) + ' h';
          }
          const age = millis => millis === undefined ? '–' : millis < 1000 ? millis + ' ms' : (millis / 1000).toFixed(millis < 1e4 ? 1 : 0) + ' s';
          const bytes = count => (count / 1048576).toFixed(0) + ' MB';
          const words = text => String(text).replace(/_/g, ' ').replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
          const nothing = (title, text) => el('div', { class: 'empty' }, el('b', {}, title), text);

          function tile(name, value, note, attributes) {
            return el('dl', { class: 'tile' }, el('dt', {}, name), el('dd', attributes, value, note ? el('small', {}, note) : null));
          }

          function tiles(box, status, metrics) {
            const account = status.account || {}, risk = status.risk || {}, all = metrics && metrics.all;
            const fall = risk.drawdown === undefined ? undefined : Number(risk.drawdown) * 100;
            const fallTone = fall >= status.drawdownStopPct ? 'bad' : fall >= status.drawdownWarningPct ? 'warnc' : '';
            const start = metrics ? Number(metrics.startingBalance) + Number(account.netDeposits || 0) : undefined;
            const total = start === undefined || account.equity === undefined ? undefined : Number(account.equity) - start;
            const loss = risk.dailyLoss === undefined ? undefined : Number(risk.dailyLoss) * 100;
            box.replaceChildren(
              tile('Equity', money(account.equity), (account.currency || '') + ', cash ' + money(account.balance), { id: 'equity', 'data-exact': account.equity }),
              tile('Total result', signed(total), percent(total === undefined || !start ? undefined : total / start * 100) + ' since ' + money(start, 0), { id: 'total', class: tone(total) }),
              tile('Open result', signed(account.unrealizedPnl), 'of ' + (account.openPositions === undefined ? '–' : account.openPositions) + ' open positions', { id: 'open-result', class: tone(account.unrealizedPnl), 'data-exact': account.unrealizedPnl }),
              tile('Drawdown', plain(fall), `warning ${status.drawdownWarningPct} %, stop ${status.drawdownStopPct} %`, { id: 'drawdown', class: fallTone }),
              tile('Loss today', plain(loss), `limit ${status.dailyLossLimitPct} %, ${risk.dailyTrades === undefined ? '–' : risk.dailyTrades} trades`, { class: loss >= status.dailyLossLimitPct ? 'bad' : '' }),
              tile('Exposure', money(risk.grossExposure), 'margin ' + money(account.marginUsed)),
              tile('Trades', all ? String(all.trades) : '–', all && all.trades ? `${plain(all.winRate * 100, 1)} won, net ${signed(all.netPnl)}` : 'none closed yet', { id: 'trades-count', 'data-exact': all ? all.netPnl : undefined }),
              tile('Orders', String(status.openOrders), status.unresolvedOrders ? `${status.unresolvedOrders} unresolved` : 'none unresolved', { class: status.unresolvedOrders ? 'bad' : '' }));
          }

          function positions(box, list) {
            if (!list.length) return box.replaceChildren(nothing('No open position', 'An approved proposal opens one.'));
            box.replaceChildren(...list.map(view => {
              const p = view.position, plan = view.plan, fact = (name, value) => el('div', {}, name + ' ', el('b', {}, value));
              const rail = plan ? Charts.rail(view) : null;
              return el('article', { class: 'position', 'data-symbol': p.symbol },
                el('div', { class: 'row' }, el('span', {}, el('b', {}, p.symbol), ' ', el('span', { class: 'side ' + p.side }, `${p.side} ${p.leverage}×`)),
                  el('b', { class: tone(view.unrealizedPnl), 'data-exact': view.unrealizedPnl }, signed(view.unrealizedPnl) + (view.returnPct === undefined ? '' : ` (${percent(view.returnPct)})`))),
                rail ? el('div', { class: 'rail' }, rail) : null,
                el('div', { class: 'facts' }, fact('Entry', price(view.averageEntryPrice)), fact('Now', price(view.mark)), fact('Quantity', price(p.quantity)),
                  plan ? fact('Stop', `${price(plan.stopLoss)} (${percent(view.stopDistancePct)})`) : fact('Plan', 'not known'),
                  plan && plan.restingStop !== plan.stopLoss ? fact('Trailing', `${price(plan.restingStop)} (${percent(view.restingStopDistancePct)})`) : null,
                  plan && plan.stopOrderPrice ? fact('Rests at the venue', price(plan.stopOrderPrice)) : null,
                  plan ? fact('Target', `${price(plan.takeProfit)} (${percent(view.targetDistancePct)})`) : null,
                  view.timeToLiveLeftMicros === undefined ? null : fact('Leaves in', span(view.timeToLiveLeftMicros)), fact('By', words(p.strategy))),
                plan && plan.invalidation ? el('div', { class: 'facts' }, el('div', {}, 'Invalid when ', el('b', {}, plan.invalidation))) : null);
            }));
          }

          function services(box, list) {
            box.replaceChildren(...list.map(s => {
              const reading = name => { const found = s.readings.find(r => r.name === name); return found ? found.value : undefined; };
              const micros = value => value < 1000 ? `${Math.round(value)} µs` : `${(value / 1000).toFixed(1)} ms`;
              const slow = ['ticker', 'candle', 'proposal', 'orderRequest', 'request.proposal', 'request.orderRequest'].filter(name => reading(`latency.${name}.p99Micros`) !== undefined).slice(0, 3)
                .map(name => `${name.replace(/^request\.(.*)/, '$1 and back')} ${micros(reading(`latency.${name}.p50Micros`))} / ${micros(reading(`latency.${name}.p99Micros`))}`);
              const rate = s.publishedPerSecond === undefined ? '' : ` · ${s.publishedPerSecond.toFixed(s.publishedPerSecond < 10 ? 1 : 0)}/s out`;
              const into = s.receivedPerSecond === undefined ? '' : ` · ${s.receivedPerSecond.toFixed(s.receivedPerSecond < 10 ? 1 : 0)}/s in`;
              return el('div', { class: 'service' }, el('span', { class: 'dot ' + s.condition, 'aria-hidden': 'true' }), el('b', {}, s.service), el('span', {}, s.condition),
                s.reason ? el('small', {}, s.reason) : null,
                s.pid ? el('small', {}, `pid ${s.pid} · ${bytes(s.residentBytes)} · ${s.restarts} restarts · ${reading('bus.gaps') || 0} gaps${rate}${into}`) : null,
                slow.length ? el('small', { title: 'latency over the last minute, p50/p99' }, 'p50 / p99  ' + slow.join(' · ')) : null);
            }));
          }

          function table(heads, rows, label, name) {
            return el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label }, el('table', { class: name }, el('thead', {}, el('tr', {}, ...heads.map(h => el('th', { scope: 'col', class: h[1] }, h[0])))), el('tbody', {}, ...rows)));
          }
          // What is the same stays, and a list that can be scrolled keeps its place and its focus while its rows change.
          function fill(box, ...made) {
            const old = [...box.children];
            if (old.length !== made.length) return box.replaceChildren(...made);
            made.forEach((node, i) => {
              if (old[i].isEqualNode(node)) return;
              if (old[i].matches('.scroll') && node.matches('.scroll') && old[i].getAttribute('aria-label') === node.getAttribute('aria-label')) old[i].replaceChildren(...node.childNodes);
              else old[i].replaceWith(node);
            });
          }
          const cell = (value, name, exact) => el('td', { class: name, 'data-exact': exact }, value);

          function feeds(box, list) {
            if (!list.length) return box.replaceChildren(nothing('No prices yet', 'Feed has published none.'));
            fill(box, table([['Symbol'], ['Last', 'num'], ['Age', 'num']], list.map(f => el('tr', {}, cell(f.symbol), cell(price(f.last), 'num', f.last), cell(f.isStale ? 'stale ' + age(f.ageMillis) : age(f.ageMillis), 'num ' + (f.isStale || f.ageMillis > 30000 ? 'bad' : '')))), 'Prices and their age'));
          }

          function limits(box, list) {
            const asked = list.filter(l => l.limit !== '0' && l.limit !== '0%');
            if (!asked.length) return box.replaceChildren(nothing('No limits', 'Risk has none to tell.'));
            fill(box, table([['Limit'], ['Use', 'num'], ['Of', 'num'], ['Share', 'num']], asked.sort((a, b) => Number(b.share) - Number(a.share)).map(l => {
              const share = Number(l.share) * 100, name = share >= 100 ? 'bad' : share >= 80 ? 'warnc' : '';
              return el('tr', { 'data-limit': l.name, 'data-scope': l.scope }, cell(words(l.name.replace(/^max_|_pct$/g, '')) + (l.scope === 'account' ? '' : ' ' + l.scope)), cell(l.used, 'num'), cell(l.limit, 'num'), cell(money(share, 0) + ' %', 'num ' + name, l.share));
            }), 'Limits and their present use'));
          }

          function dialogueLine(d) {
            const wanted = d.decisions.filter(x => x.action !== 'HOLD').map(x => words(x.action) + (x.symbol ? ' ' + x.symbol : '')).join(', ');
            const took = d.latencyMicros === undefined ? '' : `, ${(d.latencyMicros / 1e6).toFixed(1)} s`;
            const cost = d.cost === undefined ? '' : `, ${d.isCostEstimate ? 'about ' : ''}$${d.cost}`;
            return `${moment(d.boundary)} · ${d.model}${d.isCompared ? ' (compared)' : ''} · ${wanted || words(d.outcome)}${took}${cost}${d.isSimulated ? ' · simulated' : ''}`;
          }

          function leaderboard(board) {
            if (!board.standings.length) return null;
            const share = (part, whole) => whole ? plain(part / whole * 100, 1) : '–';
            return el('div', {}, table([['Model'], ['Asked', 'num'], ['Decided', 'num'], ['Held', 'num'], ['Invalid', 'num'], ['Trades', 'num'], ['Won', 'num'], ['Net', 'num'], ['On equity', 'num'], ['Sharpe', 'num'], ['On paper', 'num'], ['Took', 'num'], ['Cost', 'num']],
              board.standings.map(m => el('tr', {}, cell(m.model + (m.isSimulated ? ' (simulated)' : '')), cell(String(m.questions), 'num'), cell(String(m.decided), 'num'), cell(String(m.held), 'num'), cell(share(m.refused, m.questions), 'num'), cell(String(m.trades), 'num'), cell(share(m.wins, m.trades), 'num'), cell(signed(m.netPnL), 'num ' + tone(m.netPnL), m.netPnL), cell(percent(Number(m.returnOnEquity) * 100), 'num'), cell(m.sharpeRatio === undefined ? '–' : Number(m.sharpeRatio).toFixed(2), 'num'), cell(percent(Number(m.paperReturn) * 100), 'num'), cell(m.averageLatencyMicros === undefined ? '–' : (m.averageLatencyMicros / 1e6).toFixed(1) + ' s', 'num'), cell('$' + m.cost, 'num'))), 'How the models compare', 'tight'),
              el('p', { class: 'muted' }, `$${board.spentToday} of $${board.dailyBudget} spent or set aside today (UTC).`));
          }

          const lists = {
            trades(items) {
              if (!items.length) return nothing('No completed trade', 'A position that has been left is listed here.');
              return table([['Left'], ['Symbol'], ['Side'], ['Strategy'], ['Quantity', 'num'], ['Entry', 'num'], ['Exit', 'num'], ['Held'], ['Exit reason'], ['Fees', 'num'], ['Result', 'num'], ['On margin', 'num']],
                items.map(t => el('tr', { 'data-id': t.id }, cell(moment(t.exitTime)), cell(t.symbol), el('td', {}, el('span', { class: 'side ' + t.side }, `${t.side} ${t.leverage}×`)), cell(words(t.strategy)), cell(price(t.quantity), 'num'), cell(price(t.entryPrice), 'num'), cell(price(t.exitPrice), 'num'), cell(span(t.exitTime - t.entryTime)), cell(words(t.exitReason)), cell(money(t.fees), 'num'), cell(signed(t.netPnl), 'num ' + tone(t.netPnl), t.netPnl), cell(percent(Number(t.returnOnMargin) * 100), 'num'))), 'Completed trades', 'tight');
            },
            decisions(items) {
              if (!items.length) return nothing('No decision yet', 'Strategy decides on every five minutes of market time.');
              return table([['At'], ['Symbol'], ['Decision'], ['Regime'], ['Why'], ['What each strategy said']], items.map(d => el('tr', {}, cell(moment(d.decidedAt)), cell(d.symbol), cell(d.action === 'hold' ? 'hold' : `${words(d.action)} (${words(d.strategy)}, ${(d.confidence * 100).toFixed(0)} %)`, d.action === 'hold' ? '' : 'good'), cell(words(d.regime)), cell(d.reason),
                el('td', {}, el('div', { class: 'voices' }, ...(d.contributions || []).map(c => el('span', { class: 'voice', title: `${c.outcome}, weight ${c.weight}` }, el('b', {}, words(c.strategy)), ` ${c.timeframe} ${words(c.action)} ${(c.confidence * 100).toFixed(0)} % × ${c.weight}`)))))), 'Decisions');
            },
            refusals(items) {
              if (!items.length) return nothing('Nothing refused', 'What risk denies is listed with its reason and figures.');
              return table([['At'], ['Symbol'], ['Strategy'], ['Wanted'], ['Reason'], ['Figures']], items.map(v => el('tr', {}, cell(moment(v.decidedAt)), cell(v.symbol), cell(words(v.strategy)), cell(words(v.action)), cell(words(v.denial.reason)), cell(v.denial.figures.map(f => `${f.name}=${f.value}`).join('  ')))), 'Refusals');
            },
            orders(items) {
              if (!items.length) return nothing('No order yet', 'Every order is listed from the moment it is in the journal.');
              return table([['Created'], ['Symbol'], ['Purpose'], ['Side'], ['Type'], ['Quantity', 'num'], ['Filled', 'num'], ['Status'], ['Id']], items.map(o => el('tr', {}, cell(moment(o.createdAt)), cell(o.request.symbol), cell(words(o.request.purpose) + (o.request.exitReason ? `, ${words(o.request.exitReason)}` : '')), cell(o.request.side), cell(words(o.request.type)), cell(price(o.request.quantity), 'num'), cell(price(o.filledQuantity), 'num'), cell(words(o.status) + (o.reason ? `: ${o.reason}` : ''), o.status === 'unresolved' || o.status === 'rejected' ? 'bad' : ''), cell(o.request.clientOrderId))), 'Orders', 'tight');
            },
            dialogues(items) {
              if (!items.length) return nothing('No dialogue yet', 'Where a language model trades, its questions and answers are shown here.');
              return el('div', {}, ...items.map(d => el('details', {}, el('summary', {}, dialogueLine(d)), el('p', {}, d.reason), ...d.decisions.map(x => el('p', {}, el('b', {}, words(x.action) + (x.symbol ? ' ' + x.symbol : '')), ' ' + x.reasoning)), d.answer ? el('pre', {}, d.answer) : null)));
            },
          };

          function groups(box, title, items) {
            fill(box, el('h3', {}, title), items.length ? table([[title], ['Trades', 'num'], ['Won', 'num'], ['Profit factor', 'num'], ['Expectancy', 'num'], ['Net', 'num']], items.map(g => el('tr', { 'data-name': g.name }, cell(words(g.name).toUpperCase() === g.name.toUpperCase() ? g.name : words(g.name)), cell(String(g.trades), 'num'), cell(g.winRate === undefined ? '–' : plain(g.winRate * 100, 1), 'num'), cell(g.profitFactor === undefined ? '–' : g.profitFactor.toFixed(2), 'num'), cell(signed(g.expectancy), 'num'), cell(signed(g.netPnl), 'num ' + tone(g.netPnl), g.netPnl))), title) : nothing('No figures yet', 'They begin with the first completed trade.'));
          }

          return { el, fill, tiles, positions, services, feeds, limits, lists, leaderboard, groups, moment, span, money, words };
        })();

        """#
}

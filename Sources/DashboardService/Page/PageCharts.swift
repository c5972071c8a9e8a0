/// The charts: plain SVG, drawn anew from what the API says.
enum PageCharts {
    static let text = #"""
        'use strict';
        const Charts = (() => {
          const space = 'http://www.w3.org/2000/svg';
          function node(name, attributes, ...children) {
            const made = document.createElementNS(space, name);
            for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
            made.append(...children);
            return made;
          }
          const clock = micros => new Date(micros / 1000).toISOString().slice(11, 16);
          const day = micros => new Date(micros / 1000).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
          const round = value => Math.round(value * 10) / 10;

          // A round step that cuts a span into about `count` parts.
          function step(span, count) {
            const raw = span / Math.max(1, count), power = Math.pow(10, Math.floor(Math.log10(raw || 1)));
            return [1, 2, 2.5, 5, 10].map(m => m * power).find(s => s >= raw) || power * 10;
          }

          function frame(box, height, label) {
            const width = Math.max(280, box.clientWidth);
            const svg = node('svg', { viewBox: `0 0 ${width} ${height}`, height, role: 'img', 'aria-label': label });
            return { svg, width, height, left: 4, right: width - 62, top: 8, bottom: height - 20 };
          }

          function yAxis(f, low, high, text) {
            const y = value => f.bottom - (value - low) / (high - low || 1) * (f.bottom - f.top);
            const size = step(high - low, 5);
            for (let value = Math.ceil(low / size) * size; value <= high + size / 1e6; value += size) {
              f.svg.append(node('line', { class: 'grid', x1: f.left, x2: f.right, y1: round(y(value)), y2: round(y(value)) }));
              f.svg.append(node('text', { x: f.right + 6, y: round(y(value)) + 4 }, text(value, size)));
            }
            return y;
          }

          function xLabels(f, times, x) {
            if (!times.length) return;
            const long = times[times.length - 1] - times[0] > 36 * 3600e6, count = Math.max(2, Math.floor((f.right - f.left) / 130));
            for (let i = 0; i < count; i++) {
              const index = Math.round(i * (times.length - 1) / Math.max(1, count - 1)), at = times[index];
              const anchor = i === 0 ? 'start' : i === count - 1 ? 'end' : 'middle';
              f.svg.append(node('text', { x: round(x(index)), y: f.height - 4, 'text-anchor': anchor }, long ? day(at) : clock(at)));
            }
          }

          const path = (points) => points.map((p, i) => (i ? 'L' : 'M') + round(p[0]) + ' ' + round(p[1])).join('');

          function hover(box, f, count, x, tell) {
            const line = node('line', { class: 'cross', y1: f.top, y2: f.bottom, visibility: 'hidden' });
            f.svg.append(line);
            const tip = document.createElement('div');
            tip.className = 'tip'; tip.hidden = true;
            box.append(tip);
            f.svg.addEventListener('pointermove', event => {
              const place = f.svg.getBoundingClientRect(), at = (event.clientX - place.left) / place.width * f.width;
              const index = Math.max(0, Math.min(count - 1, Math.round((at - f.left) / (f.right - f.left) * (count - 1))));
              line.setAttribute('x1', x(index)); line.setAttribute('x2', x(index)); line.setAttribute('visibility', 'visible');
              tip.textContent = tell(index); tip.hidden = false;
              const left = x(index) / f.width * place.width;
              tip.style.left = Math.max(0, Math.min(place.width - tip.offsetWidth, left + 12)) + 'px'; tip.style.top = '6px';
            });
            f.svg.addEventListener('pointerleave', () => { tip.hidden = true; line.setAttribute('visibility', 'hidden'); });
          }

          function empty(box, title, text) {
            const made = document.createElement('div'), bold = document.createElement('b');
            made.className = 'empty'; bold.textContent = title; made.append(bold, text);
            box.replaceChildren(made);
          }

          const tidy = (value, size) => value.toLocaleString('en-US', { maximumFractionDigits: Math.max(0, Math.min(8, Math.ceil(-Math.log10(size)) + (size < 1 ? 0 : 0))) });

          function equity(box, points) {
            if (points.length < 2) return empty(box, 'No curve yet', 'A point is drawn every five minutes of market time.');
            const values = points.map(p => Number(p.equity)), bench = points.map(p => p.benchmark === undefined ? null : Number(p.benchmark));
            const all = values.concat(bench.filter(v => v !== null)), low = Math.min(...all), high = Math.max(...all), pad = (high - low || 1) * 0.08;
            const first = values[0], last = values[values.length - 1];
            const f = frame(box, 260, `Equity from ${first.toFixed(2)} to ${last.toFixed(2)}, ${((last / first - 1) * 100).toFixed(2)} percent`);
            const x = i => f.left + i / (points.length - 1) * (f.right - f.left), y = yAxis(f, low - pad, high + pad, tidy);
            const line = values.map((v, i) => [x(i), y(v)]);
            f.svg.append(node('path', { class: 'equity-area', d: path(line) + `L${f.right} ${f.bottom}L${f.left} ${f.bottom}Z` }));
            const other = bench.map((v, i) => v === null ? null : [x(i), y(v)]).filter(Boolean);
            if (other.length > 1) f.svg.append(node('path', { class: 'bench-line', d: path(other) }));
            f.svg.append(node('path', { class: 'equity-line', d: path(line) }));
            xLabels(f, points.map(p => p.time), x);
            box.replaceChildren(f.svg);
            hover(box, f, points.length, x, i => `${day(points[i].time)} ${clock(points[i].time)} UTC\nEquity ${values[i].toFixed(2)}` + (bench[i] === null ? '' : `\nBuy and hold ${bench[i].toFixed(2)}`));
          }

          function drawdown(box, points, warning, stop) {
            if (points.length < 2) return box.replaceChildren();
            const values = points.map(p => Number(p.drawdown) * 100), deepest = Math.max(...values);
            const floor = Math.max(stop * 1.12, deepest * 1.1);
            const f = frame(box, 132, `Drawdown now ${values[values.length - 1].toFixed(2)} percent, deepest ${deepest.toFixed(2)} percent; warning at ${warning}, stop at ${stop}`);
            const x = i => f.left + i / (points.length - 1) * (f.right - f.left), y = v => f.top + v / floor * (f.bottom - f.top);
            const size = step(floor, 5), crowded = value => [warning, stop].some(limit => Math.abs(y(value) - y(limit)) < 13);
            for (let value = 0; value <= floor; value += size) {
              f.svg.append(node('line', { class: 'grid', x1: f.left, x2: f.right, y1: y(value), y2: y(value) }), node('text', { x: f.right + 6, y: y(value) + 4 }, crowded(value) ? '' : value ? `−${value} %` : '0 %'));
            }
            for (const [value, name] of [[warning, 'limit-warn'], [stop, 'limit-halt']]) {
              f.svg.append(node('line', { class: name, x1: f.left, x2: f.right, y1: y(value), y2: y(value) }), node('text', { x: f.right + 6, y: y(value) + 4 }, value !== stop && y(stop) - y(value) < 11 ? '' : `−${value} %`));
            }
            const line = values.map((v, i) => [x(i), y(v)]);
            if (deepest > 0) f.svg.append(node('path', { class: 'dd-area', d: path(line) + `L${f.right} ${f.top}L${f.left} ${f.top}Z` }), node('path', { class: 'dd-line', d: path(line) }));
            xLabels(f, points.map(p => p.time), x);
            box.replaceChildren(f.svg);
            hover(box, f, points.length, x, i => `${day(points[i].time)} ${clock(points[i].time)} UTC\nDrawdown ${values[i].toFixed(2)} %`);
          }

          function candles(box, list, symbol, trades, position) {
            if (!list.length) return empty(box, 'No candles yet', `Feed has none of ${symbol} to give.`);
            const plan = position && position.plan, span = list.length > 1 ? list[1].openTime - list[0].openTime : 60e6;
            const highs = list.map(c => Number(c.high)), lows = list.map(c => Number(c.low));
            let low = Math.min(...lows), high = Math.max(...highs);
            const lines = [];
            if (position) lines.push([Number(position.averageEntryPrice), 'cross', 'entry']);
            if (plan) lines.push([Number(plan.takeProfit), 'target-line', 'target'], [Number(plan.restingStop) || Number(plan.stopLoss), 'limit-halt', 'stop']);
            const reach = (high - low) * 0.9 || 1;
            for (const [price] of lines) if (price > 0) { if (price < low && low - price < reach) low = price; if (price > high && price - high < reach) high = price; }
            const pad = (high - low || 1) * 0.06;
            const f = frame(box, 320, `${list.length} candles of ${symbol}, last close ${list[list.length - 1].close}`);
            const y = yAxis(f, low - pad, high + pad, tidy), width = (f.right - f.left) / list.length, x = i => f.left + (i + 0.5) * width;
            list.forEach((c, i) => {
              const open = Number(c.open), close = Number(c.close), name = close >= open ? 'up' : 'down';
              f.svg.append(node('line', { class: name, x1: round(x(i)), x2: round(x(i)), y1: round(y(highs[i])), y2: round(y(lows[i])) }));
              f.svg.append(node('rect', { class: name, x: round(x(i) - width * 0.32), width: Math.max(1, round(width * 0.64)), y: round(y(Math.max(open, close))), height: Math.max(1, round(Math.abs(y(open) - y(close)))) }));
            });
            for (const [price, name, word] of lines) {
              if (!(price > low - pad && price < high + pad)) continue;
              f.svg.append(node('line', { class: name, x1: f.left, x2: f.right, y1: y(price), y2: y(price) }), node('text', { x: f.left + 4, y: y(price) - 4 }, `${word} ${price}`));
            }
            const index = time => (time - list[0].openTime) / span - 0.5;
            const mark = (time, price, name, up) => {
              const at = index(time);
              if (at < -0.5 || at > list.length) return;
              const px = round(x(at)), py = round(y(price)), s = up ? 1 : -1;
              f.svg.append(node('path', { class: name, d: `M${px} ${py}l-6 ${11 * s}h12z` }));
            };
            for (const t of trades.filter(t => t.symbol === symbol)) { mark(t.entryTime, Number(t.entryPrice), 'mark-entry', t.side === 'long'); mark(t.exitTime, Number(t.exitPrice), 'mark-exit', t.side !== 'long'); }
            if (position) mark(position.position.openedAt, Number(position.averageEntryPrice), 'mark-entry', position.position.side === 'long');
            xLabels(f, list.map(c => c.openTime), x);
            box.replaceChildren(f.svg);
            hover(box, f, list.length, x, i => `${day(list[i].openTime)} ${clock(list[i].openTime)} UTC\nO ${list[i].open}  H ${list[i].high}\nL ${list[i].low}  C ${list[i].close}`);
          }

          // From stop over entry to target, with the price where it is now.
          function rail(view) {
            const plan = view.plan, stop = Number(plan.restingStop) || Number(plan.stopLoss), target = Number(plan.takeProfit), entry = Number(view.averageEntryPrice), mark = Number(view.mark);
            if (!(stop > 0 && target > 0 && mark > 0)) return null;
            const at = price => 8 + Math.max(0, Math.min(1, (price - stop) / (target - stop))) * 284;
            const svg = node('svg', { viewBox: '0 0 300 30', preserveAspectRatio: 'none', role: 'img', 'aria-label': `Price ${view.mark} between stop ${stop} and target ${target}` });
            svg.append(node('line', { x1: 8, x2: 292, y1: 15, y2: 15 }));
            svg.append(node('line', { class: at(mark) < at(entry) ? 'lossy' : 'gainy', x1: at(entry), x2: at(mark), y1: 15, y2: 15 }));
            svg.append(node('line', { class: 'tick', x1: at(entry), x2: at(entry), y1: 7, y2: 23 }), node('circle', { cx: at(mark), cy: 15, r: 6 }));
            return svg;
          }

          return { equity, drawdown, candles, rail, empty };
        })();

        """#
}

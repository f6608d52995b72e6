'use strict';
// Everything that is shown comes from the supervisor or from a worker, and is put in as text, never as markup.
const WINDOW = 120000;
const STEPS = ['waiting', 'starting', 'checking', 'warming', 'accepting', 'parking', 'baking', 'draining'];
const SOMETIMES = ['waiting', 'checking', 'warming'];
const BEFORE = new Set(['waiting', 'starting', 'checking', 'warming', 'accepting', 'parking']);
const ORDERS = {
  upgrade: ['Upgrade now?', 'The same command is started anew beside the version that serves. If it does not get ready, nothing changes.'],
  rollback: ['Roll back?', 'Before the new version serves, it is called off; while it bakes, the version before serves again at once; later, its command is started anew.'],
  stop: ['Stop everything?', 'The workers finish what they have. After that nobody listens any more.'],
};
const $ = id => document.getElementById(id);
const RECENT = 3000;
/** How long an answer may take, in milliseconds, and the supervisor be silent on the event stream, where it says something every 15 s. */
const PATIENCE = { look: 5000, order: 15000, silence: 45000 };
const samples = new Map();
let traffic = [];
let token = sessionStorage.getItem('baton-token');
let status = null;
let upgrades = [];
let skew = null;
let stopping = null;
let looking = null;
let again = false;
let lastEvent = null;
let follower = null;
let returning = null;
let followedSince = 0;
let skewIsOld = false;

function el(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
}
function replace(parent, children) { parent.replaceChildren(...children); }
function plural(n, one) { return n + ' ' + one + (n === 1 ? '' : 's'); }
function time(ms) { return ms < 1000 ? Math.round(ms) + ' ms' : (ms / 1000).toFixed(ms < 10000 ? 1 : 0) + ' s'; }
function say(text) { if ($('news').textContent !== text) $('news').textContent = text; }
function complain(text) { $('notice').textContent = text || ''; $('notice').hidden = !text; }

async function ask(path, options = {}) {
  const headers = { ...options.headers };
  if (token) headers.Authorization = 'Bearer ' + token;
  const answer = await fetch(path, { ...options, headers, cache: 'no-store' });
  if (answer.status === 401) { locked(); throw new Error('locked'); }
  return answer;
}

function locked() {
  $('phase').textContent = 'locked';
  $('phase').className = 'pill';
  if (token) complain('That is not a token of this supervisor.');
  token = null;
  sessionStorage.removeItem('baton-token');
  unfollow();
  $('state').hidden = true;
  $('gate').hidden = false;
  for (const name in ORDERS) $(name).disabled = true;
}

// ---- what is asked for ----

/** Looks, one look at a time: another one waits for its end, however slow it is. */
function refresh() {
  looking ??= look().finally(() => {
    looking = null;
    if (again) refresh();
  });
  return looking;
}
/** Something is new, and a look that has begun may have been too early for it. */
function changed() {
  again = looking !== null;
  refresh();
}
async function look() {
  again = false;
  try {
    const signal = AbortSignal.timeout(PATIENCE.look);
    const [now, past] = await Promise.all([ask('/v1/status', { signal }), ask('/v1/upgrades', { signal })]);
    if (!now.ok || !past.ok) throw new Error('HTTP ' + now.status);
    const [a, b] = await Promise.all([now.json(), past.json()]);
    status = a;
    upgrades = b.upgrades;
    sample();
    render();
  } catch (e) {
    if (e.message !== 'locked') lost();
  }
}
function lost() {
  $('gate').hidden = true; // whoever does not answer has refused no token
  $('phase').textContent = 'no answer';
  $('phase').className = 'pill lost';
}
function sample() {
  const now = Date.now();
  for (const w of status.workers) {
    if (!samples.has(w.generation)) samples.set(w.generation, []);
    const list = samples.get(w.generation);
    list.push({ at: now, n: w.connections.active + w.connections.idle, served: w.requests });
    while (list.length && list[0].at < now - WINDOW) list.shift();
  }
  for (const generation of samples.keys()) {
    if (!status.workers.some(w => w.generation === generation)) samples.delete(generation);
  }
  traffic = traffic.filter(t => t.at >= now - WINDOW);
  const moment = served(now);
  if (moment) traffic.push(moment);
}
/** What was answered in the last moments, and how fast; the workers count from their start. */
function served(now) {
  let bounds = null, counts = [], requests = 0, failed = 0, seconds = 0;
  for (const list of samples.values()) {
    const last = list[list.length - 1];
    if (!last.served) continue;
    const first = list.find(s => s.at >= now - RECENT);
    const none = { count: 0, statuses: {}, latencies: last.served.latencies.map(() => 0) };
    const before = first === last ? last.served : first.served || none;
    bounds = last.served.upToMicros;
    requests += last.served.count - before.count;
    for (const kind of ['5xx', 'none']) failed += (last.served.statuses[kind] || 0) - (before.statuses[kind] || 0);
    last.served.latencies.forEach((n, i) => counts[i] = (counts[i] || 0) + n - before.latencies[i]);
    seconds = Math.max(seconds, (last.at - first.at) / 1000);
  }
  if (!bounds) return null;
  const rate = seconds ? requests / seconds : 0;
  return { at: now, rate, failed: seconds ? failed / seconds : 0, p50: quantile(.5, bounds, counts), p99: quantile(.99, bounds, counts) };
}
/** Between two bounds as many take long as take short, as Prometheus has it. In milliseconds. */
function quantile(q, bounds, counts) {
  const rank = q * counts.reduce((sum, n) => sum + n, 0);
  if (!rank) return 0;
  let below = 0;
  for (let i = 0; i < bounds.length; i++) {
    if (below + counts[i] >= rank) {
      const low = i ? bounds[i - 1] : 0;
      return (low + (bounds[i] - low) * (rank - below) / counts[i]) / 1000;
    }
    below += counts[i];
  }
  return bounds[bounds.length - 1] / 1000;
}

function unfollow() {
  clearTimeout(returning);
  if (follower) follower.abort();
  follower = null;
}
async function follow() {
  unfollow();
  const mine = follower = new AbortController();
  let deadline;
  const alive = () => {
    clearTimeout(deadline);
    deadline = setTimeout(() => mine.abort(), PATIENCE.silence);
  };
  alive();
  try {
    const headers = lastEvent ? { 'Last-Event-ID': lastEvent } : {};
    const answer = await ask('/v1/events', { headers, signal: mine.signal });
    if (!answer.ok) throw new Error('HTTP ' + answer.status);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    followedSince = performance.now();
    skewIsOld = true;
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      alive();
      text += value;
      let end;
      while ((end = text.indexOf('\n\n')) >= 0) {
        heard(text.slice(0, end));
        text = text.slice(end + 2);
      }
    }
  } catch (e) {
    // However it ended, it is followed anew; where the token was refused, nobody follows any more.
  }
  clearTimeout(deadline);
  if (follower === mine) returning = setTimeout(follow, 1500);
}
function heard(event) {
  const data = [];
  for (const line of event.split('\n')) {
    if (line.startsWith('id: ')) lastEvent = line.slice(4);
    if (line.startsWith('data: ')) data.push(line.slice(6));
  }
  if (!data.length) return;
  const transition = JSON.parse(data.join('\n'));
  const behind = Date.parse(transition.at) - Date.now(); // and as much as it took on its way
  // Those that are sent again at first are old, and do not say what has become of the clocks meanwhile.
  const isOld = performance.now() - followedSince < RECENT;
  skew = skew === null || (skewIsOld && !isOld) ? behind : Math.max(skew, behind);
  skewIsOld &&= isOld;
  stopping = transition.to === 'stopping' ? stopping || Date.parse(transition.at) : null;
  if (transition.from !== transition.to) say('The supervisor is ' + transition.to + '.');
  changed();
}

// ---- what is shown ----

function render() {
  $('gate').hidden = true;
  $('state').hidden = false;
  document.title = status.app + ' · ' + status.phase;
  $('app').textContent = status.app;
  $('phase').textContent = status.phase;
  $('phase').className = 'pill ' + status.phase;
  const restarts = status.supervisor.restarts;
  $('about').textContent = 'baton ' + status.supervisor.version + ' · pid ' + status.supervisor.pid
    + (restarts.total ? ' · ' + plural(restarts.total, 'restart') : '');
  const running = upgrades.filter(u => !u.outcome).pop();
  $('upgrade').disabled = status.phase === 'stopping' || (!!running && status.phase !== 'draining');
  $('rollback').disabled = status.phase === 'stopping';
  $('stop').disabled = false;
  renderRunning(running);
  renderLanes();
  renderTraffic();
  renderListeners();
  renderHistory();
}

function renderRunning(u) {
  $('running').hidden = !u;
  if (!u) return;
  $('upgrade-title').textContent = 'Upgrade ' + u.id + ': generation ' + u.from + ' to ' + u.to;
  const names = STEPS.filter(s => s in u.phases || !SOMETIMES.includes(s));
  for (const s of Object.keys(u.phases)) if (!names.includes(s)) names.push(s);
  const at = names.indexOf(u.phase);
  const state = i => i < at ? 'done' : i === at ? 'now' : '';
  const bar = $('progress');
  bar.setAttribute('aria-valuemin', 0);
  bar.setAttribute('aria-valuemax', names.length);
  bar.setAttribute('aria-valuenow', Math.max(at, 0));
  bar.setAttribute('aria-valuetext', u.phase || '');
  if (bar.dataset.at !== u.id + ' ' + at) {
    bar.dataset.at = u.id + ' ' + at;
    replace(bar, names.map((n, i) => el('i', state(i))));
  }
  replace($('steps'), names.map((n, i) => {
    const step = el('li', state(i), n);
    if (n in u.phases) step.append(el('b', '', time(u.phases[n])));
    if (i === at) step.setAttribute('aria-current', 'step');
    return step;
  }));
}

/** What each generation was when, as the upgrades have it. */
function lanes(now) {
  const found = new Map();
  const lane = g => { if (!found.has(g)) found.set(g, []); return found.get(g); };
  const served = new Map(status.workers.map(w => [w.generation, Date.parse(w.startedAt)]));
  for (const u of upgrades) {
    let t = Date.parse(u.startedAt);
    const failed = u.outcome && u.outcome !== 'upgraded';
    for (const [phase, ms] of Object.entries(u.phases)) {
      const end = u.phase === phase ? now : t + ms;
      if (BEFORE.has(phase)) {
        lane(u.to).push([failed && u.outcome !== 'rolled-back' ? 'failed' : 'candidate', t, end]);
      } else if (phase === 'baking') {
        lane(u.from).push(['parked', t, end]);
        lane(u.to).push(['active', t, end]);
      } else {
        lane(failed ? u.to : u.from).push(['retiring', t, end]);
      }
      t = end;
    }
  }
  for (const w of status.workers) {
    const parts = lane(w.generation);
    const stops = stopping && w.role === 'retiring' && !parts.some(p => p[0] === 'retiring');
    if (w.role !== 'active' && !stops) continue;
    const own = upgrades.find(u => u.to === w.generation && u.outcome !== 'rolled-back');
    const begin = own
      ? parts.reduce((latest, p) => p[0] === 'candidate' ? Math.max(latest, p[2]) : latest, served.get(w.generation))
      : served.get(w.generation);
    parts.unshift(['active', begin, stops ? stopping : now]);
    if (stops) parts.push(['retiring', stopping, now]);
  }
  for (const [g, parts] of found) {
    const next = upgrades.find(u => u.from === g && (!u.outcome || u.outcome === 'upgraded'));
    if (!next || status.workers.some(w => w.generation === g && w.role === 'active')) continue;
    const begin = parts.reduce((latest, p) => p[0] === 'candidate' ? Math.max(latest, p[2]) : latest, served.get(g) ?? 0);
    parts.unshift(['active', begin, parts.find(p => p[0] === 'parked')?.[1] ?? Date.parse(next.startedAt)]);
  }
  for (const w of status.workers) lane(w.generation);
  return found;
}

function renderLanes() {
  const now = Date.now() + skew;
  const from = now - WINDOW;
  const all = [...lanes(now)].filter(([g, parts]) =>
    status.workers.some(w => w.generation === g) || parts.some(p => p[2] > from));
  all.sort((a, b) => b[0] - a[0]);
  replace($('lanes'), all.slice(0, 8).map(([g, parts]) => {
    const worker = status.workers.find(w => w.generation === g);
    const row = el('div', 'lane');
    row.setAttribute('role', 'listitem');
    const head = el('div');
    head.append(el('strong', '', 'Generation ' + g));
    head.append(el('span', 'who quiet', worker ? worker.role + ' · pid ' + worker.pid : 'gone'));
    const track = el('div', 'track');
    track.setAttribute('aria-hidden', 'true');
    for (const [kind, begin, end] of parts) {
      if (end < from) continue;
      const left = Math.max(0, (begin - from) / WINDOW * 100);
      const part = el('i', kind);
      part.style.left = left + '%';
      part.style.width = Math.max(0, Math.min(100, (end - from) / WINDOW * 100) - left) + '%';
      track.append(part);
    }
    const chart = el('div', 'chart');
    if (worker) {
      const c = worker.connections;
      chart.append(spark((samples.get(g) || []).map(s => [s.at, s.n]), Date.now()));
      chart.append(el('span', '', c.active + ' active · ' + c.idle + ' idle' + (c.handedOver ? ' · ' + c.handedOver + ' handed over' : '')));
    }
    row.append(head, track, chart);
    return row;
  }));
}

function spark(list, now) {
  const ns = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(ns, 'svg');
  svg.setAttribute('viewBox', '0 0 100 26');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  if (!list.length) return svg;
  const most = Math.max(1, ...list.map(([, n]) => n));
  const points = list.map(([at, n]) => (100 - (now - at) / WINDOW * 100).toFixed(2) + ',' + (24 - n / most * 21).toFixed(1));
  const area = document.createElementNS(ns, 'path');
  area.setAttribute('d', 'M' + points[0].split(',')[0] + ',26L' + points.join('L') + 'L' + points[points.length - 1].split(',')[0] + ',26Z');
  const line = document.createElementNS(ns, 'polyline');
  line.setAttribute('points', points.join(' '));
  svg.append(area, line);
  return svg;
}

function renderTraffic() {
  $('requests').hidden = !traffic.length;
  if (!traffic.length) return;
  const now = traffic[traffic.length - 1];
  const brief = ms => !now.rate ? '–' : ms < 10 ? ms.toFixed(1) + ' ms' : time(ms);
  const figures = [
    ['answered a second', Math.round(now.rate).toLocaleString('en'), t => t.rate],
    ['half of them within', brief(now.p50), t => t.p50],
    ['99 of 100 within', brief(now.p99), t => t.p99],
    ['failed a second (5xx, or none)', now.failed.toFixed(now.failed && now.failed < 10 ? 1 : 0), t => t.failed],
  ];
  replace($('traffic'), figures.map(([what, text, value]) => {
    const figure = el('div', 'chart');
    const number = el('dd', now.failed && value(now) === now.failed ? 'alarm' : '', text);
    figure.append(el('dt', '', what), number, spark(traffic.map(t => [t.at, value(t)]), Date.now()));
    return figure;
  }));
}

function renderListeners() {
  if (!status.listeners.length) {
    replace($('listeners'), [el('tr')]);
    const closed = el('td', 'quiet', 'Closed.');
    closed.colSpan = 5;
    $('listeners').firstChild.append(closed);
    return;
  }
  replace($('listeners'), status.listeners.map(l => {
    const row = el('tr');
    const name = el('td', '', l.name);
    row.append(name, el('td', 'address', l.address), el('td', 'n', l.queued), el('td', 'n', l.backlog),
      el('td', l.dropped ? 'n alarm' : 'n', l.dropped));
    return row;
  }));
}

let shown = '';
function renderHistory() {
  const over = upgrades.filter(u => u.outcome).slice(-10).reverse();
  const text = JSON.stringify(over);
  if (text === shown) return; // what a reader has opened stays open
  if (shown && over.length) say('Upgrade ' + over[0].id + ': ' + over[0].outcome + (over[0].reason ? '. ' + over[0].reason : ''));
  shown = text;
  if (!over.length) {
    replace($('history'), [el('li', 'quiet', 'None yet.')]);
    return;
  }
  replace($('history'), over.map(u => {
    const item = el('li');
    const total = Object.values(u.phases).reduce((sum, ms) => sum + ms, 0);
    const head = el('span', 'outcome ' + (u.outcome === 'upgraded' ? 'good' : 'bad'), u.outcome);
    const facts = el('span', 'quiet', '#' + u.id + ' · generation ' + u.from + ' → ' + u.to + ' · '
      + new Date(u.startedAt).toLocaleTimeString() + ' · ' + time(total) + ' ('
      + Object.entries(u.phases).map(([p, ms]) => p + ' ' + time(ms)).join(', ') + ')');
    item.append(head, facts);
    if (u.reason) item.append(el('p', 'reason', u.reason));
    if (u.output && u.output.length) {
      const more = el('details');
      more.append(el('summary', '', 'Its last ' + plural(u.output.length, 'line')), el('pre', '', u.output.join('\n')));
      item.append(more);
    }
    return item;
  }));
}

// ---- orders ----

function order(name) {
  $('question').textContent = ORDERS[name][0];
  $('consequence').textContent = ORDERS[name][1];
  const dialog = $('confirm');
  dialog.returnValue = 'no';
  dialog.onclose = () => { if (dialog.returnValue === 'yes') send(name); };
  dialog.showModal();
}
async function send(name) {
  complain('');
  try {
    const answer = await ask('/v1/' + name, { method: 'POST', signal: AbortSignal.timeout(PATIENCE.order) });
    if (!answer.ok) {
      const problem = await answer.json();
      complain((problem.title || 'Refused') + ': ' + (problem.detail || answer.status));
    }
    changed();
  } catch (e) {
    if (e.message !== 'locked') complain('The supervisor does not answer: ' + e.message);
  }
}

for (const name in ORDERS) $(name).addEventListener('click', () => order(name));
$('token-form').addEventListener('submit', event => {
  event.preventDefault();
  token = $('token').value.trim();
  sessionStorage.setItem('baton-token', token);
  $('token').value = '';
  complain('');
  begin();
});
async function begin() {
  unfollow();
  await refresh();
  if ($('gate').hidden) follow();
}
setInterval(() => { if ($('gate').hidden && !document.hidden) refresh(); }, 1000);
document.addEventListener('visibilitychange', () => { if ($('gate').hidden && !document.hidden) refresh(); });
begin();

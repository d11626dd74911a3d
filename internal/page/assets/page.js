// Shows what the daemon tells, every few seconds. What it tells is put on the page
// as text and never as HTML; the policy that comes with the page sees to it.
"use strict";

const interval = 5000;
const at = id => document.getElementById(id);
const count = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", {notation: "compact", maximumFractionDigits: 1});
const seconds = date => date ? Date.parse(date) / 1000 : 0;

// plain shows characters that can't be seen, or that turn the writing around.
const plain = s => s.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, c => "\\u{" + c.codePointAt(0).toString(16) + "}");

function say(element, text) {
	if (element.textContent !== text) element.textContent = text; // a selection survives
}

// fill makes the rows of a table. A cell is a text, or {text, bad, share}.
function fill(body, rows) {
	const heads = body.parentElement.tHead.rows[0].cells;
	while (body.rows.length > rows.length) body.deleteRow(-1);
	rows.forEach((cells, i) => {
		const row = body.rows[i] ?? body.insertRow();
		cells.forEach((cell, j) => {
			const {text, bad = false, share = 0} = typeof cell === "string" ? {text: cell} : cell;
			const td = row.cells[j] ?? row.insertCell();
			say(td, plain(text));
			td.className = heads[j].className;
			td.classList.toggle("bad", bad);
			td.style.setProperty("--share", Math.min(share, 1));
		});
	});
}

const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

// span tells a number of seconds in its largest unit, and the next when that is few.
function span(s) {
	const i = units.findIndex(([size]) => s >= size);
	if (i < 0) return "0 s";
	const [size, name] = units[i], whole = Math.floor(s / size);
	const rest = i < 2 && whole < 10 ? Math.floor(s % size / units[i + 1][0]) : 0;
	return `${whole} ${name}` + (rest ? ` ${rest} ${units[i + 1][1]}` : "");
}

const pad = n => String(n).padStart(2, "0");

function hour(time) {
	const d = new Date(time * 1000);
	return pad(d.getHours()) + ":" + pad(d.getMinutes());
}

// moment tells the date too when it is not today's.
function moment(time, now) {
	const d = new Date(time * 1000);
	const same = d.toDateString() === new Date(now * 1000).toDateString();
	return (same ? "" : `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())} `) + hour(time);
}

const sum = object => Object.values(object ?? {}).reduce((a, b) => a + b, 0);

function showState(s) {
	const {status, now} = s;
	say(at("host"), plain(s.host ? "on " + s.host : ""));
	showTroubles(status.troubles.map(plain));
	say(at("bans-hour"), count.format(lastHour(s.history.times, s.history.bans, now)));
	say(at("messages-hour"), count.format(lastHour(s.history.times, s.history.messages, now)));
	say(at("dropped"), short.format(sum(s.dropped_packets)));
	showEntries(s);
	showSources(s);
	showOrigins(s);
	fill(at("sets-rows"), status.sets.map(x => {
		const share = x.capacity ? x.entries / x.capacity : 0;
		return [{text: x.name, share}, count.format(x.entries), {text: (share * 100).toFixed(share < .1 ? 1 : 0) + " %", bad: share > .9},
			x.name in s.dropped_packets ? count.format(s.dropped_packets[x.name]) : "–",
			x.used_by_firewall ? "uses it" : {text: "none uses it", bad: true}];
	}));
	say(at("about"), plain(`syslog-blacklist ${status.version}, running for ${span(now - seconds(status.started))}. ` +
		`${status.rules.entries} entries from ${status.rules.file || "the shipped rules"}, loaded ${moment(seconds(status.rules.loaded), now)}.`));
	showHistory(s.history, now);
}

function showTroubles(troubles) {
	const list = at("troubles");
	while (list.children.length > troubles.length) list.lastChild.remove();
	troubles.forEach((text, i) => say(list.children[i] ?? list.appendChild(document.createElement("li")), text));
	at("state").classList.toggle("bad", troubles.length > 0);
	const what = troubles.length === 0 ? "No trouble is known." : troubles.length === 1 ? "Something is wrong:" : `${troubles.length} things are wrong:`;
	say(at("state"), what);
}

function showEntries({status, now, entries_total: total}) {
	const most = Math.max(1, ...status.entries.map(e => e.hits));
	const hit = status.entries.filter(e => e.hits > 0);
	fill(at("entries-rows"), hit.map(e => [{text: e.name, share: e.hits / most}, count.format(e.hits), count.format(e.bans),
		count.format(sum(e.spared)), e.last_hit ? span(now - seconds(e.last_hit)) + " ago" : "–"]));
	const silent = total - hit.length;
	say(at("entries-note"), silent > 0 ? `${count.format(silent)} ${hit.length ? "more " : ""}not shown${hit.length < status.entries.length ? ": no hits yet" : ""}` : "");
}

function showSources({status, now, senders_total: total}) {
	fill(at("listeners-rows"), status.listeners.map(l => {
		const lost = Object.entries(l.dropped ?? {}).filter(([, n]) => n > 0);
		const why = lost.length ? " (" + lost.map(([reason, n]) => `${reason} ${short.format(n)}`).join(", ") + ")" : "";
		return [l.url, count.format(l.received), {text: count.format(sum(l.dropped)) + why, bad: lost.length > 0}];
	}));
	fill(at("senders-rows"), status.senders.map(x => {
		const silence = now - seconds(x.last_message);
		return [x.name, x.last_message ? {text: span(silence), bad: silence > 3600} : {text: "never heard", bad: true}];
	}));
	at("senders").hidden = total === 0;
	say(at("senders-note"), total > status.senders.length ? `the ${status.senders.length} longest silent of ${count.format(total)}` :
		total === 0 ? "Give senders names under trust, and their silence is shown here." : "");
}

const regions = new Intl.DisplayNames("en", {type: "region"});
const country = code => code && regions.of(code);

function showOrigins({countries, networks}) {
	showMost("countries-rows", countries ?? [], country);
	showMost("networks-rows", networks ?? [], name => name);
	at("origins").hidden = !countries?.length && !networks?.length;
}

function showMost(id, origins, called) {
	const most = Math.max(1, ...origins.map(o => o.bans));
	fill(at(id), origins.map(o => [{text: called(o.name), share: o.bans / most}, count.format(o.bans)]));
	at(id).parentElement.hidden = origins.length === 0;
}

// whose tells in two cells whom an address belongs to. A name that does not lead
// back is only claimed.
function whose(who) {
	if (!who) return ["", ""];
	const network = (who.asn ? `AS${who.asn} ` : "") + who.holder;
	const name = who.name && !who.name_confirmed ? `${who.name} (claimed)` : who.name;
	return [country(who.country), [network, name, ...who.abuse].filter(Boolean).join(" · ")];
}

function showBans(b, now) {
	at("bans-table").classList.toggle("nameless", b.bans.every(x => !x.who));
	fill(at("bans-rows"), b.bans.map(x => [x.address, x.entry, x.until ? span(x.until - now) : "never",
		x.until ? moment(x.until, now) : "for ever", x.since ? moment(x.since, now) : "unknown", x.nth ? String(x.nth) : "–", count.format(x.hits), ...whose(x.who)]));
	say(at("banned"), count.format(b.total));
	const searched = at("search").value.trim() !== "";
	const found = searched ? `${count.format(b.found)} of ${count.format(b.total)} match` : b.total === 0 ? "Nobody." : `${count.format(b.total)} in all`;
	say(at("bans-note"), found + (b.found > b.bans.length ? `; the ${b.bans.length} latest are shown, search for the others` : ""));
	document.title = `${count.format(b.total)} banned – syslog-blacklist`;
}

function lastHour(times, values, now) {
	return values.reduce((n, v, i) => times[i] > now - 3600 ? n + v : n, 0);
}

// The charts.

const charts = {};
const steps = [...Array(10).keys()].flatMap(p => [1, 2, 5].map(n => n * 10 ** p)); // there are no half bans
let latest; // {history, now}

function draw(name, colour) {
	const style = getComputedStyle(document.documentElement);
	const ink = style.getPropertyValue("--faint"), line = style.getPropertyValue("--line"), stroke = style.getPropertyValue(colour);
	const box = at(name + "-chart");
	const axis = {stroke: ink, grid: {stroke: line, width: 1}, ticks: {show: false}, font: "12px system-ui, sans-serif"};
	const paths = uPlot.paths.bars({size: [.9, 12, 1], align: -1}); // to the left: a sample's time is its minute's end
	charts[name]?.destroy();
	charts[name] = new uPlot({
		width: box.clientWidth, height: box.clientHeight, legend: {show: false},
		cursor: {y: false, drag: {x: false, y: false}, sync: {key: "minutes"}},
		scales: {x: {range: () => span12(latest)}, y: {range: (_, low, high) => [0, Math.max(high ?? 0, 1) * 1.1]}},
		axes: [{...axis, size: 28, values: (_, times) => times.map(hour)},
			{...axis, size: 50, incrs: steps, values: (_, ns) => ns.map(n => short.format(n))}],
		series: [{}, {stroke, fill: stroke, width: 0, points: {show: false}, paths}],
		hooks: {setCursor: [u => {
			const i = u.cursor.idx;
			say(at(name + "-at"), i == null ? "" : `${hour(u.data[0][i])}: ${count.format(u.data[1][i])}`);
		}]},
	}, [latest.history.times, latest.history[name]], box);
}

// span12 is how far the charts reach: from the first sample on, an hour at least.
function span12({history, now}) {
	return [Math.min(history.times[0] ?? now, now - 3600), now];
}

function drawAll() {
	if (!latest) return;
	draw("bans", "--bans");
	draw("messages", "--messages");
}

function showHistory(history, now) {
	const before = latest;
	latest = {history, now};
	if (!before) drawAll();
	for (const name of ["bans", "messages"]) charts[name].setData([history.times, history[name]]);
	say(at("minutes-note"), history.times.length ? "" : "The first minute is being counted.");
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
addEventListener("resize", () => {
	for (const name in charts) {
		const box = at(name + "-chart");
		charts[name].setSize({width: box.clientWidth, height: box.clientHeight});
	}
});

// Asking.

let round = 0, timer, answered;

async function ask(path) {
	const answer = await fetch(path, {signal: AbortSignal.timeout(20000)});
	if (!answer.ok) throw new Error((await answer.text()).trim());
	return answer.json();
}

// refresh asks, shows, and asks again later. A later call supersedes it.
async function refresh() {
	clearTimeout(timer);
	const mine = ++round;
	try {
		const [state, bans] = await Promise.all([ask("api/state.json"), ask("api/bans.json?q=" + encodeURIComponent(at("search").value))]);
		if (mine !== round) return;
		answered = state.now;
		showState(state);
		showBans(bans, state.now);
	} catch (e) {
		if (mine !== round) return;
		at("state").classList.add("bad");
		say(at("state"), plain(`No answer${answered ? " since " + hour(answered) : ""}: ${e.message}`));
	}
	if (!document.hidden) timer = setTimeout(refresh, interval);
}

at("search").addEventListener("input", () => {
	clearTimeout(timer);
	timer = setTimeout(refresh, 300);
});
document.addEventListener("visibilitychange", () => document.hidden || refresh());
refresh();

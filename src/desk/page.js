"use strict";
(() => {
  const words = JSON.parse(document.body.dataset.words);
  const until = Date.parse(document.body.dataset.until);
  const spot = (id) => document.getElementById(id);
  // Whatever comes from outside becomes text here, and never markup.
  const make = (tag, kind, ...inside) => {
    const made = document.createElement(tag);
    if (kind) made.className = kind;
    made.append(...inside.filter((part) => part !== null));
    return made;
  };

  // The server's clock counts, not that of the screen.
  let ahead = 0;
  const now = () => Date.now() + ahead;
  let zone;
  const told = (at, how) => new Intl.DateTimeFormat(words.lang, { timeZone: zone, ...how }).format(at);
  const time = (at) => told(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const day = (at) => told(at, { month: "short", day: "numeric", weekday: "long" });

  // ---- What is open ----

  const number = (name, count, kind) => make("div", kind, make("dt", "", name), make("dd", "", String(count)));
  const alarm = (count) => (count > 0 ? "alarm" : "calm");
  const showNumbers = (board) => {
    spot("numbers").replaceChildren(
      number(words.open, board.open, "all"),
      number((board.late > 0 ? "▲ " : "") + words.late, board.late, alarm(board.late)),
      number((board.follow_ups_late > 0 ? "▲ " : "") + words.follow_ups_late, board.follow_ups_late, alarm(board.follow_ups_late)),
      ...board.by_status.map(({ status, count }) => number(words.status[status], count, "status")),
    );
  };

  // ---- What comes due ----

  const SOON = 30 * 60;
  const two = (count) => String(count).padStart(2, "0");
  const span = (seconds) => {
    const minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
    if (days > 9) return days + words.day;
    if (days > 0) return days + words.day + " " + (hours % 24) + words.hour;
    if (hours > 0) return hours + words.hour + " " + two(minutes % 60) + words.minute;
    return two(minutes) + ":" + two(seconds % 60);
  };
  let lines = [];
  const count = () => {
    const present = now();
    for (const { row, sign, left, due } of lines) {
      const seconds = Math.trunc((due - present) / 1000);
      // What is done within the second of its deadline is in time.
      const isLate = seconds < 0;
      row.classList.toggle("late", isLate);
      row.classList.toggle("soon", !isLate && seconds < SOON);
      sign.textContent = isLate ? "▲ " + words.over_by : words.left;
      left.textContent = span(Math.abs(seconds));
    }
    spot("clock").textContent = time(present);
    spot("day").textContent = day(present);
  };
  // As much of a date as it takes: of another year, the hour says nothing any more.
  const moment = (at) => {
    const year = { year: "numeric" }, date = { month: "numeric", day: "numeric" };
    if (told(at, year) !== told(now(), year)) return told(at, { ...year, ...date });
    return (day(at) === day(now()) ? "" : told(at, date) + " ") + time(at);
  };
  const line = (one) => {
    const due = Date.parse(one.due_at);
    const sign = make("span", "sign"), left = make("span", "left");
    const at = moment(due);
    const matter = make("span", "matter", words.kind[one.kind] + (one.category ? " · " + one.category : ""));
    const major = one.is_major ? make("span", "major", "◆ " + words.major) : null;
    const row = make("tr", one.is_major ? "grave" : "",
      make("td", "when", make("div", "", sign, left, make("span", "at", at))),
      make("td", "number", one.number),
      make("td", "what", major, matter),
      make("td", "where", one.place ?? "–"),
      make("td", "stand", words.status[one.status]),
    );
    return { row, sign, left, due };
  };
  const list = (id, lines, none) => {
    const nothing = make("td", "nothing", none);
    nothing.colSpan = 5;
    spot(id).replaceChildren(...(lines.length ? lines.map((one) => one.row) : [make("tr", "", nothing)]));
  };
  const showDeadlines = (board) => {
    const next = board.deadlines.map(line), missed = board.breaches.map(line);
    lines = [...next, ...missed];
    list("due", next, words.no_deadlines);
    list("late", missed, words.no_breaches);
    spot("late-all").textContent = board.late > 0 ? words.in_all.join(board.late) : "";
  };

  // ---- How today goes ----

  // Rounded down: what is below its target must not look as if it were there.
  const percent = (share, whole) => (Math.floor((share * 1000) / whole) / 10) + "%";
  const rate = (one) => {
    const name = words.rate[one.rate] + (one.kind ? " · " + words.kind[one.kind] : "");
    const hasCases = one.denominator > 0;
    const bar = make("span", "bar", make("span", "fill"));
    bar.firstChild.style.width = (hasCases ? (100 * one.numerator) / one.denominator : 0) + "%";
    if (one.target !== null) {
      const mark = make("span", "mark");
      mark.style.left = one.target / 100 + "%";
      bar.append(mark);
    }
    const aim = one.target === null ? "" : words.target + " " + percent(one.target, 10000);
    const counts = one.numerator + "/" + one.denominator + (one.pending > 0 ? " · " + words.pending + " " + one.pending : "");
    return make("li", one.verdict,
      make("span", "name", name),
      make("span", "share", hasCases ? percent(one.numerator, one.denominator) : "–"),
      bar,
      make("span", "counts", counts),
      make("span", "verdict", words.verdict[one.verdict] + (aim && " · " + aim)),
    );
  };
  const showRates = (board) => {
    spot("rates").replaceChildren(...(board.rates?.map(rate) ?? [make("li", "nothing", words.counting)]));
  };

  // ---- The line to the server ----

  const DEAD_AFTER = 40_000, AGAIN_AFTER = 10_000;
  let source = null, heard = 0, again = 0, isOver = false;
  const say = (kind, text) => {
    const place = spot("line");
    if (place.textContent === text) return;
    place.className = kind;
    place.textContent = text;
  };
  const end = (code) => {
    isOver = true;
    source?.close();
    clearInterval(watch);
    // Who may not look any more shall not see what it was, either.
    document.querySelectorAll("main, .clock").forEach((shown) => shown.remove());
    say("lost", "");
    spot("over").textContent = words.over[code] ?? words.over.desk_link_invalid;
    spot("over").hidden = false;
  };
  const hear = (event) => {
    const said = JSON.parse(event.data);
    heard = Date.now();
    ahead = Date.parse(said.now) - heard;
    say("live", "● " + words.live);
    return said;
  };
  const lose = () => {
    if (now() >= until) return end("desk_link_expired");
    say("lost", "▲ " + words.lost + " " + (heard ? time(heard + ahead) : "–"));
  };
  const connect = () => {
    if (isOver) return;
    source?.close();
    again = Date.now() + DEAD_AFTER;
    source = new EventSource("desk/events" + location.search);
    source.addEventListener("board", (event) => {
      const { board } = hear(event);
      zone = board.time_zone;
      spot("site").textContent = board.site;
      showNumbers(board);
      showDeadlines(board);
      showRates(board);
      count();
      again = heard + DEAD_AFTER;
    });
    source.addEventListener("beat", (event) => {
      hear(event);
      again = heard + DEAD_AFTER;
    });
    source.addEventListener("over", (event) => end(hear(event).code));
    source.addEventListener("error", () => {
      lose();
      // A browser comes back by itself, but not from a refusal.
      if (source.readyState === EventSource.CLOSED) again = Date.now() + AGAIN_AFTER;
    });
  };
  const watch = setInterval(() => {
    count();
    if (Date.now() < again) return;
    lose();
    connect();
  }, 1000);
  say("waiting", "○ " + words.connecting);
  connect();
})();

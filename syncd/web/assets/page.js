// Progressive enhancement: the page is asked for again when something was committed, and only what differs is put in.
"use strict";

const AGES_MS = 5000;
const ANYWAY_MS = 30000;
const SOON_MS = 400;
const NEWS = { change: "a change was committed", coordination: "authorities acted together", status: "a feed's state differs" };

const live = () => document.getElementById("live");
let liveWord = ["wait", "Connecting"];
let asked = 0;
let asking = false;

function showLive() {
  const chip = live();
  if (!chip) return;
  chip.hidden = false;
  chip.textContent = liveWord[1];
  chip.className = `chip ${liveWord[0]}`;
}

function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  for (const [unit, length] of [["d", 86400], ["h", 3600], ["min", 60]]) {
    const count = Math.floor(whole / length);
    if (!count) continue;
    const minutes = Math.floor((whole % length) / 60);
    return unit === "h" && minutes ? `${count} h ${minutes} min` : `${count} ${unit}`;
  }
  return `${whole} s`;
}

function tickAges() {
  for (const time of document.querySelectorAll("time[data-age]")) {
    const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
    if (Number.isFinite(seconds) && seconds >= 0) time.textContent = `${span(seconds)} ago`;
  }
}

function offerCopies() {
  for (const code of document.querySelectorAll("code.command")) {
    if (code.nextElementSibling || !navigator.clipboard) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.id = `copy-${code.id}`;
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy the command ${code.textContent}`);
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    code.after(button);
  }
}

function put(part, fresh) {
  const open = [...part.querySelectorAll("details[open][id]")].map((one) => one.id);
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const summary = focused?.tagName === "SUMMARY" ? focused.parentElement.id : "";
  const known = new Set([...part.querySelectorAll("[data-commit]")].map((one) => one.id));
  for (const one of fresh.querySelectorAll("[data-commit]")) {
    if (!known.has(one.id)) one.classList.add("new");
  }
  for (const id of open) fresh.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  part.replaceWith(fresh);
  offerCopies();
  if (summary) document.querySelector(`#${CSS.escape(summary)} > summary`)?.focus({ preventScroll: true });
  else if (focused?.id) document.getElementById(focused.id)?.focus({ preventScroll: true });
}

async function refresh() {
  if (asking || document.hidden) return;
  asking = true;
  try {
    const answer = await fetch("/", { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.title = fresh.title;
    const parts = [...fresh.querySelectorAll("[data-part]")].map((one) => one.id);
    const here = [...document.querySelectorAll("[data-part]")].map((one) => one.id);
    if (parts.join() !== here.join()) {
      document.querySelector("main").replaceWith(document.adoptNode(fresh.querySelector("main")));
      offerCopies();
    }
    for (const id of parts) {
      const [part, next] = [document.getElementById(id), fresh.getElementById(id)];
      if (part && next && part.innerHTML !== next.innerHTML) put(part, document.adoptNode(next));
    }
    showLive();
    tickAges();
  } catch {
    // The connection is told about by the stream below.
  } finally {
    asking = false;
  }
}

function refreshSoon() {
  clearTimeout(asked);
  asked = setTimeout(refresh, SOON_MS);
}

function listen() {
  const events = new EventSource("/api/events");
  const become = (tone, word) => { liveWord = [tone, word]; showLive(); };
  events.addEventListener("open", () => become("good", "Live"));
  events.addEventListener("error", () => {
    become("bad", "Reconnecting");
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 10000);
  });
  for (const kind of ["change", "coordination", "status", "missed"]) {
    events.addEventListener(kind, () => {
      if (NEWS[kind]) document.getElementById("news").textContent = `New: ${NEWS[kind]}`;
      refreshSoon();
    });
  }
}

showLive();
offerCopies();
tickAges();
listen();
setInterval(tickAges, AGES_MS);
setInterval(refresh, ANYWAY_MS);
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });

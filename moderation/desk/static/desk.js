// The frame of every page: keys, CSRF for htmx, toasts, theme, and sessions that ended meanwhile.
"use strict";

const root = document.documentElement;
const typing = (element) => element.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

// --- keys -----------------------------------------------------------------------------------------------------------
// An element with data-key="a" (or "Shift+A", "Enter", "ArrowDown"; several with spaces between) is pressed, followed
// or focused by that key, unless somebody is typing. Keys with data-key-typing also work while typing (Ctrl+Enter).

function nameOf(event) {
  const named = event.key.length > 1;
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  if (event.shiftKey && (named || /\p{Lu}/u.test(event.key))) parts.push("Shift");
  parts.push(named ? event.key : /\p{L}/u.test(event.key) && parts.includes("Shift") ? event.key.toUpperCase() : event.key);
  return parts.join("+");
}

function visible(element) {
  return element.checkVisibility ? element.checkVisibility() : element.offsetParent !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
  const name = nameOf(event);
  const writes = event.target instanceof Element && typing(event.target);
  if (writes && event.key === "Escape") return event.target.blur();
  if (name === "?" && !writes) return showKeys();
  for (const element of document.querySelectorAll("[data-key]")) {
    if (!element.dataset.key.split(" ").includes(name)) continue;
    if ((writes && !("keyTyping" in element.dataset)) || element.disabled || !visible(element)) continue;
    event.preventDefault();
    if (typing(element)) element.focus();
    else element.click();
    return;
  }
});

function showKeys() {
  const list = document.getElementById("keys-list");
  list.replaceChildren();
  const first = new Set(); // of several with one key, the first is pressed
  const rows = [...document.querySelectorAll("[data-key]")].filter(
    (element) => visible(element) && !first.has(element.dataset.key) && first.add(element.dataset.key),
  );
  for (const element of rows) {
    const term = document.createElement("dt");
    for (const key of element.dataset.key.split(" ")) {
      const shown = document.createElement("kbd");
      shown.textContent = key;
      term.append(shown, " ");
    }
    const meaning = document.createElement("dd");
    meaning.textContent = element.dataset.keyLabel || element.getAttribute("aria-label") || element.textContent.trim();
    const row = document.createElement("div");
    row.append(term, meaning);
    list.append(row);
  }
  list.hidden = !rows.length;
  document.getElementById("keys-none").hidden = rows.length > 0;
  document.getElementById("keys").showModal();
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  if (event.target.closest("[data-keys-help]")) showKeys();
  if (event.target.closest("[data-dismiss]")) event.target.closest("[data-toast]").remove();
  if (event.target.closest("[data-theme-switch]")) switchTheme();
  const copied = event.target.closest("[data-copy], [data-copy-text]");
  if (copied) copy(copied);
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// A box that chooses all boxes of a name in its form.
document.addEventListener("change", (event) => {
  const name = event.target.dataset?.all;
  if (name) for (const box of event.target.form.querySelectorAll(`input[name="${name}"]`)) box.checked = event.target.checked;
});

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
}, true);

// --- forms are sent once ---------------------------------------------------------------------------------------------
// A second click would do it twice. Forms of htmx, which prevents that they are sent, have hx-disabled-elt.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if ("sent" in form.dataset) return event.preventDefault();
  form.dataset.sent = "";
  setTimeout(() => switchButtons(form, true)); // once the browser has read which was pressed
});

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent; // back from where it led
    switchButtons(form, false);
  }
});

function switchButtons(form, off) {
  for (const one of form.elements) if (one.type === "submit") one.disabled = off;
}

// --- htmx -----------------------------------------------------------------------------------------------------------

const csrf = () => document.querySelector("meta[name=csrf]").content;

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = csrf();
});

// Errors come as toasts with a target of their own; htmx shows answers with an error status only when told to.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.getResponseHeader("HX-Retarget")) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

document.addEventListener("htmx:sendError", () => tell("The desk does not answer. Check your connection and try again.", "bad", "connection"));
document.addEventListener("htmx:timeout", () => tell("The desk took too long to answer. Try again.", "bad", "connection"));
document.addEventListener("htmx:beforeOnLoad", () => hush("connection")); // it answers again

// --- toasts ---------------------------------------------------------------------------------------------------------

// `about` names what a toast is about: a newer one of the same takes its place, and `hush` takes it away.
function tell(message, tone = "", about = "") {
  hush(about);
  const toast = document.createElement("div");
  if (about) toast.dataset.about = about;
  toast.className = tone ? `toast toast-${tone}` : "toast";
  toast.dataset.toast = "";
  if (tone === "bad") toast.setAttribute("role", "alert");
  const text = document.createElement("p");
  text.textContent = message;
  const button = document.createElement("button");
  Object.assign(button, { type: "button", textContent: "×", ariaLabel: "Dismiss" });
  button.dataset.dismiss = "";
  toast.append(text, button);
  document.getElementById("toasts").append(toast);
}

function hush(about) {
  for (const toast of document.querySelectorAll("[data-about]")) if (toast.dataset.about === about) toast.remove();
}

function fade(toast) {
  if (!toast.classList.contains("toast-bad")) setTimeout(() => toast.remove(), 6000);
}

// --- theme ----------------------------------------------------------------------------------------------------------

function switchTheme() {
  const dark = root.dataset.theme === "dark" || (root.dataset.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "light" : "dark";
  const form = new FormData();
  form.set("theme", root.dataset.theme);
  fetch("/settings/theme", { method: "POST", body: form, headers: { "X-CSRF-Token": csrf() } }).catch(() => {});
}

async function copy(button) {
  const text = button.dataset.copyText ?? document.getElementById(button.dataset.copy).value;
  try {
    await navigator.clipboard.writeText(text);
    tell("Copied.", "", "copied");
  } catch {
    tell(`The browser does not let pages copy here: ${text}`, "", "copied"); // as on plain http, away from this machine
  }
}

// --- tables ---------------------------------------------------------------------------------------------------------
// Where there is no room for columns each cell tells which it is of (desk.css, `.folds`).

function labelCells() {
  for (const table of document.querySelectorAll("table.table")) {
    const names = [...table.querySelectorAll("thead th")].map((cell) => (cell.querySelector(".unseen") ? "" : cell.textContent.trim()));
    for (const body of table.tBodies) {
      for (const row of body.rows) [...row.cells].forEach((cell, place) => (cell.dataset.label = names[place] ?? ""));
    }
    table.classList.add("folds");
  }
}

// Elsewhere a table that is too wide scrolls sideways, by arrow keys too.
function reachTables() {
  for (const place of document.querySelectorAll(".table-scroll")) {
    if (place.scrollWidth > place.clientWidth) place.setAttribute("tabindex", "0");
    else place.removeAttribute("tabindex");
  }
}

document.addEventListener("htmx:afterSettle", () => {
  labelCells();
  reachTables();
});
addEventListener("resize", reachTables);

document.addEventListener("DOMContentLoaded", () => {
  labelCells();
  reachTables();
  document.querySelector(".bar-tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  const toasts = document.getElementById("toasts");
  toasts.querySelectorAll("[data-toast]").forEach(fade);
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node instanceof Element) fade(node);
  }).observe(toasts, { childList: true });
});

window.desk = { tell, hush };

// One item: the choice under the fingers, the lease that runs down, dialogs, and where the focus is.
"use strict";

// Pressing a key chooses; the focus goes along, so that Enter sends what is chosen.
document.addEventListener("change", (event) => {
  if (!event.target.closest("#answer") || !event.target.matches("input[type=radio], input[type=checkbox]")) return;
  event.target.focus({ preventScroll: true });
  const reasons = document.querySelectorAll("#answer input[name=reasons]");
  if (event.target.value === "allow" && event.target.name === "action") for (const one of reasons) one.checked = false;
});

// Who has left the note, or clicked beside the form, has the focus nowhere: there Enter sends, too.
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.key !== "Enter" || event.repeat || event.isComposing) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || document.querySelector("dialog[open]")) return;
  if (event.target !== document.body && event.target.id !== "item-title") return;
  const answer = document.getElementById("answer");
  if (!answer?.querySelector("input[name=action]:checked")) return;
  event.preventDefault();
  answer.requestSubmit();
});

// --- dialogs --------------------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog).showModal();
  if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
});

// A reason to skip is chosen or written: Enter in a dialog that was just opened records nothing.
document.addEventListener("input", (event) => {
  if (event.target.id !== "skip-other") return;
  for (const one of event.target.form.elements) if (one.name === "why") one.required = !event.target.value.trim();
});

// What an item begins with. One that changed, or comes back with a draft (drafts.js), begins with the note of that, where
// Enter does not send: whoever presses it twice would answer what they have not seen.
const title = () => document.querySelector("#item-changed, #draft-kept:not([hidden])") ?? document.getElementById("item-title");

// --- the next item --------------------------------------------------------------------------------------------------

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "content") return;
  title()?.focus();
  startLease();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  for (const dialog of document.querySelectorAll("#content dialog[open]")) if (event.detail.target.id === "content") dialog.close();
});

// Buttons that are replaced take the focus with them: it goes to what came in their place.
document.addEventListener("htmx:afterSettle", (event) => {
  if (document.activeElement !== document.body) return;
  const place = event.detail.target;
  if (place.id === "lease" || place.id.startsWith("media-")) document.getElementById(place.id)?.querySelector("button")?.focus({ preventScroll: true });
});

// --- the lease ------------------------------------------------------------------------------------------------------
// The server's clock counts: the page knows how long was left when it came, and measures from there.

const WARN_AT_S = [120, 30];
let ticking;

function startLease() {
  clearInterval(ticking);
  window.desk.hush("lease"); // what was said of the one before
  const lease = document.getElementById("lease");
  if (!lease) return;
  const left = (Date.parse(lease.dataset.lease) - Date.parse(lease.dataset.now)) / 1000;
  const ends = performance.now() / 1000 + left;
  const told = new Set(WARN_AT_S.filter((at) => left <= at));
  const tick = () => {
    const seconds = Math.max(0, Math.round(ends - performance.now() / 1000));
    document.getElementById("lease-left").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    lease.classList.toggle("lease-short", seconds <= WARN_AT_S[0]);
    for (const at of WARN_AT_S) {
      if (seconds > at || told.has(at)) continue;
      told.add(at);
      if (seconds) window.desk.tell(`This item is yours for ${seconds} more seconds. Press e for more time.`, "", "lease");
    }
    if (!seconds) {
      clearInterval(ticking);
      window.desk.tell("Your time for this item is over. Press e: if nobody else has it yet, it stays yours.", "bad", "lease");
    }
  };
  tick();
  ticking = setInterval(tick, 1000);
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id === "lease") startLease();
});
document.addEventListener("DOMContentLoaded", () => {
  startLease();
  title()?.focus({ preventScroll: true });
});

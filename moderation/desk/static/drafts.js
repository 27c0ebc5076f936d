// Answers that were begun and not sent, kept in this tab under their task's address: a session or a lease that ends
// takes neither choice nor note. They go when they are sent or given back, at sign-out, and after some hours.
"use strict";

const DRAFT = "draft of ";
const KEPT_FOR_MS = 4 * 60 * 60 * 1000;
const SIGNED_OUT = new BroadcastChannel("signed out"); // other tabs of this browser have drafts, too

const begun = () => document.querySelector("#answer");
const nameOfDraft = (form) => DRAFT + form.getAttribute("action").replace(/\/answer$/, ""); // form.action is its field

function forget(which = () => true) {
  const names = Array.from({ length: sessionStorage.length }, (_, place) => sessionStorage.key(place));
  for (const name of names) if (name.startsWith(DRAFT) && which(JSON.parse(sessionStorage.getItem(name)))) sessionStorage.removeItem(name);
}

function keep(form) {
  const fields = new FormData(form);
  const draft = { action: fields.get("action"), reasons: fields.getAll("reasons"), note: fields.get("note") };
  if (!draft.action && !draft.reasons.length && !draft.note) return sessionStorage.removeItem(nameOfDraft(form));
  sessionStorage.setItem(nameOfDraft(form), JSON.stringify({ ...draft, account: document.body.dataset.account, at: Date.now() }));
}

// Once the page has the task again. The focus goes to the note of it (item.js), where Enter does not send.
function fillIn() {
  const form = begun();
  const kept = form && sessionStorage.getItem(nameOfDraft(form));
  if (!kept || document.getElementById("item-changed")) return; // where it changed, the desk has filled it in
  const draft = JSON.parse(kept);
  for (const one of form.elements) {
    if (one.name === "action") one.checked = one.value === draft.action;
    if (one.name === "reasons") one.checked = draft.reasons.includes(one.value);
  }
  form.elements.note.value = draft.note;
  document.getElementById("draft-kept").hidden = false;
}

addEventListener("input", (event) => event.target.form?.id === "answer" && keep(event.target.form));
addEventListener("change", (event) => event.target.form?.id === "answer" && keep(event.target.form)); // after item.js
document.addEventListener("submit", (event) => {
  if (event.target.id === "release" && begun()) sessionStorage.removeItem(nameOfDraft(begun()));
  if (!event.target.matches("[data-signs-out]")) return;
  forget();
  SIGNED_OUT.postMessage("");
});
SIGNED_OUT.addEventListener("message", () => forget());

// The desk says so where a task is done with: sent, skipped, or given to somebody.
document.addEventListener("done-with", (event) => sessionStorage.removeItem(DRAFT + event.detail.value));

document.addEventListener("htmx:afterSwap", (event) => event.detail.target.id === "content" && fillIn());
document.addEventListener("DOMContentLoaded", () => {
  const account = document.body.dataset.account; // none: signing in again brings back its own
  forget((draft) => Date.now() - draft.at > KEPT_FOR_MS || (account && draft.account !== account));
  fillIn();
});

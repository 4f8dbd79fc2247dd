// The page works without this. With it, "/" goes to the search, a form is not sent twice, and what
// is not finished or not there yet looks again by itself.
"use strict";

document.addEventListener("keydown", (event) => {
  const field = event.target instanceof Element && event.target.closest("input, textarea, select");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || field) return;
  const search = document.querySelector("input[type=search]");
  event.preventDefault();
  if (search) search.focus();
  else location.assign("/search");
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});

// Coming back by the browser's own button, a form may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// A trial that is under way: only its own part of the page is fetched anew, so that what is being
// typed beside it stays.
async function lookAgain() {
  const shown = document.querySelector("[data-trial]");
  const link = shown && shown.querySelector("[data-again] a");
  if (!link) return;
  const answer = await fetch(link.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-trial]");
  if (fresh) shown.replaceWith(fresh);
  setTimeout(lookAgain, 500);
}
setTimeout(lookAgain, 500);

// Before there is an archive.
if (document.querySelector("[data-reload]")) setTimeout(() => location.reload(), 5000);

// The page works without this. With it, "/" goes to the search, and a form is not sent twice.
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

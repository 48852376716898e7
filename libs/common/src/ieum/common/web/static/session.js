// Warns before a session ends by itself (WCAG 2.2.1). Without scripts the head of each page says until when.
"use strict";
const session = document.getElementById("session");
if (session) {
  const WARNING_MS = 5 * 60 * 1000;
  const until = Date.parse(session.dataset.until);
  const warning = session.querySelector(".warning");
  window.setTimeout(() => { warning.hidden = false; }, Math.max(0, until - Date.now() - WARNING_MS));
}

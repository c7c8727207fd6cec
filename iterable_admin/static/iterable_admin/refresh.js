// Asks every few seconds for the part of the page that moves, while it is looked at, and swaps in what has changed: what is
// folded open stays open, and the focus stays where it is. (progress.js tells the figures of one run; this is for markup.)
"use strict";
(() => {
  const part = document.querySelector("[data-refresh]");
  if (!part) return;
  const EVERY = 5000, GIVE_UP = 20000;
  const trouble = document.getElementById(part.dataset.trouble);
  const known = new Map();
  let heard = new Date();
  // Each answer has a fresh token against forgery, which is no news.
  const words = (node) => node.outerHTML.replace(/(name="csrfmiddlewaretoken" value=")[^"]*/g, "$1");
  const remember = () => { for (const node of part.children) known.set(node.id, words(node)); };
  const focusable = (node) => [...node.querySelectorAll("a[href], button, summary, input:not([type=hidden]), select")];
  const keeping = (scope, swap) => {
    const place = focusable(scope).indexOf(document.activeElement);
    const open = [...scope.querySelectorAll("details[open][id]")].map((details) => details.id);
    const fresh = swap();
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (place >= 0) focusable(fresh)[place]?.focus({ preventScroll: true });
  };
  const show = (text) => {
    const fresh = [...new DOMParser().parseFromString(text, "text/html").body.children];
    const ids = (nodes) => [...nodes].map((node) => node.id).join();
    if (!fresh.length) throw new Error("an empty answer");
    if (ids(fresh) !== ids(part.children)) {
      keeping(part, () => { part.replaceChildren(...fresh); return part; });
      return remember();
    }
    fresh.forEach((node, place) => {
      const now = words(node);
      // Compared with what came the last time, not with what stands: readers fold, and scripts rewrite, what stands.
      if (known.get(node.id) === now) return;
      known.set(node.id, now);
      keeping(part.children[place], () => { part.children[place].replaceWith(node); return node; });
    });
  };
  const ask = async () => {
    // A button that is being pressed is not taken from under the finger.
    if (document.hidden || part.matches(":active")) return;
    try {
      const request = { credentials: "same-origin", redirect: "error", signal: AbortSignal.timeout(GIVE_UP) };
      const answer = await fetch(part.dataset.refresh, request);
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.text());
      heard = new Date();
      trouble.hidden = true;
    } catch {
      trouble.textContent = `! No answer since ${heard.toLocaleTimeString()}: these figures are old. ` +
        "Asked again by itself; if you were signed out, sign in again.";
      trouble.hidden = false;
    }
  };
  const again = async () => { await ask(); setTimeout(again, EVERY); };
  remember();
  setTimeout(again, EVERY);
})();

// Asks every few seconds for the part of the page that moves, while it is looked at, and swaps in what has changed: what is
// folded open stays open, and the focus stays where it is. progress.js tells a run's figures; this is for whole pages.
"use strict";
(() => {
  const part = document.querySelector("[data-refresh]");
  if (!part) return;
  const trouble = document.getElementById(part.dataset.trouble);
  const EVERY = 5000, GIVE_UP = 20000;
  let heard = new Date();
  // Each answer has a fresh token against forgery, which is no news.
  const words = (node) => node.outerHTML.replace(/(name="csrfmiddlewaretoken" value=")[^"]*/g, "$1");
  const inFocus = () => part.contains(document.activeElement) ? document.activeElement : null;
  const focusable = (node) => [...node.querySelectorAll("a[href], button, summary, input, select")];
  const swap = (old, fresh) => {
    const place = focusable(old).indexOf(inFocus());
    const open = [...old.querySelectorAll("details[open][id]")].map((details) => details.id);
    old.replaceWith(fresh);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (place >= 0) focusable(fresh)[place]?.focus({ preventScroll: true });
  };
  const known = new Map();
  const show = (text) => {
    const answer = new DOMParser().parseFromString(text, "text/html").body;
    const fresh = [...answer.children], old = [...part.children];
    if (!fresh.length) throw new Error("empty");
    if (fresh.map((node) => node.id).join() !== old.map((node) => node.id).join()) {
      const whole = part.cloneNode(false);
      whole.append(...fresh);
      for (const node of fresh) known.set(node.id, words(node));
      const id = inFocus()?.id;
      const open = [...part.querySelectorAll("details[open][id]")].map((details) => details.id);
      part.replaceChildren(...whole.children);
      for (const name of open) document.getElementById(name)?.setAttribute("open", "");
      if (id) document.getElementById(id)?.focus({ preventScroll: true });
      return;
    }
    fresh.forEach((node, place) => {
      const now = words(node);
      // As it came the last time, not as it stands: scripts and readers fold and rewrite what stands.
      if (known.get(node.id) !== now) swap(old[place], node);
      known.set(node.id, now);
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
  for (const node of part.children) known.set(node.id, words(node));
  const again = async () => { await ask(); setTimeout(again, EVERY); };
  setTimeout(again, EVERY);
  document.addEventListener("visibilitychange", ask);
})();

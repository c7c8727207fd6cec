// Asks every two seconds how far a run is, while the page is looked at; once the run has ended, the whole page is asked for.
"use strict";
(() => {
  const panel = document.querySelector("[data-progress]");
  if (!panel) return;
  const trouble = panel.querySelector("[data-trouble]");
  const show = (told) => {
    for (const place of document.querySelectorAll("[data-live]")) {
      const words = told[place.dataset.live];
      if (words !== undefined && place.textContent !== words) place.textContent = words;
    }
    panel.querySelector("[data-width]").setAttribute("width", told.width);
    trouble.textContent = "";
  };
  const ask = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(panel.dataset.progress, { credentials: "same-origin", redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      if (told.state !== state) return location.reload();
      show(told);
    } catch {
      trouble.textContent = "No answer: these figures are old. Asked again by itself.";
    }
  };
  const state = panel.dataset.state;
  setInterval(ask, 2000);
})();

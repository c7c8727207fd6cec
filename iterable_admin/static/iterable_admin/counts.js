// Asks, once the page stands, how many people each condition on it is true of, and writes the numbers beside them.
"use strict";
(() => {
  const page = document.querySelector("[data-counts]");
  if (!page) return;
  const trouble = page.querySelector("[data-counts-trouble]");
  const people = page.querySelector("[data-counts-people]");
  const show = (told) => {
    for (const place of page.querySelectorAll("[data-count]")) {
      const count = told.counts[place.dataset.count];
      if (count !== undefined) place.textContent = count;
    }
    if (people) people.textContent = `, of ${told.people} known`;
  };
  const ask = async () => {
    try {
      const answer = await fetch(page.dataset.counts, { credentials: "same-origin", redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      if (told.problem) trouble.textContent = `! ${told.problem}`;
      else show(told);
    } catch {
      trouble.textContent = "! The numbers did not come: count again.";
    }
  };
  ask();
})();

// Asks, once the page stands, how many people each condition on it is true of, and writes the numbers beside them.
// What takes long comes bit by bit: each answer says where to go on.
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
    const url = new URL(page.dataset.counts, location.href);
    try {
      for (let next = 0; next !== null;) {
        url.searchParams.set("from", next);
        const answer = await fetch(url, { credentials: "same-origin", redirect: "error" });
        if (!answer.ok) throw new Error(String(answer.status));
        const told = await answer.json();
        if (told.problem) {
          trouble.textContent = `! ${told.problem}`;
          return;
        }
        show(told);
        next = told.next;
      }
    } catch {
      trouble.textContent = "! The numbers did not come: count again.";
    }
  };
  ask();
})();

// `/` goes to the search box, "3 minutes ago" stays true while a page stands open, and on a phone each row of a list is a card
// whose cells say what they are. Nothing depends on any of it.
"use strict";
(() => {
  const typing = (place) => place.closest("input, textarea, select, [contenteditable]");
  document.addEventListener("keydown", (key) => {
    const box = document.querySelector("[data-find]");
    if (key.key !== "/" || key.ctrlKey || key.metaKey || key.altKey || !box || typing(key.target)) return;
    key.preventDefault();
    box.focus();
    box.select();
  });

  const list = document.querySelector("#result_list");
  if (list) {
    const heads = [...list.tHead.rows[0].cells].map((head) => head.querySelector(".text")?.innerText.trim() ?? "");
    for (const row of list.tBodies[0].rows) [...row.cells].forEach((cell, at) => heads[at] && (cell.dataset.head = heads[at]));
    list.classList.add("stacked");
    // Cards have no head for Django's box that selects them all: it stands above them, with a word.
    document.querySelector("#action-toggle")?.insertAdjacentHTML("afterend", '<label for="action-toggle" class="select-all">Select all</label>');
  }

  const words = new Intl.RelativeTimeFormat("en", { numeric: "always" });
  // As the server says it: the largest unit alone.
  const units = [["year", 31536000], ["month", 2592000], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];
  const told = (seconds) => {
    const [unit, length] = units.find(([, long]) => seconds >= long) ?? [];
    return unit ? words.format(-Math.floor(seconds / length), unit) : "just now";
  };
  setInterval(() => {
    if (document.hidden) return;
    for (const time of document.querySelectorAll("time.moment[data-past]")) {
      const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
      if (seconds >= 0 && time.textContent !== told(seconds)) time.textContent = told(seconds);
    }
  }, 30000);
})();

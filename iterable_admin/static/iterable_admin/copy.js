// A button with data-copy="#id" copies the text of what it names; where that is not allowed, it selects the text.
"use strict";
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const named = button.dataset.copy;
  const field = document.querySelector(named.startsWith("#") ? named : `#${named}`);
  const said = button.parentElement.querySelector("[role=status]");
  try {
    await navigator.clipboard.writeText(field.value ?? field.textContent);
    said.textContent = "Copied.";
  } catch {
    field.focus();
    if (field.select) field.select();
    else getSelection().selectAllChildren(field);
    said.textContent = "Selected: copy it with your keyboard.";
  }
});

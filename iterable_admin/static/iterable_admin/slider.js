// Says which day a slider stands on while it is moved; without it the button shows that day all the same.
"use strict";
for (const slider of document.querySelectorAll("input[data-slider]")) {
  const shown = slider.form.querySelector(`output[for="${slider.id}"]`);
  slider.addEventListener("input", () => {
    const day = new Date(`${slider.dataset.slider}T00:00:00Z`);
    day.setUTCDate(day.getUTCDate() + Number(slider.value));
    shown.textContent = day.toISOString().slice(0, 10);
  });
}

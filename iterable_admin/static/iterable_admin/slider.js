// Says which day a slider stands on while it is moved; without it the button shows that day all the same.
"use strict";
for (const slider of document.querySelectorAll("input[data-slider]")) {
  const shown = document.querySelector(`output[for="${slider.id}"]`);
  const tell = () => {
    const day = new Date(`${slider.dataset.slider}T00:00:00Z`);
    day.setUTCDate(day.getUTCDate() + Number(slider.value));
    shown.textContent = day.toISOString().slice(0, 10);
    // Read out, a number of days would say nothing.
    slider.setAttribute("aria-valuetext", shown.textContent);
  };
  slider.addEventListener("input", tell);
  // Whoever comes back finds the slider where they left it.
  window.addEventListener("pageshow", tell);
}

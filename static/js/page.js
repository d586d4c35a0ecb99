// Small behaviour of the page frame.

export function menu() {
  const box = document.querySelector(".kp-menu");
  if (!box) return;
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !box.open) return;
    box.open = false;
    box.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (box.open && !box.contains(event.target)) box.open = false;
  });
}

export function errorSummary() {
  document.querySelector(".kp-error-summary")?.focus();
}

export function printButtons() {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.addEventListener("click", () => print());
  }
}

// Explanations of terms: a button in the text that shows and hides the meaning it controls.
export function glossary() {
  for (const button of document.querySelectorAll(".kp-prose button[aria-expanded][aria-controls]")) {
    const box = document.getElementById(button.getAttribute("aria-controls"));
    if (!box) continue;
    const show = (open) => {
      button.setAttribute("aria-expanded", String(open));
      box.hidden = !open;
    };
    button.addEventListener("click", () => show(button.getAttribute("aria-expanded") !== "true"));
    const close = (event) => {
      if (event.key === "Escape" && !box.hidden) {
        show(false);
        button.focus();
      }
    };
    button.addEventListener("keydown", close);
    box.addEventListener("keydown", close);
  }
}

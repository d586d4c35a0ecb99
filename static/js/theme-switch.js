// System, light or dark; the choice stays in this browser (localStorage), no cookie.
import { say } from "./status.js";

const NAMES = { system: "wie im System", light: "hell", dark: "dunkel" };

function stored() {
  try {
    return localStorage.getItem("theme") ?? "system";
  } catch {
    return "system";
  }
}

function show(theme) {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.kernTheme;
  else root.dataset.kernTheme = theme;
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
  }
  const background = getComputedStyle(document.body).backgroundColor;
  for (const meta of document.querySelectorAll('meta[name="theme-color"]')) {
    meta.dataset.own ??= meta.content;
    meta.content = theme === "system" ? meta.dataset.own : background;
  }
}

function choose(theme) {
  try {
    if (theme === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch {
    // Storage is switched off: the choice lasts for this page.
  }
  show(theme);
  say(`Darstellung: ${NAMES[theme]}`);
}

export function themeSwitch() {
  for (const group of document.querySelectorAll(".kp-theme")) {
    group.addEventListener("click", (event) => {
      const button = event.target.closest("[data-theme-choice]");
      if (button) choose(button.dataset.themeChoice);
    });
  }
  show(stored());
  // Paper is white, whatever was chosen for the screen.
  addEventListener("beforeprint", () => delete document.documentElement.dataset.kernTheme);
  addEventListener("afterprint", () => show(stored()));
  addEventListener("storage", (event) => {
    if (event.key === "theme") show(stored());
  });
}

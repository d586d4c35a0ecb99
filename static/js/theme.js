// Runs before the first paint, so that a chosen theme never flashes in the other one. No choice: the system decides.
(() => {
  const root = document.documentElement;
  root.dataset.js = "";
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.kernTheme = theme;
  } catch {
    // Storage is switched off: the system decides.
  }
})();

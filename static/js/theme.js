// Runs before the first paint, so that nothing the reader has chosen flashes in the other form first.
(() => {
  const root = document.documentElement;
  root.dataset.js = "";

  function stored(name) {
    try {
      return localStorage.getItem(name);
    } catch {
      return null; // Storage is switched off: nothing was chosen.
    }
  }

  const theme = stored("theme");
  if (theme === "light" || theme === "dark") root.dataset.kernTheme = theme;

  // Explained terms become plain text while the page is being read in, and buttons again when they are wanted.
  const buttons = new Map();
  const reader = new MutationObserver(takeOut);

  function takeOut() {
    for (const button of document.querySelectorAll(".kp-term")) {
      // What follows is there only when the button is complete.
      if (!button.nextSibling) continue;
      const words = document.createTextNode(button.textContent);
      buttons.set(words, button);
      button.replaceWith(words);
    }
  }

  function putBack() {
    for (const [words, button] of buttons) words.replaceWith(button);
    buttons.clear();
  }

  function explain(wanted) {
    if (wanted) {
      delete root.dataset.glossary;
      reader.disconnect();
      putBack();
    } else {
      root.dataset.glossary = "off";
      takeOut();
      if (document.readyState === "loading") reader.observe(root, { childList: true, subtree: true });
    }
  }

  if (stored("glossary") === "off") explain(false);
  addEventListener("DOMContentLoaded", () => reader.disconnect());
  addEventListener("kp:explain", (event) => explain(event.detail));
})();

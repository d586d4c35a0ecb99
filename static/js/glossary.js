// The switch for explanations of terms; the choice stays in this browser (localStorage), theme.js carries it out.
import { say } from "./status.js";

function isWanted() {
  try {
    return localStorage.getItem("glossary") !== "off";
  } catch {
    return true;
  }
}

function keep(wanted) {
  try {
    if (wanted) localStorage.removeItem("glossary");
    else localStorage.setItem("glossary", "off");
    return true;
  } catch {
    return false; // Storage is switched off: the link leads to the page without explanations.
  }
}

function carryOut() {
  dispatchEvent(new CustomEvent("kp:explain", { detail: isWanted() }));
}

export function glossarySwitch() {
  for (const link of document.querySelectorAll("[data-glossary-switch]")) {
    link.addEventListener("click", (event) => {
      // A page asked for without explanations has none to put back: its link leads to the one that has.
      const wanted = link.dataset.glossarySwitch === "off" || !isWanted();
      if (!keep(wanted) || link.dataset.glossarySwitch === "off") return;
      event.preventDefault();
      carryOut();
      say(wanted ? "Fachwörter werden erklärt" : "Fachwörter werden nicht erklärt");
    });
  }
  addEventListener("storage", (event) => {
    if (event.key === "glossary" || event.key === null) carryOut();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) carryOut();
  });
}

// A button beside every heading of a text (and every question of an accordion) that copies its address.
import { say } from "./status.js";

const ICON =
  '<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" d="M10 7H7a5 5 0 0 0 0 10h3M14 7h3a5 5 0 0 1 0 10h-3M8.5 12h7"/></svg>';

async function copy(address) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(address);
    return;
  }
  const field = document.createElement("textarea");
  field.value = address;
  field.className = "kern-sr-only";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("copy refused");
}

function button(id, label) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "kp-copy";
  element.title = "Link kopieren";
  element.setAttribute("aria-label", `Link zu „${label}“ kopieren`);
  element.innerHTML = ICON;
  element.addEventListener("click", async () => {
    const address = new URL(`#${id}`, location.href).href;
    try {
      await copy(address);
      say("Link kopiert");
    } catch {
      location.hash = id;
      say("Kopieren nicht möglich. Der Link steht in der Adresszeile.");
    }
    element.dataset.done = "";
    setTimeout(() => delete element.dataset.done, 2000);
  });
  return element;
}

export function copyLinks() {
  for (const heading of document.querySelectorAll(".kp-prose :is(h2, h3, h4)[id]")) {
    if (heading.closest("summary, .callout, details")) continue;
    const frame = document.createElement("div");
    frame.className = `kp-heading kp-heading--${heading.localName}`;
    heading.replaceWith(frame);
    frame.append(heading, button(heading.id, heading.textContent.trim()));
  }
  for (const place of document.querySelectorAll("[data-copy-link]")) {
    place.append(button(place.dataset.copyLink, place.dataset.copyLabel));
  }
}

// One live region for the whole page; what is said there is read aloud.
const region = document.getElementById("kp-status");

export function say(text) {
  if (!region) return;
  region.textContent = "";
  // A new task, so that the same sentence is announced a second time as well.
  setTimeout(() => {
    region.textContent = text;
  }, 50);
}

// An address with a fragment opens the disclosure it points to; printing opens all of them.
function reveal() {
  let target = null;
  try {
    target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  } catch {
    return; // not a valid fragment
  }
  if (!target) return;
  let closed = false;
  for (let box = target.closest("details"); box; box = box.parentElement?.closest("details")) {
    closed ||= !box.open;
    box.open = true;
  }
  if (closed) target.scrollIntoView();
}

export function openByFragment() {
  reveal();
  addEventListener("hashchange", reveal);
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("main details:not([open])")];
    for (const box of opened) box.open = true;
  });
  addEventListener("afterprint", () => {
    for (const box of opened) box.open = false;
    opened = [];
  });
}

// What Streamlit can not be told from Python: its own words in Norwegian, no shortcuts of one letter, the top of a list
// when one turns its page, and a name that lasts longer than the visit.
"use strict";
(() => {
  // Without this, Streamlit looks for its server under each page's own address first, and fails there.
  const base = new URL("..", document.currentScript.src);
  window.__streamlit = { BACKEND_BASE_URL: base.href };

  const words = JSON.parse(document.getElementById("lp-words").textContent);
  const starts = Object.entries(words.starts);
  const attributes = ["aria-label", "title", "placeholder", "alt"];
  const fromOutside = ".stHtml, .stText, .stTable, input, textarea"; // what people wrote is never changed

  const ours = (text) => {
    const theirs = text.trim();
    if (!theirs) return null;
    if (Object.hasOwn(words.exact, theirs)) return words.exact[theirs];
    const found = starts.find(([start]) => theirs.startsWith(start));
    return found ? found[1] + theirs.slice(found[0].length) : null;
  };

  const text = (node) => {
    const found = ours(node.data);
    if (found !== null && !node.parentElement?.closest(fromOutside)) node.data = found;
  };

  const element = (node) => {
    for (const name of attributes) {
      const value = node.getAttribute(name);
      const found = value && ours(value);
      if (found) node.setAttribute(name, found);
    }
  };

  const all = (root) => {
    if (root.nodeType === Node.TEXT_NODE) return text(root);
    if (root.nodeType !== Node.ELEMENT_NODE) return;
    element(root);
    for (const node of root.querySelectorAll("*")) element(node);
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) text(walker.currentNode);
  };

  // Whoever turns a page of a list (paging.py) begins at its top, with the keyboard too, if not gone elsewhere meanwhile.
  let turned = null;
  addEventListener("click", ({ target }) => {
    turned = target.closest?.("[data-testid=stPagination] button") && target.closest("[class*=st-key-liste-]");
  }, true);

  const begin = (root) => {
    const top = root.nodeType === Node.ELEMENT_NODE && (root.matches(".lp-top") ? root : root.querySelector(".lp-top"));
    if (!top || !turned.contains(top)) return;
    turned = null;
    top.tabIndex = -1;
    top.scrollIntoView();
    top.focus({ preventScroll: true });
  };

  // The name of who sits here (person.py); the server reads it at the next visit.
  addEventListener("input", ({ target }) => {
    if (!target.closest?.(".st-key-hvem")) return;
    const name = encodeURIComponent(target.value.trim());
    const lasts = name ? 365 * 24 * 60 * 60 : 0;
    const secure = base.protocol === "https:" ? "; Secure" : "";
    document.cookie = `lyttepost-hvem=${name}; Path=${base.pathname}; Max-Age=${lasts}; SameSite=Strict${secure}`;
  });

  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "characterData") text(change.target);
      else if (change.type === "attributes") element(change.target);
      else for (const node of change.addedNodes) {
        all(node);
        if (turned) begin(node);
      }
    }
  }).observe(document.documentElement, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: attributes,
  });

  // Shortcuts of a single letter fire by mistake for people who speak to their computer (WCAG 2.1.4).
  addEventListener("keydown", (event) => {
    turned = null;
    const typing = event.target.closest?.("input, textarea, select, [contenteditable], [role=listbox], [role=grid]");
    if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && !typing && event.key !== " ") {
      event.stopImmediatePropagation();
    }
  }, true);
})();

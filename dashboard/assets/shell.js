// What Streamlit can not be told from Python: its own words in Norwegian, and no shortcuts of one letter.
"use strict";
(() => {
  // Without this, Streamlit looks for its server under each page's own address first, and fails there.
  window.__streamlit = { BACKEND_BASE_URL: new URL("..", document.currentScript.src).href };

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

  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "characterData") text(change.target);
      else if (change.type === "attributes") element(change.target);
      else change.addedNodes.forEach(all);
    }
  }).observe(document.documentElement, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: attributes,
  });

  // Shortcuts of a single letter fire by mistake for people who speak to their computer (WCAG 2.1.4).
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable], [role=listbox], [role=grid]");
    if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && !typing && event.key !== " ") {
      event.stopImmediatePropagation();
    }
  }, true);
})();

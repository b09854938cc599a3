/* Home page editor and related products: rows that come, go and move; pictures shown at once; product lookup. */
"use strict";
(() => {
  document.querySelectorAll("[data-confirm]").forEach((button) =>
    button.addEventListener("click", (event) => { if (!window.confirm(button.dataset.confirm)) event.preventDefault(); }));

  const source = document.querySelector("[name=source]");
  const followSource = () => document.querySelectorAll("[data-source]").forEach((part) => {
    part.hidden = Boolean(source) && part.dataset.source !== source.value;
  });
  if (source) { source.addEventListener("change", followSource); followSource(); }

  const followLink = (row) => {
    const link = row.querySelector("[data-link]");
    if (!link) return;
    row.querySelectorAll("[data-for]").forEach((part) => { part.hidden = part.dataset.for !== link.value; });
  };

  const offer = (lookup) => {
    const [text, chosen, list] = [lookup.querySelector("input[type=search]"), lookup.querySelector("input[type=hidden]"), lookup.querySelector("ul")];
    let timer = 0, asked = "";
    const choose = (product) => {
      text.value = product.title; chosen.value = product.id; list.hidden = true;
      if ("send" in lookup.dataset) lookup.closest("form").requestSubmit();
    };
    const show = (products) => {
      list.replaceChildren(...products.map((product) => {
        const line = document.createElement("li");
        if (product.image) { const image = document.createElement("img"); image.src = product.image; image.alt = ""; line.append(image); }
        line.append(product.title);
        line.addEventListener("mousedown", (event) => { event.preventDefault(); choose(product); });
        line.product = product;
        return line;
      }));
      list.hidden = products.length === 0;
    };
    const ask = async () => {
      asked = text.value.trim();
      if (!asked) { show([]); return; }
      const answer = await fetch(`${lookup.dataset.lookup}?q=${encodeURIComponent(asked)}`);
      if (answer.ok && asked === text.value.trim()) show((await answer.json()).results);
    };
    text.addEventListener("input", () => { chosen.value = ""; clearTimeout(timer); timer = setTimeout(ask, 200); });
    text.addEventListener("blur", () => { list.hidden = true; });
    text.addEventListener("keydown", (event) => {
      const lines = [...list.children], at = lines.findIndex((line) => line.getAttribute("aria-selected") === "true");
      if (event.key === "Enter") { event.preventDefault(); if (lines.length && !list.hidden) choose(lines[Math.max(at, 0)].product); }
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        lines.forEach((line) => line.removeAttribute("aria-selected"));
        const next = (at + (event.key === "ArrowDown" ? 1 : -1) + lines.length) % lines.length;
        if (lines[next]) lines[next].setAttribute("aria-selected", "true");
      }
    });
  };

  const enliven = (row) => {
    followLink(row);
    row.querySelectorAll("[data-lookup]").forEach(offer);
  };

  // Before the theme's own listener, which expects a text box beside every file.
  document.addEventListener("change", (event) => {
    const frame = event.target.closest(".sf-picture");
    if (!frame) return;
    event.stopImmediatePropagation();
    if (!event.target.files.length) return;
    const [image, sign] = [frame.querySelector("img"), frame.querySelector("span")];
    image.src = URL.createObjectURL(event.target.files[0]); image.hidden = false; sign.hidden = true;
  }, true);

  document.querySelectorAll("[data-lookup]").forEach((lookup) => { if (!lookup.closest("[data-row]")) offer(lookup); });
  document.querySelectorAll("[data-row]").forEach(enliven);

  document.querySelectorAll("[data-rows]").forEach((rows) => {
    const [list, template] = [rows.querySelector("[data-list]"), rows.querySelector("template")];
    let next = list.children.length;
    const count = () => { rows.querySelector("[data-do=add]").disabled = list.children.length >= Number(rows.dataset.most); };
    count();
    rows.addEventListener("change", (event) => { if (event.target.matches("[data-link]")) followLink(event.target.closest("[data-row]")); });
    rows.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (!button) return;
      const row = button.closest("[data-row]");
      if (button.dataset.do === "add") {
        const holder = document.createElement("div");
        holder.innerHTML = template.innerHTML.replaceAll("NUMBER", String(next++));
        const fresh = holder.querySelector("[data-row]");
        list.append(fresh); enliven(fresh);
      }
      if (button.dataset.do === "remove") row.remove();
      if (button.dataset.do === "up" && row.previousElementSibling) row.previousElementSibling.before(row);
      if (button.dataset.do === "down" && row.nextElementSibling) row.nextElementSibling.after(row);
      count();
    });
  });
})();

/* Small pieces that all goods pages share: elements, requests, sentences. */
"use strict";
window.Goods = {};

/** Make an element: tag, attributes (`on…` are listeners, `text`, `value` and booleans are properties), children.
    A file input with `hasChangeListener` is left alone by the theme, whose own listener wants its own markup. */
Goods.el = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (value === undefined || value === null) continue;
        if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
        else if (name === "text") node.textContent = value;
        else if (name === "value" || typeof value === "boolean") node[name] = value;
        else node.setAttribute(name, value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
};

Goods.icon = (name) => Goods.el("span", { class: "material-symbols-outlined", "aria-hidden": "true", text: name });

Goods.fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

Goods.data = () => JSON.parse(document.getElementById("goods-data").textContent);

/** Ask the shop. Answers {ok, status, data}; status 0 when it did not answer, 401 when the session is over. */
Goods.ask = async (url, options = {}) => {
    const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
    try {
        const answer = await fetch(url, {
            ...options, redirect: "manual", credentials: "same-origin",
            headers: { "X-CSRFToken": token, Accept: "application/json", ...(options.headers ?? {}) },
        });
        if (answer.type === "opaqueredirect") return { ok: false, status: 401, data: {} };
        const isJson = (answer.headers.get("content-type") ?? "").includes("json");
        return { ok: answer.ok && isJson, status: answer.status, data: isJson ? await answer.json() : {} };
    } catch {
        return { ok: false, status: 0, data: {} };
    }
};

Goods.send = (url, body) => Goods.ask(url, {
    method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" },
});

/** Call `run` once things have been quiet for a while. */
Goods.later = (run, milliseconds) => {
    let timer = 0;
    return () => { clearTimeout(timer); timer = setTimeout(run, milliseconds); };
};

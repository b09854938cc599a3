/* Stock-in and stock-take: scanned goods become lines; the list is booked once, whatever the network does. */
"use strict";
(() => {
    const { kind, least, rows, lookup, save, words } = Goods.data();
    const by = (id) => document.getElementById(id);
    const isTake = kind === "take";
    const lines = [];
    let preview = null;
    let errors = [];
    let isBusy = false;
    let isDone = false;

    const complain = (...texts) => {
        by("goods-alert").replaceChildren(...texts.map((text) => Goods.el("p", { text })));
        by("goods-alert").hidden = !texts.length;
        if (texts.length) by("goods-alert").scrollIntoView({ block: "center" });
    };

    /* lines */
    const add = (row, pieces) => {
        const known = lines.find((line) => line.sku === row.sku);
        if (known) {
            known.quantity = String((Number.parseInt(known.quantity, 10) || 0) + pieces);
            lines.unshift(...lines.splice(lines.indexOf(known), 1));
        } else lines.unshift({ ...row, quantity: pieces ? String(pieces) : "" });
    };

    const goods = (line) => Goods.el("div", { class: "goods-cell" },
        Goods.el("span", { class: "goods-cell__picture" }, line.picture ? Goods.el("img", { src: line.picture, alt: "", width: "48", height: "48" }) : Goods.icon("image")),
        Goods.el("div", { class: "goods-cell__text" }, Goods.el("span", { class: "goods-cell__title", text: line.title }),
            Goods.el("div", { class: "goods-cell__note" }, line.spec ? `${line.spec} · ` : "", Goods.el("span", { class: "goods-code", text: line.code }))));

    const difference = (line) => {
        const shown = preview?.get(line.sku);
        if (!shown) return Goods.el("td", { class: "console-table__figure", text: "" });
        const cell = Goods.el("td", { class: "console-table__figure" });
        if (!shown.difference) cell.append(Goods.el("span", { class: "console-subtle", text: words.right }));
        else cell.append(Goods.el("span", { class: `goods-change goods-change--${shown.difference > 0 ? "up" : "down"}`, text: `${shown.difference > 0 ? "+" : ""}${shown.difference}` }));
        if (shown.below) cell.append(Goods.el("div", { class: "goods-error", text: Goods.fill(words.below, shown) }));
        return cell;
    };

    const draw = () => {
        by("p-lines").tBodies[0].replaceChildren(...lines.map((line, place) => {
            const wrong = errors.filter((error) => error.field === `lines.${place}.quantity`);
            const quantity = Goods.el("input", {
                class: `goods-input goods-input--number${wrong.length ? " goods-input--wrong" : ""}`, inputmode: "numeric", value: line.quantity,
                "aria-label": `${line.title} ${line.spec} ${line.code}`, readOnly: Boolean(preview),
                oninput: (event) => { line.quantity = event.target.value.trim(); count(); },
                onkeydown: (event) => { if (event.key === "Enter") { event.preventDefault(); by("p-scan").focus(); } },
            });
            return Goods.el("tr", { "data-sku": line.sku }, Goods.el("td", {}, goods(line)),
                Goods.el("td", { class: "console-table__figure", text: preview?.get(line.sku)?.on_hand ?? line.on_hand }),
                Goods.el("td", { class: "console-table__figure", text: preview?.get(line.sku)?.reserved ?? line.reserved }),
                Goods.el("td", { class: "console-table__figure" }, quantity, ...wrong.map((error) => Goods.el("div", { class: "goods-error", text: error.detail }))),
                isTake ? difference(line) : null,
                Goods.el("td", {}, preview ? null : Goods.el("button", { type: "button", class: "goods-tool", "aria-label": words.remove, onclick: () => { lines.splice(place, 1); errors = []; draw(); } }, Goods.icon("close"))));
        }));
        by("p-empty").hidden = lines.length > 0;
        by("p-lines").closest(".console-table-frame").hidden = !lines.length;
        count();
    };

    const count = () => {
        if (preview) {
            const changes = [...preview.values()].map((row) => row.difference);
            const total = changes.reduce((sum, pieces) => sum + pieces, 0);
            by("p-summary").textContent = Goods.fill(words.differences, { count: changes.filter(Boolean).length, pieces: `${total > 0 ? "+" : ""}${total}` });
        } else {
            const total = lines.reduce((sum, line) => sum + (Number.parseInt(line.quantity, 10) || 0), 0);
            by("p-summary").textContent = lines.length ? Goods.fill(words.summary, { lines: lines.length, pieces: total }) : "";
        }
    };

    /* scanning and searching */
    let asked = 0;
    const close = () => { by("p-found").hidden = true; by("p-scan").setAttribute("aria-expanded", "false"); };
    const take = (row, pieces = isTake ? 0 : 1) => {
        errors = [];
        add(row, pieces);
        draw();
        close();
        by("p-scan").value = "";
        const quantity = by("p-lines").tBodies[0].rows[0].querySelector("input");
        if (isTake) { quantity.focus(); quantity.select(); } else by("p-scan").focus();
    };
    const search = async (isScan) => {
        const text = by("p-scan").value.trim();
        const turn = ++asked;
        if (!text) return close();
        const query = new URLSearchParams({ q: text, location: by("p-location").value });
        const answer = await Goods.ask(`${lookup}?${query}`);
        if (turn !== asked && !isScan) return undefined;
        if (!answer.ok) return complain(answer.status === 401 ? words.logged_out : words.failed);
        const { rows: found, exact } = answer.data;
        if (isScan && (exact || found.length === 1)) { asked += 1; return take(found[0]); }
        by("p-found").replaceChildren(...(found.length ? found.map((row) => Goods.el("button", { type: "button", role: "option", class: "goods-found__row", onclick: () => take(row) }, goods(row), Goods.el("span", { class: "goods-figure", text: row.on_hand })))
            : [Goods.el("p", { class: "console-subtle", text: Goods.fill(words.none_found, { text }) })]));
        by("p-found").hidden = false;
        return by("p-scan").setAttribute("aria-expanded", "true");
    };
    const quietly = Goods.later(() => search(false), 250);
    by("p-scan").addEventListener("input", quietly);
    by("p-scan").addEventListener("keydown", (event) => {
        if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); search(true); }
        if (event.key === "Escape") close();
        if (event.key === "ArrowDown") { event.preventDefault(); by("p-found").querySelector("button")?.focus(); }
    });
    by("p-found").addEventListener("keydown", (event) => {
        const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
        if (step) { event.preventDefault(); (document.activeElement[step] ?? by("p-scan")).focus(); }
        if (event.key === "Escape") { close(); by("p-scan").focus(); }
    });
    document.addEventListener("click", (event) => { if (!event.target.closest(".goods-scan")) close(); });

    /* figures follow the place */
    by("p-location").addEventListener("change", async () => {
        if (!lines.length) return;
        const answer = await Goods.send(lookup, { codes: lines.map((line) => line.code), location: by("p-location").value });
        if (!answer.ok) return;
        const fresh = new Map(answer.data.rows.map((row) => [row.sku, row]));
        for (const line of lines) Object.assign(line, fresh.get(line.sku));
        draw();
    });

    /* pasting */
    by("p-paste-open").onclick = () => by("p-paste").showModal();
    by("p-paste-cancel").onclick = () => by("p-paste").close();
    by("p-paste-take").onclick = async () => {
        const typed = by("p-paste-text").value.split("\n").map((line) => /^\s*(\S+?)(?:[\s,，;；]+(\d+))?\s*$/.exec(line)).filter(Boolean);
        const answer = await Goods.send(lookup, { codes: typed.map((match) => match[1]), location: by("p-location").value });
        if (!answer.ok) return complain(answer.status === 401 ? words.logged_out : words.failed);
        const known = new Map(answer.data.rows.flatMap((row) => [[row.code.toUpperCase(), row], [row.barcode, row]]));
        for (const [, code, pieces] of typed.reverse()) {
            const row = known.get(code.toUpperCase());
            if (row) add(row, pieces === undefined ? (isTake ? 0 : 1) : Number(pieces));
            if (row && isTake && pieces !== undefined) lines[0].quantity = pieces;
        }
        by("p-paste").close();
        by("p-paste-text").value = "";
        complain(...(answer.data.missing.length ? [Goods.fill(words.missing, { codes: answer.data.missing.join("、") })] : []));
        return draw();
    };

    /* booking */
    const paper = () => ({
        location: by("p-location").value, reference: by("p-reference").value, reason: by("p-reason").value, confirmed: Boolean(preview),
        lines: lines.map((line) => ({ sku: line.sku, quantity: line.quantity, expected: preview?.get(line.sku)?.on_hand ?? null })),
    });
    const look = (differences) => {
        preview = differences && new Map(differences.map((row) => [row.sku, row]));
        for (const id of ["p-location", "p-scan", "p-paste-open"]) by(id).disabled = Boolean(preview);
        if (isTake) {
            by("p-back").hidden = !preview;
            by("p-go").textContent = preview ? words.confirm : words.preview;
            by("p-go").disabled = Boolean(preview && differences.some((row) => row.below));
        }
        draw();
    };
    const refuse = async (answer) => {
        if (answer.status === 401 || answer.status === 403 && !answer.data.code) return complain(words.logged_out);
        if (!answer.data.code) return complain(words.failed);
        if (answer.data.code === "stock_moved") {
            look(null);
            const again = await Goods.send(save, paper());
            if (again.ok) look(again.data.differences);
            return complain(words.moved);
        }
        errors = answer.data.errors ?? [];
        if (preview) look(null);
        draw();
        const rest = [];
        for (const { field, detail } of errors) {
            if (/^lines\.\d+/.test(field)) continue;
            const box = document.querySelector(`[data-error="${CSS.escape(field)}"]`);
            if (box) box.append(Goods.el("div", { class: "goods-error", text: detail })); else rest.push(detail);
        }
        return complain(answer.data.code === "invalid_input" ? Goods.fill(words.mistakes, { count: errors.length }) : answer.data.detail, ...rest);
    };
    by("goods-paper").addEventListener("submit", async (event) => {
        event.preventDefault();
        if (isBusy) return;
        isBusy = true;
        by("p-go").disabled = true;
        document.querySelectorAll("[data-error]").forEach((box) => box.replaceChildren());
        errors = [];
        complain();
        const answer = await Goods.send(save, paper());
        by("p-go").disabled = isBusy = false;
        if (answer.ok && answer.data.next) { isDone = true; window.location.assign(answer.data.next); }
        else if (answer.ok) look(answer.data.differences);
        else await refuse(answer);
    });
    if (isTake) by("p-back").onclick = () => look(null);
    window.addEventListener("beforeunload", (event) => { if (lines.length && !isDone) event.preventDefault(); });

    for (const row of [...rows].reverse()) add(row, least);
    draw();
})();

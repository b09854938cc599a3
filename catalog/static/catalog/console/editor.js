/* The product editor: fills the page from its data, sends it back, shows refusals where they belong. */
"use strict";
(() => {
    const { state, rights, choices, urls, words, findings } = Goods.data();
    const by = (id) => document.getElementById(id);
    const fields = [...document.querySelectorAll("[data-field]")];
    const readonly = !rights.edit;
    let isChanged = false;
    let isSaving = false;

    const complain = (...lines) => {
        const box = by("goods-alert");
        box.replaceChildren(...lines.map((line) => Goods.el("p", { text: line })));
        box.hidden = !lines.length;
        if (lines.length) box.scrollIntoView({ block: "center", behavior: "smooth" });
    };
    const uploader = new Goods.Uploader({ url: urls.upload, words, complain: (line) => complain(line) });
    const extra = new Set(state?.extra_media ?? []);

    const changed = () => {
        if (readonly) return;
        isChanged = true;
        by("goods-status").textContent = words.unsaved;
        check();
    };

    /* fields */
    for (const field of fields) {
        const value = state?.[field.dataset.field];
        if (field.dataset.choices) {
            const empty = field.dataset.empty ?? (field.dataset.field === "category" ? words.choose : words.none);
            field.replaceChildren(Goods.el("option", { value: "", text: empty }), ...choices[field.dataset.choices].map((row) => Goods.el("option", { value: String(row.id), text: row.name })));
            field.value = String(value ?? "");
        } else if (field.dataset.chips) {
            field.replaceChildren(...choices[field.dataset.chips].map((row) => Goods.el("label", { class: "goods-option" },
                Goods.el("input", { type: "checkbox", value: String(row.id), checked: (value ?? []).includes(row.id) }), row.name)));
            if (!field.children.length) field.append(Goods.el("span", { class: "console-subtle", text: words.none }));
        } else if (field.type === "checkbox") {
            if (state) field.checked = value;
        } else if (state) field.value = String(value ?? "");
    }
    by("goods-form").addEventListener("input", changed);
    by("goods-form").addEventListener("submit", (event) => event.preventDefault());
    const count = () => { document.querySelector("[data-count=title]").textContent = `${by("f-title").value.length} / 120`; };
    by("f-title").addEventListener("input", count);
    count();

    /* parts */
    const gallery = new Goods.Gallery(by("goods-gallery"), { pictures: state?.media ?? [], uploader, words, readonly, changed });
    const picker = new Goods.Picker(by("goods-picker"), { gallery, uploader, words });
    const matrix = new Goods.Matrix({ state, rights, words, picker, changed: () => changed() });
    const detail = new Goods.Detail(by("goods-detail"), { html: state?.detail ?? "", uploader, checkUrl: urls.check, words, readonly, changed, pictureAdded: (id) => extra.add(id) });

    const addAttribute = (name = "", value = "") => {
        const row = Goods.el("div", { class: "goods-attribute" },
            Goods.el("input", { class: "goods-input", list: "attribute-names", value: name, placeholder: words.attribute_name, "aria-label": words.attribute_name, maxlength: "30" }),
            Goods.el("input", { class: "goods-input", value, placeholder: words.attribute_value, "aria-label": words.attribute_value, maxlength: "200" }),
            readonly ? null : Goods.el("button", { type: "button", class: "goods-tool", "aria-label": words.remove, onclick: () => { row.remove(); changed(); } }, Goods.icon("close")));
        by("goods-attributes").append(row);
        return row;
    };
    by("attribute-names").append(...choices.attributes.map((name) => Goods.el("option", { value: name })));
    for (const { name, value } of state?.attributes ?? []) addAttribute(name, value);
    by("goods-add-attribute").onclick = () => addAttribute().querySelector("input").focus();
    by("goods-add-attribute").hidden = readonly;
    const attributes = () => [...by("goods-attributes").children].map((row) => {
        const [name, value] = row.querySelectorAll("input");
        return { name: name.value, value: value.value };
    });

    /* what goes to the shop */
    const collect = (then) => {
        const data = { version: state?.version ?? null, then, attributes: attributes(), detail: detail.html };
        for (const field of fields) {
            const name = field.dataset.field;
            if (field.dataset.chips) data[name] = [...field.querySelectorAll("input:checked")].map((box) => Number(box.value));
            else if (field.type === "checkbox") data[name] = field.checked;
            else data[name] = field.value;
        }
        const hidden = new Set([...extra, ...matrix.pictures]);
        return { ...data, ...matrix.payload(), media: gallery.ids, extra_media: [...hidden].filter((id) => !gallery.ids.includes(id)) };
    };

    const showErrors = (errors) => {
        document.querySelectorAll("[data-error]").forEach((box) => box.replaceChildren());
        fields.forEach((field) => field.classList.remove("goods-input--wrong"));
        const rest = matrix.showErrors(errors).filter(({ field, detail: text }) => {
            const box = document.querySelector(`[data-error="${CSS.escape(field.split(".")[0])}"]`);
            box?.append(Goods.el("div", { class: "goods-error", text }));
            document.querySelector(`[data-field="${CSS.escape(field)}"]`)?.classList.add("goods-input--wrong");
            return !box;
        });
        document.querySelector(".goods-input--wrong, .goods-error")?.scrollIntoView({ block: "center" });
        document.querySelector(".goods-input--wrong")?.focus({ preventScroll: true });
        return rest;
    };

    const refuse = ({ status, data }) => {
        if (status === 401 || status === 403 && !data.code) return complain(words.logged_out);
        if (!data.code) return complain(words.failed);
        if (data.code === "product_moved") {
            const at = new Date(data.at).toLocaleString(document.documentElement.lang);
            complain(Goods.fill(words.moved, { by: data.by, at, changed: data.changed.join("、") }));
            by("goods-alert").append(Goods.el("a", { class: "goods-link", href: urls.save, target: "_blank", text: "↗" }));
            return undefined;
        }
        const rest = showErrors(data.errors ?? []);
        const first = data.errors?.length ? Goods.fill(words.mistakes, { count: data.errors.length }) : data.detail;
        return complain(first, ...rest.map((error) => error.detail));
    };

    const save = async (then) => {
        if (readonly || isSaving) return;
        isSaving = true;
        const buttons = document.querySelectorAll(".goods-bar button");
        buttons.forEach((button) => { button.disabled = true; });
        by("goods-status").textContent = words.saving;
        complain();
        const answer = await Goods.send(urls.save, collect(then));
        isSaving = false;
        if (answer.ok) {
            isChanged = false;
            window.location.assign(answer.data.next);
            return;
        }
        buttons.forEach((button) => { button.disabled = false; });
        by("goods-status").textContent = words.unsaved;
        refuse(answer);
    };

    /* doubtful words, as they are typed */
    const showFindings = (found) => {
        document.querySelectorAll("[data-finding]").forEach((box) => box.replaceChildren());
        for (const { field, word, law, excerpt } of found) {
            document.querySelector(`[data-finding="${CSS.escape(field.split(".")[0])}"]`)?.append(
                Goods.el("div", { class: "goods-finding", title: excerpt }, Goods.icon("warning"), Goods.fill(words.doubtful, { word, law })));
        }
    };
    let asked = 0;
    const check = Goods.later(async () => {
        const turn = ++asked;
        const answer = await Goods.send(urls.check, { title: by("f-title").value, subtitle: by("f-subtitle").value, detail: detail.html, attributes: attributes() });
        if (answer.ok && turn === asked) showFindings(answer.data.findings);
    }, 600);
    showFindings(findings);

    if (readonly) return;
    by("goods-save").onclick = () => save("stay");
    if (by("goods-save-on-sale")) by("goods-save-on-sale").onclick = () => save("on_sale");
    document.addEventListener("keydown", (event) => {
        if ((event.ctrlKey || event.metaKey) && event.key === "s") { event.preventDefault(); save("stay"); }
    });
    window.addEventListener("beforeunload", (event) => { if (isChanged) event.preventDefault(); });
    if (!state) by("f-title").focus();
})();

/* The category tree: one dialog for new and old, arrows for the order. */
"use strict";
(() => {
    const { words } = Goods.data();
    const by = (id) => document.getElementById(id);
    const dialog = by("c-dialog");
    if (!dialog) return;
    const form = by("c-form");

    const post = async (body, alert) => {
        alert.hidden = true;
        const answer = await Goods.ask(window.location.pathname, { method: "POST", body });
        if (answer.ok) { window.location.reload(); return; }
        document.querySelectorAll("[data-error]").forEach((box) => box.replaceChildren());
        const lost = answer.status === 401 ? words.logged_out : words.failed;
        const rest = (answer.data.errors ?? []).filter(({ field, detail }) => {
            const box = document.querySelector(`[data-error="${CSS.escape(field)}"]`);
            box?.append(Goods.el("div", { class: "goods-error", text: detail }));
            return !box;
        });
        alert.textContent = answer.data.code ? [answer.data.detail, ...rest.map((error) => error.detail)].join(" ") : lost;
        alert.hidden = false;
    };

    document.querySelectorAll("[data-edit]").forEach((button) => button.addEventListener("click", () => {
        const { id = "", name = "", parent, visible, warning = "", safety = "", image = "" } = button.dataset;
        form.reset();
        form.elements.id.value = id;
        form.elements.name.value = name;
        form.elements.parent.value = parent;
        form.elements.warning_level.value = warning;
        form.elements.safety_level.value = safety;
        form.elements.is_visible.checked = id ? Boolean(visible) : true;
        by("c-title").textContent = id ? words.edit : words.add;
        if (image) by("c-image").src = image;
        by("c-image").hidden = by("c-remove").hidden = !image;
        by("c-alert").hidden = true;
        document.querySelectorAll("[data-error]").forEach((box) => box.replaceChildren());
        dialog.showModal();
        form.elements.name.focus();
    }));
    document.querySelectorAll("[data-do]").forEach((button) => button.addEventListener("click", () => {
        if (button.dataset.do === "delete" && !window.confirm(Goods.fill(words.really, { name: button.dataset.name }))) return;
        const body = new FormData();
        body.append("action", button.dataset.do);
        body.append("id", button.dataset.id);
        post(body, by("goods-alert"));
    }));
    by("c-cancel").onclick = () => dialog.close();
    form.addEventListener("submit", (event) => { event.preventDefault(); post(new FormData(form), by("c-alert")); });
})();

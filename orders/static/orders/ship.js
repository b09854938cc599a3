// Parcels on the shipping page: add, remove, count what is left, show what a carrier's numbers look like.
(() => {
    const form = document.getElementById("ship-form");
    if (!form) return;
    const list = form.querySelector("[data-parcels]");
    const total = form.querySelector("[name=parcels-TOTAL_FORMS]");
    const limit = Number(form.querySelector("[name=parcels-MAX_NUM_FORMS]").value);
    const blank = document.getElementById("empty-parcel");
    const examples = JSON.parse(document.getElementById("ship-examples").textContent);
    const add = form.querySelector("[data-add]");
    const rest = form.querySelector("[data-rest]");
    const parcels = () => [...list.querySelectorAll("[data-parcel]")];
    const quantities = (root) => [...root.querySelectorAll("input[data-left]")];
    const lineOf = (input) => input.name.replace(/^parcels-\w+-/, "");

    const left = () => {
        const sums = {};
        for (const input of quantities(list)) {
            const line = lineOf(input);
            sums[line] ??= Number(input.dataset.left);
            sums[line] -= Number(input.value) || 0;
        }
        return sums;
    };

    const renumber = (parcel, place) => {
        for (const element of parcel.querySelectorAll("[name], [id], [for]")) {
            for (const attribute of ["name", "id", "for"]) {
                const value = element.getAttribute(attribute);
                if (value) element.setAttribute(attribute, value.replace(/parcels-(\d+|__prefix__)-/, `parcels-${place}-`));
            }
        }
        parcel.querySelector("[data-place]").textContent = place + 1;
    };

    const hint = (parcel) => {
        const carrier = parcel.querySelector("[data-carrier]");
        if (carrier) parcel.querySelector("[data-tracking]").placeholder = examples[carrier.value] ?? "";
    };

    const refresh = () => {
        const all = parcels();
        all.forEach((parcel, place) => {
            renumber(parcel, place);
            hint(parcel);
            parcel.querySelector("[data-remove]").hidden = all.length < 2;
        });
        total.value = all.length;
        add.hidden = all.length >= limit;
        const pieces = Object.values(left()).reduce((sum, count) => sum + Math.max(0, count), 0);
        rest.textContent = pieces ? `${rest.dataset.text} ${pieces}` : "";
    };

    add.addEventListener("click", () => {
        const remaining = left();
        const before = parcels().at(-1);
        list.append(blank.content.cloneNode(true));
        const parcel = parcels().at(-1);
        for (const input of quantities(parcel)) input.value = Math.max(0, remaining[lineOf(input)] ?? 0);
        const carrier = parcel.querySelector("[data-carrier]");
        if (carrier) carrier.value = before.querySelector("[data-carrier]").value;
        refresh();
        parcel.querySelector("[data-tracking], textarea, input")?.focus();
    });
    list.addEventListener("click", (event) => {
        const button = event.target.closest("[data-remove]");
        if (!button) return;
        button.closest("[data-parcel]").remove();
        refresh();
    });
    list.addEventListener("input", refresh);
    window.addEventListener("pageshow", refresh);
    refresh();
})();

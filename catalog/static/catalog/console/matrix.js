/* The specification matrix: names and values make the rows, rows keep what was typed.
   A row holds its values by place (`at`), so that renaming a specification or a value loses nothing. */
"use strict";

Goods.Matrix = class {
    constructor({ state, rights, words, picker, changed }) {
        Object.assign(this, { rights, words, picker, changed, attic: [], errors: [] });
        this.readonly = !rights.edit;
        const names = state?.spec_names ?? [];
        const skus = state?.skus ?? [];
        this.specs = names.map((name, place) => ({
            name, values: [...new Set(skus.map((sku) => sku.spec[name]))],
        }));
        this.rows = skus.map((sku) => ({ ...sku, at: names.map((name) => sku.spec[name]) }));
        if (!this.rows.length) this.rows = [this.fresh([])];
        const present = new Set(this.rows.map((row) => this.key(row.at)));
        this.attic = this.combinations().filter((at) => !present.has(this.key(at))).map((at) => ({ ...this.fresh(at), dropped: true }));
        this.stored = this.rows.filter((row) => row.id);
        this.find();
        this.draw();
    }

    find() {
        const by = (id) => document.getElementById(id);
        this.table = by("goods-matrix");
        this.places = by("goods-specs");
        this.where = by("fill-where");
        by("goods-add-spec").onclick = () => this.addSpec();
        by("fill-go").onclick = () => this.fill(by("fill-field").value, by("fill-value").value.trim());
        by("fill-value").onkeydown = (event) => { if (event.key === "Enter") { event.preventDefault(); by("fill-go").click(); } };
        by("fill-field").replaceChildren(...this.columns.filter((c) => !c.kind && c.name !== "barcode").map(
            (column) => Goods.el("option", { value: column.name, text: column.title })));
        document.getElementById("goods-add-spec").hidden = document.getElementById("goods-fill").hidden = this.readonly;
    }

    get columns() {
        const { words, rights } = this;
        return [
            { name: "image", title: words.picture, kind: "picture" },
            { name: "code", title: words.code, wide: true },
            { name: "price", title: words.price, number: true, locked: (row) => row.id && !rights.price },
            { name: "market_price", title: words.market_price, number: true, locked: (row) => row.id && !rights.price },
            ...(rights.cost ? [{ name: "cost", title: words.cost, number: true }] : []),
            { name: "weight_g", title: words.weight_g, number: true },
            { name: "volume_cm3", title: words.volume_cm3, number: true },
            { name: "barcode", title: words.barcode, wide: true },
            { name: "is_active", title: words.active, kind: "tick" },
        ];
    }

    fresh(at, like = null) {
        const keep = (name) => (like ? like[name] : "");
        return {
            id: null, at, code: "", price: keep("price"), market_price: "", cost: keep("cost"), barcode: "",
            weight_g: keep("weight_g"), volume_cm3: keep("volume_cm3"), image: null, is_active: true,
        };
    }

    key(at) { return JSON.stringify(this.specs.map((spec, place) => (spec.values.length ? at[place] ?? null : null))); }

    combinations() {
        return this.specs.reduce((all, spec) => {
            const values = spec.values.length ? spec.values : [undefined];
            return all.flatMap((before) => values.map((value) => [...before, value])).slice(0, 300);
        }, [[]]);
    }

    /** Make the rows what the specifications say; a row whose combination is gone, or that somebody took
        out, waits in the attic with what was typed. */
    regenerate() {
        const pool = [...this.rows, ...this.attic];
        const exact = new Map(pool.map((row) => [this.key(row.at), row]).reverse());
        const used = new Set();
        const wanted = this.combinations().map((at) => ({ at, row: exact.get(this.key(at)) })).filter(({ row }) => !row?.dropped);
        for (const { row } of wanted) if (row) used.add(row);
        this.rows = wanted.map(({ at, row }) => {
            const found = row ?? this.partly(at, pool, used) ?? this.fresh(at, pool.find((other) => this.near(other.at, at)) ?? pool[0]);
            used.add(found);
            found.at = at;
            return found;
        });
        this.attic = pool.filter((row) => !used.has(row));
        this.changed();
        this.draw();
    }

    /** A row from before a specification was added or taken away goes on in the first combination it fits. */
    partly(at, pool, used) {
        return pool.find((row) => !used.has(row) && row.at.length <= at.length
            && at.every((value, place) => row.at[place] === undefined || row.at[place] === value)
            && (row.at.length < at.length || row.at.includes(undefined)));
    }

    near(one, other) { return one.some((value, place) => value !== undefined && value === other[place]); }

    addSpec() {
        if (this.specs.length >= 5) return;
        this.specs.push({ name: "", values: [] });
        this.changed();
        this.draw();
        [...this.places.querySelectorAll(".goods-spec__name")].pop().focus();
    }

    removeSpec(place) {
        this.specs.splice(place, 1);
        for (const row of [...this.rows, ...this.attic]) row.at.splice(place, 1);
        this.regenerate();
    }

    addValues(place, text) {
        const spec = this.specs[place];
        const typed = text.split(/[,，、;；\n\t]+/).map((value) => value.trim()).filter(Boolean);
        const fresh = typed.filter((value, at) => !spec.values.includes(value) && typed.indexOf(value) === at);
        if (!fresh.length) return;
        spec.values.push(...fresh);
        for (const row of this.attic) if (fresh.includes(row.at[place])) row.dropped = false;
        this.regenerate();
        this.places.querySelectorAll(".goods-spec__add")[place]?.focus();
    }

    renameValue(place, before, after) {
        const spec = this.specs[place];
        after = after.trim();
        if (!after || spec.values.includes(after)) return before;
        spec.values[spec.values.indexOf(before)] = after;
        for (const row of [...this.rows, ...this.attic]) if (row.at[place] === before) row.at[place] = after;
        this.changed();
        this.drawTable();
        return after;
    }

    removeValue(place, value) {
        this.specs[place].values = this.specs[place].values.filter((other) => other !== value);
        this.regenerate();
    }

    removeRow(row) {
        this.rows = this.rows.filter((other) => other !== row);
        this.attic.push(Object.assign(row, { dropped: true }));
        this.specs.forEach((spec, place) => { spec.values = spec.values.filter((value) => this.rows.some((other) => other.at[place] === value)); });
        this.changed();
        this.draw();
    }

    fill(name, value) {
        const [place, wanted] = this.where.value ? JSON.parse(this.where.value) : [null, null];
        let number = 0;
        for (const row of this.rows) {
            if (place !== null && row.at[place] !== wanted) continue;
            number += 1;
            if (name !== "code") row[name] = value;
            else if (!row.id) row.code = value && this.rows.length > 1 ? `${value}-${String(number).padStart(2, "0")}` : value;
        }
        this.changed();
        this.draw();
    }

    draw() {
        this.places.replaceChildren(...this.specs.map((spec, place) => this.drawSpec(spec, place)));
        this.drawTable();
    }

    /** Which SKUs to fill in at once, and which will be taken off. */
    drawHints() {
        this.where.replaceChildren(Goods.el("option", { value: "", text: "✱" }), ...this.specs.flatMap((spec, place) =>
            spec.values.map((value) => Goods.el("option", { value: JSON.stringify([place, value]), text: `${spec.name}：${value}` }))));
        const gone = this.stored.filter((row) => row.is_active && !this.rows.includes(row)).map((row) => row.code);
        const note = document.getElementById("goods-retire");
        note.hidden = !gone.length;
        note.textContent = Goods.fill(this.words.retire, { codes: gone.join("、") });
    }

    drawSpec(spec, place) {
        const { words } = this;
        const chips = spec.values.map((value) => {
            let present = value;
            const width = [...value].reduce((sum, letter) => sum + (letter > "\u00ff" ? 2 : 1), 0);
            return Goods.el("span", { class: "goods-chip" },
                Goods.el("input", { value, size: String(Math.max(2, width)), maxlength: "40", "aria-label": spec.name,
                    onchange: (event) => { present = event.target.value = this.renameValue(place, present, event.target.value); } }),
                this.readonly ? null : Goods.el("button", { type: "button", "aria-label": `${words.remove} ${value}`, text: "×", onclick: () => this.removeValue(place, present) }));
        });
        const add = this.readonly ? null : Goods.el("input", {
            class: "goods-input goods-spec__add", placeholder: words.add_value, maxlength: "400",
            onkeydown: (event) => {
                if (event.key !== "Enter" || event.isComposing) return;
                event.preventDefault();
                this.addValues(place, event.target.value);
            },
            onblur: (event) => { if (event.target.value.trim()) this.addValues(place, event.target.value); },
        });
        return Goods.el("div", { class: "goods-spec" },
            Goods.el("div", { class: "goods-spec__head" },
                Goods.el("input", { class: "goods-input goods-spec__name", value: spec.name, placeholder: words.spec_name, maxlength: "40",
                    oninput: (event) => { spec.name = event.target.value; this.changed(); }, onchange: () => this.drawTable() }),
                this.readonly ? null : Goods.el("button", { type: "button", class: "goods-link", text: words.remove_spec, onclick: () => this.removeSpec(place) })),
            Goods.el("div", { class: "goods-chips" }, ...chips, add));
    }

    drawTable() {
        const named = this.specs.map((spec, place) => [spec, place]).filter(([spec]) => spec.values.length);
        const head = Goods.el("tr", {}, ...named.map(([spec]) => Goods.el("th", { text: spec.name })),
            ...(named.length ? [] : [Goods.el("th", { text: this.words.values })]),
            ...this.columns.map((column) => Goods.el("th", { text: column.title, class: column.number ? "console-table__figure" : "" })), Goods.el("th", {}));
        const body = this.rows.map((row, place) => Goods.el("tr", { class: row.is_active ? "" : "goods-row--off" },
            ...named.map(([, at]) => Goods.el("td", { class: "goods-matrix__spec", text: row.at[at] ?? "" })),
            ...(named.length ? [] : [Goods.el("td", { class: "goods-matrix__spec console-subtle", text: this.words.one_sku })]),
            ...this.columns.map((column) => Goods.el("td", {}, this.cell(row, place, column))),
            Goods.el("td", {}, this.readonly || this.rows.length < 2 ? null : Goods.el("button", { type: "button", class: "goods-tool", title: this.words.remove, "aria-label": this.words.remove, onclick: () => this.removeRow(row) }, Goods.icon("close")))));
        this.table.replaceChildren(Goods.el("thead", {}, head), Goods.el("tbody", {}, ...body));
        this.drawHints();
        this.showErrors(this.errors);
    }

    cell(row, place, column) {
        const label = `${column.title} ${row.at.filter(Boolean).join(" ")}`.trim();
        if (column.kind === "picture") {
            return Goods.el("button", { type: "button", class: "goods-mini", "aria-label": label, onclick: () => this.picker.open((picture) => { row.image = picture; this.changed(); this.drawTable(); }) },
                row.image ? Goods.el("img", { src: row.image.thumb, alt: "" }) : Goods.icon("add_photo_alternate"));
        }
        if (column.kind === "tick") {
            return Goods.el("input", { type: "checkbox", checked: row.is_active, "aria-label": label, onchange: (event) => { row.is_active = event.target.checked; this.changed(); this.drawTable(); } });
        }
        const fixed = column.name === "code" && row.id;
        return Goods.el("input", {
            class: `goods-input${column.number ? " goods-input--number" : ""}${column.wide ? " goods-input--wide" : ""}`,
            value: String(row[column.name] ?? ""), "aria-label": label, "data-row": place, "data-column": column.name,
            placeholder: column.name === "code" ? this.words.auto : "", readOnly: Boolean(fixed || column.locked?.(row)),
            title: fixed ? this.words.code_fixed : "", inputmode: column.number ? "decimal" : undefined,
            oninput: (event) => { row[column.name] = event.target.value; this.changed(); },
            onkeydown: (event) => this.walk(event, place, column.name), onpaste: (event) => this.paste(event, place, column.name),
        });
    }

    walk(event, place, name) {
        const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (!step || event.isComposing) return;
        event.preventDefault();
        this.input(place + step, name)?.select();
    }

    /** A column copied from a spreadsheet fills this and the rows below. */
    paste(event, place, name) {
        const lines = event.clipboardData.getData("text").replace(/\r/g, "").replace(/\n$/, "").split("\n");
        if (lines.length < 2) return;
        event.preventDefault();
        lines.forEach((line, down) => {
            const row = this.rows[place + down];
            if (row && !(name === "code" && row.id)) row[name] = line.split("\t")[0].trim();
        });
        this.changed();
        this.drawTable();
        this.input(place, name).focus();
    }

    input(place, name) { return this.table.querySelector(`input[data-row="${place}"][data-column="${name}"]`); }

    /** Mark the cells that the shop refused; errors about no cell are left to the page. */
    showErrors(errors) {
        this.errors = errors;
        this.table.querySelectorAll(".goods-error").forEach((node) => node.remove());
        this.table.querySelectorAll(".goods-input--wrong").forEach((node) => node.classList.remove("goods-input--wrong"));
        const row = (place) => this.table.tBodies[0]?.rows[place];
        return errors.filter(({ field, detail }) => {
            const found = /^skus\.(\d+)\.(\w+)/.exec(field);
            if (!found || !row(Number(found[1]))) return true;
            const input = this.input(Number(found[1]), found[2]);
            input?.classList.add("goods-input--wrong");
            (input?.parentElement ?? row(Number(found[1])).cells[0]).append(Goods.el("div", { class: "goods-error", text: detail }));
            return false;
        });
    }

    payload() {
        const named = this.specs.map((spec, place) => [spec, place]).filter(([spec]) => spec.values.length);
        return {
            spec_names: named.map(([spec]) => spec.name),
            skus: this.rows.map((row) => ({
                code: row.code, price: row.price, market_price: row.market_price, cost: row.cost, weight_g: row.weight_g,
                volume_cm3: row.volume_cm3, barcode: row.barcode, image: row.image?.id ?? null, is_active: row.is_active,
                spec: Object.fromEntries(named.map(([spec, place]) => [spec.name, row.at[place]])),
            })),
        };
    }

    get pictures() { return this.rows.map((row) => row.image?.id).filter(Boolean); }
};

/* Uploading, previewing, ordering and removing pictures; and the dialog in which one is chosen. */
"use strict";

Goods.Uploader = class {
    constructor({ url, words, complain }) { Object.assign(this, { url, words, complain }); }

    /** Upload one file; answers the stored picture or null. `hidden` pictures stay out of the gallery. */
    async send(file, { hidden = false } = {}) {
        const limit = file.type.startsWith("video/") ? 50 : 10;
        if (file.size > limit * 1024 * 1024) {
            this.complain(Goods.fill(this.words.too_large, { name: file.name }));
            return null;
        }
        const body = new FormData();
        body.append("file", file);
        if (hidden) body.append("hidden", "1");
        const answer = await Goods.ask(this.url, { method: "POST", body });
        if (answer.ok) return answer.data;
        const reason = answer.status === 401 ? this.words.logged_out : answer.data.detail ?? this.words.failed;
        this.complain(`${file.name}: ${reason}`);
        return null;
    }
};

Goods.Gallery = class {
    constructor(root, { pictures, uploader, words, readonly, changed }) {
        Object.assign(this, { root, pictures: [...pictures], uploader, words, readonly, changed, waiting: [] });
        this.input = Goods.el("input", {
            type: "file", hasChangeListener: true, multiple: true, class: "goods-hidden", accept: "image/jpeg,image/png,image/webp,image/gif,video/mp4",
            "aria-label": words.picture, onchange: () => { this.take(this.input.files); this.input.value = ""; },
        });
        if (!readonly) this.listen();
        this.draw();
    }

    get ids() { return this.pictures.map((picture) => picture.id); }

    listen() {
        this.root.addEventListener("dragover", (event) => {
            if (!event.dataTransfer.types.includes("Files")) return;
            event.preventDefault();
            this.root.classList.add("goods-gallery--over");
        });
        this.root.addEventListener("dragleave", () => this.root.classList.remove("goods-gallery--over"));
        this.root.addEventListener("drop", (event) => {
            if (!event.dataTransfer.files.length) return;
            event.preventDefault();
            this.root.classList.remove("goods-gallery--over");
            this.take(event.dataTransfer.files);
        });
        this.root.addEventListener("paste", (event) => this.take(event.clipboardData.files));
    }

    /** Upload files one after the other, in the order in which they were given. */
    async take(files) {
        const jobs = [...files].map((file) => ({ file, preview: URL.createObjectURL(file) }));
        this.waiting.push(...jobs);
        this.draw();
        for (const job of jobs) {
            const picture = await this.uploader.send(job.file);
            URL.revokeObjectURL(job.preview);
            this.waiting.splice(this.waiting.indexOf(job), 1);
            if (picture && !this.ids.includes(picture.id)) { this.pictures.push(picture); this.changed(); }
            this.draw();
        }
    }

    move(from, to) {
        if (to < 0 || to >= this.pictures.length || from === to) return;
        this.pictures.splice(to, 0, ...this.pictures.splice(from, 1));
        this.changed();
        this.draw();
        this.root.querySelectorAll(".goods-tile")[to]?.querySelector("button")?.focus();
    }

    draw() {
        const cover = this.pictures.findIndex((picture) => picture.kind === "image");
        const tiles = this.pictures.map((picture, place) => this.tile(picture, place, place === cover));
        const waiting = this.waiting.map((job) => Goods.el("div", { class: "goods-tile goods-tile--waiting" },
            job.file.type.startsWith("image/") ? Goods.el("img", { src: job.preview, alt: "" }) : Goods.icon("movie"),
            Goods.el("progress", { "aria-label": Goods.fill(this.words.uploading, { name: job.file.name }) })));
        const add = this.readonly ? null : Goods.el("button", {
            type: "button", class: "goods-tile goods-tile--add", onclick: () => this.input.click(),
        }, Goods.icon("add_photo_alternate"), Goods.el("span", { text: this.words.picture }));
        this.root.replaceChildren(...tiles, ...waiting, ...(add ? [add, this.input] : []));
    }

    tile(picture, place, isCover) {
        const shown = picture.kind === "image"
            ? Goods.el("img", { src: picture.thumb, alt: "", draggable: false }) : Goods.icon("movie");
        const tools = this.readonly ? null : Goods.el("div", { class: "goods-tile__tools" },
            this.tool("chevron_left", this.words.sooner, () => this.move(place, place - 1)),
            this.tool("chevron_right", this.words.later, () => this.move(place, place + 1)),
            this.tool("delete", this.words.delete, () => { this.pictures.splice(place, 1); this.changed(); this.draw(); }));
        const tile = Goods.el("div", { class: "goods-tile", "data-id": picture.id, draggable: this.readonly ? "false" : "true" },
            shown, isCover ? Goods.el("span", { class: "goods-tile__cover", text: this.words.cover }) : null, tools);
        tile.addEventListener("dragstart", (event) => {
            event.dataTransfer.setData("text/goods-tile", String(place));
            event.dataTransfer.effectAllowed = "move";
        });
        tile.addEventListener("dragover", (event) => {
            if (event.dataTransfer.types.includes("text/goods-tile")) event.preventDefault();
        });
        tile.addEventListener("drop", (event) => {
            const from = event.dataTransfer.getData("text/goods-tile");
            if (from !== "") { event.preventDefault(); this.move(Number(from), place); }
        });
        return tile;
    }

    tool(icon, title, run) {
        return Goods.el("button", { type: "button", title, "aria-label": title, onclick: run }, Goods.icon(icon));
    }
};

Goods.Picker = class {
    constructor(dialog, { gallery, uploader, words }) { Object.assign(this, { dialog, gallery, uploader, words }); }

    /** Let somebody choose a picture for a SKU; `chosen` gets a picture or null. */
    open(chosen) {
        const done = (picture) => { this.dialog.close(); chosen(picture); };
        const input = Goods.el("input", {
            type: "file", hasChangeListener: true, class: "goods-hidden", accept: "image/jpeg,image/png,image/webp,image/gif",
            onchange: async () => {
                const picture = input.files.length ? await this.uploader.send(input.files[0], { hidden: true }) : null;
                if (picture) done(picture);
            },
        });
        const known = this.gallery.pictures.filter((picture) => picture.kind === "image").map((picture) =>
            Goods.el("button", { type: "button", class: "goods-tile", onclick: () => done(picture) },
                Goods.el("img", { src: picture.thumb, alt: "" })));
        this.dialog.replaceChildren(
            Goods.el("div", { class: "goods-gallery" }, ...known,
                Goods.el("button", { type: "button", class: "goods-tile goods-tile--add", onclick: () => input.click() },
                    Goods.icon("upload"), Goods.el("span", { text: this.words.picture })), input),
            Goods.el("div", { class: "goods-dialog__end" },
                Goods.el("button", { type: "button", class: "goods-button", text: this.words.no_picture, onclick: () => done(null) })));
        this.dialog.showModal();
        this.dialog.onclick = (event) => { if (event.target === this.dialog) this.dialog.close(); };
    }
};

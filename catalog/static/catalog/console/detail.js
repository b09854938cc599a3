/* The detail: edited as shoppers see it, at a phone's width, or as HTML. The shop's own cleaner has the last word. */
"use strict";

Goods.Detail = class {
    constructor(root, { html, uploader, checkUrl, words, readonly, changed, pictureAdded }) {
        Object.assign(this, { root, uploader, checkUrl, words, readonly, changed, pictureAdded, isSource: false });
        this.page = Goods.el("div", { class: "goods-page", contenteditable: readonly ? "false" : "true", role: "textbox", "aria-multiline": "true", "aria-label": words.visual, oninput: changed });
        this.page.innerHTML = html; // stored by the shop, which has cleaned it
        this.source = Goods.el("textarea", { class: "goods-input goods-source", hidden: true, spellcheck: "false", "aria-label": words.source, oninput: changed });
        this.input = Goods.el("input", { type: "file", hasChangeListener: true, multiple: true, class: "goods-hidden", accept: "image/jpeg,image/png,image/webp,image/gif", "aria-label": words.picture, onchange: () => { this.take(this.input.files); this.input.value = ""; } });
        this.root.append(...(readonly ? [] : [this.toolbar(), this.input]), this.page, this.source);
        this.page.addEventListener("paste", (event) => this.paste(event));
        this.page.addEventListener("drop", (event) => {
            if (event.dataTransfer.files.length) { event.preventDefault(); this.take(event.dataTransfer.files); }
        });
    }

    get html() {
        const text = this.isSource ? this.source.value : this.page.innerHTML;
        return /^(\s|<br>|<\/?p>|<\/?div>)*$/.test(text) ? "" : text;
    }

    toolbar() {
        const tool = (icon, command, value) => Goods.el("button", {
            type: "button", class: "goods-tool", "data-command": command, "aria-label": `${command} ${value ?? ""}`.trim(),
            onmousedown: (event) => event.preventDefault(), onclick: () => this.run(command, value),
        }, Goods.icon(icon));
        this.tools = [
            tool("format_bold", "bold"), tool("format_italic", "italic"), tool("format_h2", "formatBlock", "h2"), tool("format_h3", "formatBlock", "h3"),
            tool("format_paragraph", "formatBlock", "p"), tool("format_list_bulleted", "insertUnorderedList"), tool("format_list_numbered", "insertOrderedList"),
            tool("format_align_left", "justifyLeft"), tool("format_align_center", "justifyCenter"), tool("format_clear", "removeFormat"),
            tool("undo", "undo"), tool("redo", "redo"),
        ];
        const picture = Goods.el("button", { type: "button", class: "goods-button", onclick: () => this.input.click() }, Goods.icon("add_photo_alternate"), this.words.picture);
        this.toggle = Goods.el("button", { type: "button", class: "goods-link goods-end", text: this.words.source, onclick: () => this.switch() });
        return Goods.el("div", { class: "goods-toolbar", role: "toolbar" }, ...this.tools, picture, this.toggle);
    }

    run(command, value) {
        this.page.focus();
        document.execCommand("styleWithCSS", false, "true");
        document.execCommand(command, false, value);
        this.changed();
    }

    /** Upload pictures and put each where the cursor is. */
    async take(files) {
        for (const file of files) {
            const picture = await this.uploader.send(file, { hidden: true });
            if (!picture) continue;
            this.pictureAdded(picture.id);
            const tag = `<p><img src="${picture.page}" alt="" width="${picture.width}" height="${picture.height}"></p>`;
            if (this.isSource) this.source.setRangeText(tag, this.source.selectionStart, this.source.selectionEnd, "end");
            else this.insert(tag);
            this.changed();
        }
    }

    insert(html) {
        this.page.focus();
        if (!this.page.contains(document.getSelection().anchorNode)) document.getSelection().selectAllChildren(this.page), document.getSelection().collapseToEnd();
        document.execCommand("insertHTML", false, html);
    }

    paste(event) {
        if (event.clipboardData.files.length) { event.preventDefault(); this.take(event.clipboardData.files); return; }
        const html = event.clipboardData.getData("text/html");
        if (!html) return;
        event.preventDefault();
        this.clean(html).then((cleaned) => { if (cleaned !== null) { this.insert(cleaned); this.changed(); } });
    }

    async clean(html) {
        const answer = await Goods.send(this.checkUrl, { detail: html });
        return answer.ok ? answer.data.detail : null;
    }

    async switch() {
        if (!this.isSource) {
            this.source.value = this.html.replace(/(<\/(?:p|div|h2|h3|h4|ul|ol|table|figure|blockquote)>)(?=<)/g, "$1\n");
        } else {
            const cleaned = await this.clean(this.source.value);
            if (cleaned === null) return;
            this.page.innerHTML = cleaned;
        }
        this.isSource = !this.isSource;
        this.page.hidden = this.isSource;
        this.source.hidden = !this.isSource;
        for (const tool of this.tools) tool.disabled = this.isSource;
        this.toggle.textContent = this.isSource ? this.words.visual : this.words.source;
    }
};

"""What HTML a product's detail may hold: text, pictures, tables; no script, form, frame or style sheet."""

import nh3

_TEXT = {"b", "blockquote", "br", "em", "h2", "h3", "h4", "hr", "i", "li", "ol", "p", "s", "small", "span"}
_TEXT |= {"strong", "sub", "sup", "u", "ul", "div", "figure", "figcaption"}
_TABLE = {"table", "thead", "tbody", "tr", "th", "td", "caption"}
_ATTRIBUTES = {
    "img": {"src", "alt", "width", "height"},
    "video": {"src", "poster", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "a": {"href", "title"},
}
_STYLES = {"text-align", "color", "background-color", "font-weight", "font-size", "width"}


def clean_detail(html: str) -> str:
    """Return ``html`` with everything removed that is not on the list; what is kept is well-formed.

    Links and pictures are https or a path of this shop; ``style`` keeps only a few harmless properties.
    """
    return nh3.clean(
        html,
        tags=_TEXT | _TABLE | {"img", "video", "a"},
        attributes={"*": {"style"}, **_ATTRIBUTES},
        clean_content_tags={
            "script",
            "style",
            "iframe",
            "object",
            "embed",
            "form",
            "svg",
            "math",
            "template",
        },
        url_schemes={"https"},
        filter_style_properties=_STYLES,
        link_rel="noopener nofollow",
        strip_comments=True,
    )

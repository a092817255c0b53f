"""Rich text as Bluesky's apps show it: only what a facet names is a link, a mention or a tag.

Lexicon app.bsky.richtext.facet: places are bytes of the text in UTF-8, the end exclusive. As apps do, a facet
is left out that reaches beyond the text, into a character, or into the facet before it.
"""

from markupsafe import Markup, escape


def show(text: str, facets: list) -> Markup:
    raw, parts, last = text.encode("utf-8", "replace"), [], 0
    for facet in sorted(facets, key=lambda one: one["index"]["byteStart"]):
        start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        if not last <= start < end <= len(raw) or not facet["features"]:
            continue
        try:
            before, inside = raw[last:start].decode(), raw[start:end].decode()
        except UnicodeDecodeError:
            continue
        parts += [escape(before), _shown(inside, facet["features"][0])]
        last = end
    parts.append(escape(raw[last:].decode("utf-8", "replace")))
    return Markup("").join(parts)


def _shown(text: str, feature: dict) -> Markup:
    uri = feature.get("uri", "")
    if uri.startswith(("https://", "http://")):
        return Markup('<a href="{}" rel="nofollow noopener noreferrer">{}</a>').format(uri, text)
    return Markup('<span class="tag">{}</span>').format(text)

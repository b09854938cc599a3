"""Chinese search in plain PostgreSQL: words and bigrams as lexemes of a tsvector, no extension.

A document holds each word that the dictionary finds, every pair of neighbouring Chinese characters, and the
single characters of its title. A query asks for all of its words, where a word that the dictionary cut
otherwise in the document still matches by its pairs.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from types import ModuleType

MAX_QUERY = 40
"""Characters of a search text that count; more is no longer a search."""

_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|[0-9a-z]+(?:[.+#-][0-9a-z]+)*")
_PARTS = re.compile(r"[a-z]+|[0-9]+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


@cache
def _cutter() -> ModuleType:
    """Return the library that cuts words: loading its dictionary takes long, and few processes cut."""
    import rjieba

    return rjieba


def normalise(text: str) -> str:
    """Return ``text`` as search compares it: full-width folded, lower case, single spaces, bounded."""
    folded = unicodedata.normalize("NFKC", text.replace("\x00", " ")).lower()
    return " ".join(folded.split())[:MAX_QUERY].strip()


def _runs(text: str) -> Iterator[str]:
    yield from _RUN.findall(unicodedata.normalize("NFKC", text).lower())


def _is_han(text: str) -> bool:
    return bool(_HAN.match(text))


def _bigrams(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run) - 1)]


def _latin(run: str) -> set[str]:
    """Return a run of letters and digits whole and in parts: ``iphone15`` is also ``iphone`` and ``15``."""
    return {run, *_PARTS.findall(run)}


def lexemes(text: str, *, characters: bool = False) -> set[str]:
    """Return what ``text`` can be found by; with each single Chinese character if ``characters``."""
    found: set[str] = set()
    for run in _runs(text):
        if not _is_han(run):
            found |= _latin(run)
            continue
        found |= {word for word in _cutter().cut_for_search(run) if len(word) > 1 or len(run) == 1}
        found.update(_bigrams(run))
        if characters:
            found.update(run)
    return found


def document(*, title: str, names: Iterable[str] = (), texts: Iterable[str] = ()) -> str:
    """Return a product's tsvector, as the text PostgreSQL reads: title first, then names, then texts.

    ``names`` are its brand, categories, tags and codes; ``texts`` its subtitle and attributes.
    """
    weights: dict[str, str] = dict.fromkeys(lexemes(" ".join(texts)), "C")
    weights.update(dict.fromkeys(lexemes(" ".join(names)), "B"))
    weights.update(dict.fromkeys(lexemes(title, characters=True), "A"))
    return " ".join(f"{_quote(lexeme)}:1{weights[lexeme]}" for lexeme in sorted(weights))


def strict_query(text: str) -> str:
    """Return a raw tsquery that asks for every word of ``text``; empty when there is nothing to ask.

    The last run, if Latin, matches as a prefix: who types ``iph`` is not done yet.
    """
    runs = list(_runs(text[:MAX_QUERY]))
    terms: list[str] = []
    for place, run in enumerate(runs):
        if _is_han(run):
            terms += [_word_term(word) for word in _cutter().cut(run)]
        else:
            terms.append(f"{_quote(run)}:*" if place == len(runs) - 1 else _quote(run))
    return " & ".join(dict.fromkeys(terms))


def loose_query(text: str) -> str:
    """Return a raw tsquery that asks for any pair or word of ``text``: for when all of it finds nothing."""
    terms: list[str] = []
    for run in _runs(text[:MAX_QUERY]):
        pieces: Iterable[str] = (_bigrams(run) or [run]) if _is_han(run) else sorted(_latin(run))
        terms += [_quote(piece) for piece in pieces]
    return " | ".join(dict.fromkeys(terms))


def _word_term(word: str) -> str:
    if len(word) <= 2:
        return _quote(word)
    return f"({_quote(word)} | ({' & '.join(_quote(pair) for pair in _bigrams(word))}))"


def _quote(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"

"""Han characters spelled out, so that 重庆银行 is found by cqyh and by chongqing.

A character with several readings takes the one of the two-character word it stands in;
that is right for nearly every name and forty times faster than a full segmentation.
The dictionaries are read at the first Han character, not at start-up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache

_RUNS = re.compile("[0-9A-Za-z]+|[^\x00-\x7f]+").findall


def readings(text: str) -> list[str]:
    """Return one syllable without tone per character, ü as v; ASCII letters stay, signs are empty."""
    pair, single = _dictionary()
    found: list[str] = []
    taken = ""
    for n, character in enumerate(text):
        word = pair(text[n : n + 2])
        found.append(taken or (word[0] if word else single(character)))
        taken = word[1] if word and not taken else ""
    return found


def spellings(text: str, *, whole: bool) -> list[str]:
    """Return the initials and, if ``whole``, the syllables run together; nothing for plain ASCII."""
    if text.isascii():
        return []
    spelled = [_spelled(run) for run in _RUNS(text)]
    initials = "".join([first for first, _ in spelled])
    return [initials, "".join([syllables for _, syllables in spelled])] if whole else [initials]


@lru_cache(1 << 15)  # names are made of the same words again and again
def _spelled(run: str) -> tuple[str, str]:
    if run.isascii():
        return run, run
    syllables = [syllable for syllable in readings(run) if syllable]
    return "".join([syllable[0] for syllable in syllables]), "".join(syllables)


def _plain(syllable: str) -> str:
    marks = unicodedata.normalize("NFD", syllable).replace("u\u0308", "v")
    return "".join(mark for mark in marks if not unicodedata.combining(mark))


@cache
def _dictionary() -> tuple[Callable[[str], tuple[str, str] | None], Callable[[str], str]]:
    """Return how a two-character word and a single character are read."""
    from pypinyin.phrases_dict import phrases_dict
    from pypinyin.pinyin_dict import pinyin_dict

    @cache
    def pair(word: str) -> tuple[str, str] | None:
        found = phrases_dict.get(word) if len(word) == 2 else None
        return (_plain(found[0][0]), _plain(found[1][0])) if found else None

    @cache
    def single(character: str) -> str:
        if character.isascii():
            return character if character.isalnum() else ""
        return _plain(pinyin_dict.get(ord(character), "").partition(",")[0])

    return pair, single

"""Which block of one version is which block of the other: by identity, by content, and whether it moved."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Sequence

from knowledge.versions.reading import RawBlock

ALIKE = 0.5  # share of common words from which two blocks are the same one, rewritten
GLANCE = 5_000  # characters compared for that
MAX_LEFT = 100  # blocks on each side that are compared so

Pairs = dict[int, int]  # place in the new version -> place in the old one


def _content(block: RawBlock) -> Hashable:
    return (block.kind, repr(block.value))


def _pair(old: Sequence[Hashable], new: Sequence[Hashable], pairs: Pairs) -> None:
    """Pair what is equal and still free, in its order."""
    taken = set(pairs.values())
    free: dict[Hashable, deque[int]] = defaultdict(deque)
    for place, key in enumerate(old):
        if place not in taken:
            free[key].append(place)
    for place, key in enumerate(new):
        if place not in pairs and free.get(key):
            pairs[place] = free[key].popleft()


def paired(old: Sequence[RawBlock], new: Sequence[RawBlock]) -> Pairs:
    """Return which blocks belong together.

    Equal content counts more than an equal id, because the ids an import derives follow the position.
    """
    pairs: Pairs = {}
    contents = [_content(block) for block in old], [_content(block) for block in new]
    both = [[(block.id, key) for block, key in zip(blocks, keys, strict=True)]
            for blocks, keys in zip((old, new), contents, strict=True)]  # fmt: skip
    _pair(both[0], both[1], pairs)
    _pair(contents[0], contents[1], pairs)
    ids = [[(block.kind, block.id) if block.id else (side, place) for place, block in enumerate(blocks)]
           for side, blocks in enumerate((old, new))]  # fmt: skip
    _pair(ids[0], ids[1], pairs)
    _pair_alike(old, new, pairs)
    return pairs


def _words(block: RawBlock) -> frozenset[str]:
    return frozenset(str(block.value)[:GLANCE].split())


def _pair_alike(old: Sequence[RawBlock], new: Sequence[RawBlock], pairs: Pairs) -> None:
    """Pair what is left and says much the same in the same order: new ids come with a text pasted anew."""
    taken = set(pairs.values())
    free = [(place, block.kind, _words(block)) for place, block in enumerate(old) if place not in taken][:MAX_LEFT]
    start = 0
    for place in [place for place in range(len(new)) if place not in pairs][:MAX_LEFT]:
        kind, words = new[place].kind, _words(new[place])
        for index in range(start, len(free)):
            other, other_kind, before = free[index]
            if kind == other_kind and len(words & before) >= ALIKE * max(1, min(len(words), len(before))):
                pairs[place], start = other, index + 1
                break


def moved(pairs: Pairs) -> set[int]:
    """Return the places in the new version of what left the order of the old one: as few as possible."""
    places = sorted(pairs)
    kept = {places[index] for index in _longest_rise([pairs[place] for place in places])}
    return set(places) - kept


def _longest_rise(values: Iterable[int]) -> list[int]:
    """Return the indices of a longest increasing subsequence (patience sorting)."""
    ends: list[int] = []
    last: list[int] = []
    before: dict[int, int] = {}
    for index, value in enumerate(values):
        pile = bisect_left(ends, value)
        ends[pile : pile + 1] = [value]
        last[pile : pile + 1] = [index]
        before[index] = last[pile - 1] if pile else -1
    found, index = [], last[-1] if last else -1
    while index >= 0:
        found.append(index)
        index = before[index]
    return found[::-1]

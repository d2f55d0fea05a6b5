"""Columns of equal length and the few array operations that every part of the simulator shares.

A frame is a dict of equally long NumPy arrays. Nothing about the company belongs here.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Texts = NDArray[np.str_]
Frame = dict[str, np.ndarray]

# One value stands for "empty" in every integer column: no id, instant, day or amount comes near it.
NULL = int(np.iinfo(np.int64).min)
_TIME_BITS = 34


def stream(seed: int, concern: str) -> np.random.Generator:
    """A generator of its own for one concern, so that a new draw in one place moves nothing elsewhere."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(concern.encode())])))


def size(frame: Mapping[str, np.ndarray]) -> int:
    """Number of rows."""
    return len(next(iter(frame.values())))


def take(frame: Frame, index: np.ndarray) -> Frame:
    """Rows of `frame` by position or mask."""
    return {name: values[index] for name, values in frame.items()}


def concat(frames: Sequence[Frame]) -> Frame:
    """Rows of all frames, in order; all have the columns of the first."""
    return {name: np.concatenate([frame[name] for frame in frames]) for name in frames[0]}


def explode(counts: Ints) -> tuple[Ints, Ints]:
    """For `counts[i]` copies of each row i: the row number of each copy, and its number within the row from 0."""
    rows = np.repeat(np.arange(len(counts)), counts)
    starts = np.cumsum(counts) - counts
    return rows, np.arange(len(rows)) - starts[rows]


def whole(values: np.ndarray) -> Ints:
    """Values rounded down to integers."""
    return np.floor(values).astype(np.int64)


def full(length: int, value: int = NULL) -> Ints:
    """An integer column of one value."""
    return np.full(length, value, dtype=np.int64)


def choose(rng: np.random.Generator, weights: Sequence[float], length: int) -> Ints:
    """`length` positions drawn with the given weights."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(edges, rng.random(length) * edges[-1], side="right").astype(np.int64)


def spread(rng: np.random.Generator, probability: Floats, order: np.ndarray) -> Flags:
    """Select each row with its probability, evenly along `order` (systematic sampling).

    The number selected is the sum of the probabilities to within one, in every stretch of the order, so that a small
    company shows the rates it was asked for.
    """
    reached = np.floor(np.cumsum(probability[order]) + rng.random())
    chosen = np.zeros(len(probability), dtype=np.bool_)
    chosen[order] = np.diff(reached, prepend=0.0) > 0
    return chosen


def sample(rng: np.random.Generator, eligible: Flags, count: int) -> Flags:
    """Exactly `count` rows out of the eligible ones, or all of them where there are fewer."""
    candidates = np.flatnonzero(eligible)
    chosen = np.zeros(len(eligible), dtype=np.bool_)
    chosen[rng.permutation(candidates)[:count]] = True
    return chosen


def rank_by(*keys: np.ndarray) -> Ints:
    """Rank of each row from 0 when sorted by the keys, first key first."""
    ranks = np.empty(len(keys[0]), dtype=np.int64)
    ranks[np.lexsort(keys[::-1])] = np.arange(len(keys[0]))
    return ranks


def instant_key(row: Ints, at: Ints) -> Ints:
    """One integer that orders by row, then by instant (seconds since 1970, before the year 2500)."""
    return (row << _TIME_BITS) + at


def as_of(changed_row: Ints, changed_at: Ints, values: Ints, row: Ints, at: Ints) -> Ints:
    """Newest value at or before each instant; NULL before the first. Changes are sorted by row, then instant."""
    position = np.searchsorted(instant_key(changed_row, changed_at), instant_key(row, at), side="right") - 1
    found = np.maximum(position, 0)
    if len(values) == 0:
        return full(len(row))
    return np.where((position >= 0) & (changed_row[found] == row), values[found], NULL)


def first_per(group: Ints, values: Ints, groups: int, default: int) -> Ints:
    """Least value per group number; `default` where a group has none."""
    least = full(groups, np.iinfo(np.int64).max)
    np.minimum.at(least, group, values)
    return np.where(least == np.iinfo(np.int64).max, default, least)


def labels(names: Sequence[str], codes: Ints) -> Texts:
    """Names of codes; '' for NULL."""
    table = np.array([*names, ""])
    return table[np.where(codes == NULL, len(names), codes)]

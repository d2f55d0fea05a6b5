"""Reading contract YAML: every scalar stays the text that was written, duplicate keys and unknown keys are errors.

Here belong the error type and the small checked accessors; what the keys mean is in `contract` and `mapping`.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

Keys = tuple[str | int, ...]
"""Keys and indexes that lead from the root of a file to a value."""
LeftOut = Mapping[str, Collection[Keys]]

_LEFT_OUT = object()
_REPLACED = ("source", "file")
_left_out: ContextVar[LeftOut] = ContextVar("left_out")
_NULL_TAG = "tag:yaml.org,2002:null"


class ContractError(ValueError):
    """A contract or mapping can't be used. The message names the file, the key, the value and what to do.

    `file` and `keys` say where, as far as the mistake is about one place.
    """

    def __init__(self, message: str, file: str = "", keys: Keys = ()) -> None:
        super().__init__(message)
        self.file = file
        self.keys = keys


class _TextLoader(yaml.SafeLoader):
    """A safe loader that leaves scalars as text (`01`, `no`, `2017-12-31`) and refuses duplicate keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(None, None, "a key must be plain text", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is given twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)

    def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> Any:
        text = super().construct_scalar(node)
        if isinstance(text, str) and any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text):
            raise yaml.constructor.ConstructorError(None, None, "this is not a text", node.start_mark)
        return text


_PLAIN_TAGS = (_NULL_TAG, "tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map", None)
_TextLoader.yaml_constructors = {
    tag: constructor for tag, constructor in yaml.SafeLoader.yaml_constructors.items() if tag in _PLAIN_TAGS
}
_TextLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag == _NULL_TAG]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class Node:
    """A value of a YAML file together with where it stands, so that every complaint can say so. `tree` is the whole
    file as it was written, `keys` those that lead to the value."""

    file: str
    path: str
    value: Any
    tree: yaml.Node | None = field(default=None, compare=False, repr=False)
    keys: Keys = field(default=(), compare=False, repr=False)

    def error(self, problem: str, advice: str) -> ContractError:
        """An error about this value."""
        shown = repr(self.value)
        shown = shown if len(shown) <= 120 else shown[:117] + "..."
        number = _line(self.tree, self.keys)
        line = f" (line {number})" if number else ""
        said = f"{self.file}: {self.path or 'the file'} = {shown}{line}: {problem} {advice}"
        return ContractError(said, self.file, self.keys)

    def child(self, key: str | int) -> Node:
        """The value under a key or list index that is known to exist."""
        path = f"{self.path}[{key}]" if isinstance(key, int) else f"{self.path}.{key}" if self.path else key
        return Node(self.file, path, self.value[key], self.tree, (*self.keys, key))

    def holding(self, value: Any) -> Node:
        """Another value that stands at the same place, such as a key."""
        return replace(self, value=value)

    def mapping(self, allowed: Collection[str] | None = None, needed: Collection[str] = ()) -> dict[str, Node]:
        """This value as key -> node; keys outside `allowed` and missing `needed` keys are errors."""
        if not isinstance(self.value, dict):
            raise self.error("this is not a mapping.", "Write `key: value` pairs.")
        for key in self.value:
            if allowed is not None and key not in allowed:
                raise self.child(key).error("this key is not known here.", f"Known keys: {', '.join(sorted(allowed))}.")
        for key in needed:
            if key not in self.value:
                raise self.error(f"the key {key!r} is missing.", f"Add `{key}:`.")
        return {key: self.child(key) for key in self.value}

    def items(self) -> list[Node]:
        """This value as a list of nodes."""
        if not isinstance(self.value, list):
            raise self.error("this is not a list.", "Write it as `[a, b]` or one `- item` per line.")
        return [self.child(index) for index, value in enumerate(self.value) if value is not _LEFT_OUT]

    def text(self) -> str:
        """This value as text, not empty."""
        if not isinstance(self.value, str) or not self.value:
            raise self.error("this is not a text.", "Write one plain value.")
        return self.value

    def text_or_null(self) -> str | None:
        """This value as text; empty or null is None."""
        if self.value is None or self.value == "":
            return None
        return self.text()

    def texts(self) -> tuple[str, ...]:
        """A list of texts, or one text standing for a list of one."""
        if isinstance(self.value, str):
            return (self.text(),)
        return tuple(node.text() for node in self.items())

    def flag(self) -> bool:
        """`true` or `false`."""
        if self.value not in ("true", "false"):
            raise self.error("this is neither true nor false.", "Write `true` or `false`.")
        return self.value == "true"

    def count(self) -> int:
        """A whole number, 0 or more."""
        text = self.text()
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise self.error("this is not a whole number below 1,000,000,000.", "Write digits only.")
        return int(text)

    def choice(self, allowed: Collection[str]) -> str:
        """One of the allowed texts."""
        text = self.text()
        if text not in allowed:
            raise self.error("this value is not known here.", f"Use one of: {', '.join(allowed)}.")
        return text


def read_yaml(path: Path, shown: str) -> Node:
    """The root of a YAML file; `shown` is how messages name the file."""
    try:
        loader = _TextLoader(path.read_text(encoding="utf-8"))
        tree = loader.get_single_node()
        value = None if tree is None else loader.construct_document(tree)
    except yaml.YAMLError as error:
        said = f"{shown}: this is not valid YAML: {error}. Correct the line that is named."
        raise ContractError(said, shown) from error
    except RecursionError as error:
        said = f"{shown}: this is nested too deeply. Write it as docs/loading.md shows."
        raise ContractError(said, shown) from error
    except UnicodeDecodeError as error:
        said = f"{shown}: byte {error.start} is not UTF-8. Save the file as UTF-8."
        raise ContractError(said, shown) from error
    for keys in filter(None, _left_out.get({}).get(shown, ())):
        _leave_out(value, keys, stand_in=f"left_out_{shown.encode().hex()}")
    return Node(shown, "", value, tree)


@contextmanager
def leaving_out(left_out: LeftOut) -> Iterator[None]:
    """Within the block, files are read as if they lacked what stands under these keys, and the rest keeps its place."""
    token = _left_out.set(left_out)
    try:
        yield
    finally:
        _left_out.reset(token)


def is_left_out(shown: str) -> bool:
    """Whether a whole file is."""
    return () in _left_out.get({}).get(shown, ())


def _leave_out(value: Any, keys: Keys, stand_in: str) -> None:
    """Take away what stands under `keys`; a text without which nothing else can be read is replaced."""
    *above, last = keys
    for key in above:
        value = value[key]
    if isinstance(last, int):
        value[last] = _LEFT_OUT
    elif last in _REPLACED and isinstance(value.get(last), str):
        value[last] = stand_in
    else:
        value.pop(last, None)  # an anchor's value stands in several places


def _line(tree: yaml.Node | None, keys: Keys) -> int | None:
    """The line on which the value under `keys` stands: that of its key, or where an item of a list begins."""
    line = None
    for key in keys:
        if isinstance(tree, yaml.MappingNode):
            name, tree = next((name, value) for name, value in tree.value if name.value == key)
            line = name.start_mark.line + 1
        elif isinstance(tree, yaml.SequenceNode):
            item = tree.value[key]
            line, tree = item.start_mark.line + 1, item
    return line

"""Hashes as other programs keep them: plain lists, CSV with a header, and JSON as ThreatExchange answers.

A plain list has a hash a line, and may go on with a comma, the quality and a file's name, as PDQ's own programs write
it. The columns of CSV and the keys of JSON are found by the names that ThreatExchange and its tools use.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeGuard

from models.image.banks.hashing import LEAST_QUALITY, is_hash
from models.image.banks.head import Kind
from moderation.errors import BankError

_HASHES = ("hash", "pdq", "pdq_hash", "indicator", "raw_indicator", "signal_value", "signal", "value")
_TYPES = ("type", "signal_type", "indicator_type", "hash_type")
_WHYS = ("why", "description", "reason", "note")
_SOURCES = ("source", "owner", "exchange", "filename", "id")
_RECORDS = ("data", "hashes", "indicators", "signals")


@dataclass(frozen=True, slots=True)
class Listed:
    """One item of a list. `at` is its line, or its number in JSON; `refused` says why it is not taken, if so.

    `harmless` is what its source thinks: such a hash belongs in an allow bank.
    """

    at: int
    hash: str = ""
    why: str = ""
    source: str = ""
    harmless: bool = False
    refused: str | None = None


def listed(path: Path, kind: Kind = "block") -> Iterator[Listed]:
    """Every item of a file for a bank of this kind, refused ones too.

    Raises `BankError` for a file that is no such list.
    """
    return (_for_kind(item, kind) for item in _items_of(path))


def _for_kind(item: Listed, kind: Kind) -> Listed:
    if item.refused is None and item.harmless and kind == "block":
        return replace(item, refused="its source calls it NON_MALICIOUS")
    return item


def _items_of(path: Path) -> Iterator[Listed]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BankError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise BankError(f"{path}: no text: a list of hashes, CSV or JSON is due; for pictures: hashes add") from None
    first = text.lstrip()[:1]
    if first in ("{", "["):
        return _of_json(text, path)
    lines = text.splitlines()
    header = next((line for line in lines if line.strip()), "")
    names = [name.strip(' "').lower() for name in header.split(_delimiter(header))]
    return _of_csv(lines, _delimiter(header), path) if any(name in _HASHES for name in names) else _plain(lines)


def _plain(lines: list[str]) -> Iterator[Listed]:
    for at, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#"):
            hash_, *rest = (cell.strip() for cell in line.split(","))
            quality, name = [*rest, "", ""][:2]
            yield _judged(at, {"hash": hash_, "quality": quality, "filename": name})


def _of_csv(lines: list[str], delimiter: str, path: Path) -> Iterator[Listed]:
    """Columns between tabs have no quotes: what looks like one was written."""
    rows = csv.DictReader(
        lines, delimiter=delimiter, quoting=csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
    )
    try:
        for row in rows:
            yield _judged(rows.line_num, row)
    except csv.Error as error:
        raise BankError(f"{path}:{rows.line_num + 1}: not CSV: {error}") from None


def _of_json(text: str, path: Path) -> Iterator[Listed]:
    try:
        content = json.loads(text)
    except RecursionError:
        raise BankError(f"{path}: JSON too deep for a list of hashes") from None
    except ValueError as error:
        try:  # one object a line
            content = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            raise BankError(f"{path}: not JSON: {error}") from None
    pages = content if isinstance(content, list) else [content]
    return (_judged(at, item) for at, item in enumerate(_items(pages, path), 1))


def _items(pages: list[Any], path: Path) -> list[Any]:
    found: list[Any] = []
    for page in pages:
        inner = (
            next((page[key] for key in _RECORDS if isinstance(page.get(key), list)), None) if _is_map(page) else None
        )
        found += [page] if inner is None else inner
    if all(_is_map(item) and _first(item, _HASHES) is None for item in found):
        raise BankError(f"{path}: no hashes are found in this JSON: a list, or 'data' with a list of objects, is due")
    return found


def _judged(at: int, item: Any) -> Listed:
    """What is taken of one item."""
    fields = _lower(item) if _is_map(item) else {"hash": item}
    if isinstance(inner := fields.get("indicator"), Mapping):  # a descriptor of ThreatExchange has its indicator inside
        fields = {**_lower(inner), **fields, "indicator": inner.get("indicator")}
    hash_ = str(_first(fields, _HASHES) or "").strip()
    why, source = _text(_first(fields, _WHYS)), _text(_first(fields, _SOURCES))
    harmless = str(fields.get("status") or "").upper() == "NON_MALICIOUS"
    return Listed(at, hash_.lower(), why, source, harmless, _refusal(hash_, fields))


def _refusal(hash_: str, fields: Mapping[str, Any]) -> str | None:
    kind = str(_first(fields, _TYPES) or "pdq")
    if "pdq" not in kind.lower().replace("hash_", ""):
        return f"a hash of type {kind[:40]}, not PDQ"
    if not is_hash(hash_):
        return f"{hash_[:80]!r} is no PDQ hash: it has 64 hexadecimal digits"
    if str(fields.get("should_delete") or "").lower() == "true":
        return "its source has deleted it"
    quality = str(fields.get("quality") or "").strip()
    if quality.isdecimal() and int(quality) < LEAST_QUALITY:
        return f"quality {quality}: below {LEAST_QUALITY} a hash means nothing"
    return None


def _lower(item: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key).strip().lower(): value for key, value in item.items()}


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((fields[name] for name in names if fields.get(name) not in (None, "")), None)


def _text(value: Any) -> str:
    """Of an owner, its name."""
    if _is_map(value):
        value = value.get("name") or value.get("id")
    return "" if value is None else str(value)


def _is_map(value: Any) -> TypeGuard[Mapping[Any, Any]]:
    return isinstance(value, Mapping)


def _delimiter(header: str) -> str:
    return "\t" if "\t" in header else ";" if header.count(";") > header.count(",") else ","

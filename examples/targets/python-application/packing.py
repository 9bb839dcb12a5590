"""MessagePack, for clients that announced it (docs/protocol.md §3): as strict as JSON."""

import math

import msgpack

from messages import DEPTH, Refusal

MIN_BYTES = 4_096  # messages of this size (as JSON) and more go as one binary frame


def pack(message):
    return msgpack.packb(message)


def unpack(data):
    """Text keys, none twice, 128 levels, no bytes, no extension types, nothing behind the value; else INVALID_MESSAGE."""
    try:
        value = msgpack.unpackb(data, raw=False, strict_map_key=False, object_pairs_hook=_object, ext_hook=_extension)
        must_be_json(value, DEPTH)
    except (ValueError, TypeError, RecursionError, msgpack.exceptions.UnpackException) as error:
        raise Refusal("INVALID_MESSAGE", f"This is no MessagePack of a message: {error}") from None
    return value


def _object(pairs):
    fields = {}
    for key, value in pairs:
        if not isinstance(key, str) or key in fields:
            raise ValueError("a key is no text, or stands twice")
        fields[key] = value
    return fields


def _extension(code, _):
    raise ValueError(f"extension type {code}")


def must_be_json(value, levels):
    if isinstance(value, (dict, list)):
        if levels == 0:
            raise ValueError("too many levels")
        for each in value.values() if isinstance(value, dict) else value:
            must_be_json(each, levels - 1)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("a number out of range")
    elif not isinstance(value, (str, int, type(None))):
        raise ValueError("a type that JSON has not")

"""Writes event logs that no Windows writes: binary XML token by token, in chunks whose checksums are right."""
import struct
import zlib

TEXT, FILETIME, BINXML = 0x01, 0x11, 0x21
FRAGMENT = b"\x0f\1\1\0"


class Chunk:
    """64 KiB, filled record by record; offsets are those in the chunk."""

    def __init__(self):
        self.bytes = bytearray(65536)
        self.at = 512
        self.records = 0

    def record(self, body):
        size = 28 + len(body) + -len(body) % 4
        self.records += 1
        head = struct.pack("<IIQQ", 0x2A2A, size, self.records, 133000000000000000)
        record = head + body + b"\0" * (size - 28 - len(body)) + struct.pack("<I", size)
        assert self.at + size <= 65536
        self.bytes[self.at:self.at + size] = record
        self.at += size

    def keep(self, data):
        """Puts bytes into a record of their own, which holds no event; returns their offset."""
        at = self.at + 24 + 8
        self.record(FRAGMENT + b"\0" * 4 + data)
        return at

    def name(self, text):
        units = text.encode("utf-16-le")
        return self.keep(struct.pack("<IHH", 0, 0, len(units) // 2) + units + b"\0\0")

    def definition(self, content):
        content = FRAGMENT + content + b"\0"
        return self.keep(b"\0" * 4 + b"\1" * 16 + struct.pack("<I", len(content)) + content)

    def done(self):
        head = bytearray(512)
        head[:8] = b"ElfChnk\0"
        struct.pack_into("<QQQQIIII", head, 8, 1, self.records, 1, self.records, 128, 512, self.at, zlib.crc32(self.bytes[512:self.at]))
        struct.pack_into("<I", head, 124, zlib.crc32(bytes(head[:120] + head[128:])))
        self.bytes[:512] = head
        return bytes(self.bytes)


def log(*chunks):
    head = bytearray(4096)
    head[:8] = b"ElfFile\0"
    struct.pack_into("<QQQIHHHH", head, 8, 0, len(chunks) - 1, 1, 128, 1, 3, 4096, len(chunks))
    struct.pack_into("<I", head, 124, zlib.crc32(bytes(head[:120])))
    return bytes(head) + b"".join(c.done() for c in chunks)


def element(name, content=None, attrs=b"", dependency=True):
    head = bytes([0x41 if attrs else 1]) + (b"\xff\xff" if dependency else b"") + struct.pack("<II", 0, name)
    head += struct.pack("<I", len(attrs)) + attrs if attrs else b""
    return head + (b"\3" if content is None else b"\2" + content + b"\4")


def attribute(name, content):
    return b"\x46" + struct.pack("<I", name) + content


def hole(index, kind=TEXT):
    return struct.pack("<BHB", 0x0D, index, kind)


def instance(definition, *values):
    """An instance of the definition at an offset; values are pairs of type and bytes."""
    return (b"\x0c\1" + struct.pack("<III", 7, definition, len(values)) + b"".join(struct.pack("<HBB", len(v), t, 0) for t, v in values) +
            b"".join(v for _, v in values))


def text(s):
    return (TEXT, s.encode("utf-16-le"))

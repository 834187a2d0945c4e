#!/usr/bin/python3
"""A second implementation of the sealed file (docs/formats.md), on python3-cryptography; it shares nothing with the product's own.

    sealed_reader.py open KEY SEALED PLAIN       deciphers; exit code 1 and nothing of the refused segment when one is not authentic
    sealed_reader.py seal KEY ID PLAIN SEALED    seals

KEY and ID in hexadecimal.
"""
import hashlib
import hmac
import struct
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SEGMENT, HEADER, TAG = 1 << 20, 40, 16


def derive(key, length, salt, info):
    return HKDF(SHA256(), length, salt, info).derive(key)


def file_cipher(key, header):
    salt = header[1:33]
    return AESGCM(derive(key, 32, salt, b"mdm-sealed-v1" + salt[:16]))


def nonce(header, number, last):
    return header[33:40] + struct.pack(">IB", number, last)


def header_of(key, key_id, plain):
    content = struct.pack(">Q", len(plain)) + hashlib.sha256(plain).digest()
    salt = key_id + hmac.digest(derive(key, 32, b"", b"siv"), content, "sha256")[:16]
    return b"\x28" + salt + derive(key, 7, salt, b"prefix")


def seal(key, key_id, plain):
    header = header_of(key, key_id, plain)
    cipher = file_cipher(key, header)
    yield header
    at, number, room = 0, 0, SEGMENT - HEADER - TAG
    while True:
        part, at = plain[at:at + room], at + room
        last = at >= len(plain)
        yield cipher.encrypt(nonce(header, number, last), part, None)
        if last:
            return
        number, room = number + 1, SEGMENT - TAG


def open_sealed(key, sealed):
    if len(sealed) < HEADER or sealed[0] != HEADER:
        raise ValueError("no sealed file begins so")
    header = sealed[:HEADER]
    cipher = file_cipher(key, header)
    # All segments but the last end at a multiple of their length in the file; the header belongs to the first.
    for number in range(max(1, -(-len(sealed) // SEGMENT))):
        begin, end = max(HEADER, number * SEGMENT), (number + 1) * SEGMENT
        part = cipher.decrypt(nonce(header, number, end >= len(sealed)), sealed[begin:end], None)
        if number > 0 and not part:
            raise ValueError("an empty segment after others")
        yield part


def main(task, key, *more):
    *more, source, target = more
    with open(source, "rb") as file:
        content, key = file.read(), bytes.fromhex(key)
    try:
        with open(target, "wb") as out:
            for part in open_sealed(key, content) if task == "open" else seal(key, bytes.fromhex(more[0]), content):
                out.write(part)
    except (InvalidTag, ValueError) as refusal:
        print(f"refused: {type(refusal).__name__} {refusal}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

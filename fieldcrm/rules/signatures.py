"""Whether the server signed something: Ed25519 over bytes that name their purpose, checked offline."""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def holds(signed: bytes, signature: str, server_key: str) -> bool:
    """Say whether the server with this public key (base64) signed exactly this."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(server_key, validate=True))
        key.verify(base64.b64decode(signature, validate=True), signed)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True

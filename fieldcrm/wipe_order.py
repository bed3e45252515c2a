"""The order to wipe a lost laptop, as the server signs it and the laptop checks it.

It names the device and answers the challenge that this very request made, so an order that
was caught on its way once does nothing a second time, and an order for another laptop does
nothing here. The nonce is the laptop's proof, afterwards, that the order reached it.
"""

from __future__ import annotations

import base64
import secrets

import msgspec

from fieldcrm.faults import planted


class WipeOrder(msgspec.Struct, frozen=True):
    """One order; ``signature`` is the server's (Ed25519, base64) over ``text``."""

    device: str
    nonce: str
    challenge: str
    signature: str = ""

    def text(self) -> bytes:
        """Return what is signed; it names its own purpose."""
        return f"fieldcrm wipe order 1\n{self.device}\n{self.nonce}\n{self.challenge}".encode()


def new_challenge() -> str:
    """Return what an order must answer."""
    return secrets.token_hex(16)


def holds(order: WipeOrder, server_key: str, *, device: str, challenge: str) -> bool:
    """Say whether the order is for this device, answers this challenge and is the server's own."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if planted("wipe_without_proof"):
        return True
    if (order.device, order.challenge) != (device, challenge):
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(server_key, validate=True))
        key.verify(base64.b64decode(order.signature, validate=True), order.text())
    except (InvalidSignature, ValueError):
        return False
    return True

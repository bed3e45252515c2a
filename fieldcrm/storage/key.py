"""The key of the database: 32 random bytes that nobody ever types.

It lies in the system's keyring. Where there is none, a passphrase wraps it: argon2id makes
a key from the passphrase, AES-GCM seals the random key with it in a small file beside the
database. Changing the passphrase seals the same key again; the database is not touched.
Destroying the key is the wipe: what was encrypted with it is noise from then on.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from fieldcrm.errors import Damaged, KeyringLocked, NoKeyring, WrongKey
from fieldcrm.storage import disk
from fieldcrm.storage.cipher import KEY_BYTES, translated

SERVICE = "fieldcrm"
_PURPOSE = b"fieldcrm database key v1"
_MOST_MEMORY_KIB = 1 << 20


class Hardness(msgspec.Struct, frozen=True):
    """What argon2id costs; stored beside each secret, so it can grow later."""

    time: int = 3
    memory_kib: int = 65_536
    lanes: int = 4


class _Sealed(msgspec.Struct, frozen=True):
    salt: str
    nonce: str
    sealed: str
    hardness: Hardness = Hardness()
    kind: str = "argon2id aes-256-gcm"


def new_key() -> bytes:
    """Return a fresh random key."""
    return secrets.token_bytes(KEY_BYTES)


def keep(name: str, key: bytes) -> None:
    """Put the key into the system's keyring and make sure it is there."""
    import keyring

    with _keyring_errors(name):
        keyring.set_password(SERVICE, name, key.hex())
        if keyring.get_password(SERVICE, name) != key.hex():
            raise NoKeyring(profile=name)


def fetch(name: str) -> bytes:
    """Return the key from the keyring; ``WrongKey`` if the keyring has none for us."""
    import keyring

    with _keyring_errors(name):
        found = keyring.get_password(SERVICE, name)
    if found is None:
        raise WrongKey(profile=name, reason="not in the keyring")
    return bytes.fromhex(found)


def destroy(name: str) -> None:
    """Take the key out of the keyring; one that is not there is fine."""
    import keyring
    from keyring.errors import PasswordDeleteError

    with _keyring_errors(name):
        try:
            keyring.delete_password(SERVICE, name)
        except PasswordDeleteError:
            if keyring.get_password(SERVICE, name) is not None:
                raise


def has_keyring() -> bool:
    """Whether this system has a keyring that keeps what it is given; it may still be locked."""
    import keyring
    from keyring.backends import fail, null

    return not isinstance(keyring.get_keyring(), fail.Keyring | null.Keyring)


@contextmanager
def _keyring_errors(name: str) -> Iterator[None]:
    from keyring import errors

    try:
        yield
    except errors.KeyringLocked as error:
        raise KeyringLocked(profile=name) from error
    except (errors.NoKeyringError, errors.InitError) as error:
        raise NoKeyring(profile=name) from error
    except errors.KeyringError as error:
        raise KeyringLocked(profile=name, reason=str(error)) from error


def seal(file: Path, key: bytes, passphrase: str, hardness: Hardness | None = None) -> None:
    """Write the key, wrapped by the passphrase, into ``file``; whole or not at all."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    hardness = hardness or Hardness()
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    sealed = AESGCM(stretch(passphrase, salt, hardness)).encrypt(nonce, key, _PURPOSE)
    kept = _Sealed(salt.hex(), nonce.hex(), sealed.hex(), hardness)
    disk.write_whole(file, msgspec.json.encode(kept))


def unseal(file: Path, passphrase: str) -> bytes:
    """Return the key; ``WrongKey`` if the passphrase is not the one."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    with translated(file):
        content = file.read_bytes()
    try:
        kept = msgspec.json.decode(content, type=_Sealed)
        salt, nonce, sealed = (bytes.fromhex(part) for part in (kept.salt, kept.nonce, kept.sealed))
        wrapper = stretch(passphrase, salt, kept.hardness)
    except (msgspec.DecodeError, ValueError) as error:
        raise Damaged(file=file.name) from error
    try:
        return AESGCM(wrapper).decrypt(nonce, sealed, _PURPOSE)
    except InvalidTag as error:
        raise WrongKey(file=file.name) from error


def change_passphrase(file: Path, old: str, new: str) -> None:
    """Wrap the same key by another passphrase."""
    seal(file, unseal(file, old), new)


def stretch(passphrase: str, salt: bytes, hardness: Hardness) -> bytes:
    """Return 32 bytes made of the passphrase; ``ValueError`` on costs that no one of ours wrote."""
    from argon2.low_level import Type, hash_secret_raw

    if not 1 <= hardness.time <= 64 or not 8 <= hardness.memory_kib <= _MOST_MEMORY_KIB:
        raise ValueError("unreasonable argon2 costs")
    return hash_secret_raw(
        passphrase.encode(), salt, hardness.time, hardness.memory_kib, hardness.lanes, KEY_BYTES, Type.ID
    )

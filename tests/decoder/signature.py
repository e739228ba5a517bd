"""The strict verdict on a signature: FORMAT.md, "What is signed"."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

P = 2**255 - 19
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
ORDER_8 = int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little")
# A point of small order is known by its y alone: order 1, 2, 4 (both), and 8 (four points, two y).
SMALL_ORDER_Y = {1, P - 1, 0, ORDER_8, P - ORDER_8}


def is_sound(point):
    """Whether 32 bytes may be the encoding of a point of large order."""
    y = int.from_bytes(point, "little") & ~(1 << 255)
    return y < P and y not in SMALL_ORDER_Y


def holds(key, message, signature):
    """OpenSSL compares R byte for byte without the cofactor, as the page asks; what it lets pass is refused here."""
    if not is_sound(key) or not is_sound(signature[:32]):
        return False
    if int.from_bytes(signature[32:], "little") >= GROUP_ORDER:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True

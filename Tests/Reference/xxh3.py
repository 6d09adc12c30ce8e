"""XXH3, the 64-bit variant, in plain Python.

dedup hashes shingles with the seed 0, and the ids or texts of a sample with the seed of the sample. The algorithm is
specified by its author, Yann Collet, in the documentation of xxHash (doc/xxhash_spec.md, "XXH3 algorithm"), and the
constants below come from there.
"""

import struct

MASK64 = (1 << 64) - 1

PRIME32_1, PRIME32_2, PRIME32_3 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D
PRIME64_1, PRIME64_2, PRIME64_3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
PRIME64_4, PRIME64_5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
PRIME_MX1, PRIME_MX2 = 0x165667919E3779F9, 0x9FB21C651E98DF25

SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221"
    "b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb"
    "170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e"
)

STRIPE = 64  # bytes that the eight accumulators take in at once
STRIPES_OF_BLOCK = (len(SECRET) - STRIPE) // 8


def xxh3_64(data: bytes, seed: int = 0) -> int:
    """Returns the hash of any number of bytes, as an unsigned number of 64 bits. So is the seed."""
    length = len(data)
    if length > 240:
        return _hash_long(data, _seeded_secret(seed))
    if length > 128:
        return _hash_129_to_240(data, seed)
    if length > 16:
        return _hash_17_to_128(data, seed)
    if length > 8:
        return _hash_9_to_16(data, seed)
    if length > 3:
        return _hash_4_to_8(data, seed)
    if length > 0:
        return _hash_1_to_3(data, seed)
    return _avalanche_of_xxh64(seed ^ _u64(SECRET, 56) ^ _u64(SECRET, 64))


def _u32(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 4], "little")


def _u64(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 8], "little")


def _rotated(value: int, bits: int) -> int:
    return (value << bits | value >> (64 - bits)) & MASK64


def _byte_swapped(value: int, length: int = 8) -> int:
    return int.from_bytes(value.to_bytes(length, "little"), "big")


def _folded_product(a: int, b: int) -> int:
    """The lower half of the 128-bit product, xor the upper half."""
    product = a * b
    return (product ^ product >> 64) & MASK64


def _avalanche(value: int) -> int:
    value ^= value >> 37
    value = value * PRIME_MX1 & MASK64
    return value ^ value >> 32


def _avalanche_of_xxh64(value: int) -> int:
    value ^= value >> 33
    value = value * PRIME64_2 & MASK64
    value ^= value >> 29
    value = value * PRIME64_3 & MASK64
    return value ^ value >> 32


def _hash_1_to_3(data: bytes, seed: int) -> int:
    length = len(data)
    combined = data[0] << 16 | data[length >> 1] << 24 | data[-1] | length << 8
    return _avalanche_of_xxh64(combined ^ ((_u32(SECRET, 0) ^ _u32(SECRET, 4)) + seed & MASK64))


def _hash_4_to_8(data: bytes, seed: int) -> int:
    length = len(data)
    both = _u32(data, length - 4) | _u32(data, 0) << 32
    seed ^= _byte_swapped(seed & 0xFFFFFFFF, 4) << 32
    value = both ^ ((_u64(SECRET, 8) ^ _u64(SECRET, 16)) - seed & MASK64)
    value ^= _rotated(value, 49) ^ _rotated(value, 24)
    value = value * PRIME_MX2 & MASK64
    value ^= (value >> 35) + length
    value = value * PRIME_MX2 & MASK64
    return value ^ value >> 28


def _hash_9_to_16(data: bytes, seed: int) -> int:
    length = len(data)
    first = _u64(data, 0) ^ ((_u64(SECRET, 24) ^ _u64(SECRET, 32)) + seed & MASK64)
    last = _u64(data, length - 8) ^ ((_u64(SECRET, 40) ^ _u64(SECRET, 48)) - seed & MASK64)
    return _avalanche((length + _byte_swapped(first) + last + _folded_product(first, last)) & MASK64)


def _mixed_16(data: bytes, offset: int, secret: int, seed: int) -> int:
    low, high = struct.unpack_from("<2Q", data, offset)
    key_low, key_high = struct.unpack_from("<2Q", SECRET, secret)
    return _folded_product(low ^ (key_low + seed & MASK64), high ^ (key_high - seed & MASK64))


def _hash_17_to_128(data: bytes, seed: int) -> int:
    length = len(data)
    total = length * PRIME64_1
    for pair in range((length - 1) // 32 + 1):
        total += _mixed_16(data, 16 * pair, 32 * pair, seed)
        total += _mixed_16(data, length - 16 * (pair + 1), 32 * pair + 16, seed)
    return _avalanche(total & MASK64)


def _hash_129_to_240(data: bytes, seed: int) -> int:
    length = len(data)
    total = length * PRIME64_1
    for block in range(8):
        total += _mixed_16(data, 16 * block, 16 * block, seed)
    total = _avalanche(total & MASK64)
    for block in range(8, length // 16):
        total += _mixed_16(data, 16 * block, 16 * (block - 8) + 3, seed)
    total += _mixed_16(data, length - 16, 136 - 17, seed)
    return _avalanche(total & MASK64)


def _seeded_secret(seed: int) -> bytes:
    """The secret for long inputs: the seed is added to every other 8 bytes, and subtracted from those between them."""
    values = struct.unpack(f"<{len(SECRET) // 8}Q", SECRET)
    seeded = [value + (seed if place % 2 == 0 else -seed) & MASK64 for place, value in enumerate(values)]
    return struct.pack(f"<{len(seeded)}Q", *seeded)


def _hash_long(data: bytes, secret: bytes) -> int:
    length = len(data)
    accumulators = [
        PRIME32_3, PRIME64_1, PRIME64_2, PRIME64_3, PRIME64_4, PRIME32_2, PRIME64_5, PRIME32_1,
    ]  # fmt: skip
    stripes = (length - 1) // STRIPE
    for stripe in range(stripes):
        place = stripe % STRIPES_OF_BLOCK
        _accumulate(accumulators, data, STRIPE * stripe, secret, 8 * place)
        if place == STRIPES_OF_BLOCK - 1:
            _scramble(accumulators, secret)
    _accumulate(accumulators, data, length - STRIPE, secret, len(secret) - STRIPE - 7)
    total = length * PRIME64_1
    for pair in range(4):
        low, high = accumulators[2 * pair], accumulators[2 * pair + 1]
        total += _folded_product(low ^ _u64(secret, 11 + 16 * pair), high ^ _u64(secret, 19 + 16 * pair))
    return _avalanche(total & MASK64)


def _accumulate(accumulators: list[int], data: bytes, offset: int, secret: bytes, secret_offset: int) -> None:
    values = struct.unpack_from("<8Q", data, offset)
    keys = struct.unpack_from("<8Q", secret, secret_offset)
    for lane, (value, key) in enumerate(zip(values, keys)):
        keyed = value ^ key
        accumulators[lane ^ 1] = accumulators[lane ^ 1] + value & MASK64
        accumulators[lane] = accumulators[lane] + (keyed & 0xFFFFFFFF) * (keyed >> 32) & MASK64


def _scramble(accumulators: list[int], secret: bytes) -> None:
    keys = struct.unpack_from("<8Q", secret, len(secret) - STRIPE)
    for lane, key in enumerate(keys):
        value = accumulators[lane]
        accumulators[lane] = (value ^ value >> 47 ^ key) * PRIME32_1 & MASK64

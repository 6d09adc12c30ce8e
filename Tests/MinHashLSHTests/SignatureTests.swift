import MinHashLSH
import TestSupport
import Testing

@Suite struct SignatureTests {
    /// The kernels that this CPU runs.
    static let variants = MinHasher.Variant.allCases.filter { $0 <= .best }

    @Test(arguments: variants)
    func kernelsGiveTheBitsOfTheReference(variant: MinHasher.Variant) {
        var random = SeededGenerator(seed: 11)
        // Numbers of seeds around the kernels' tiles of 16, 48 and 112 lanes, and random numbers.
        let seeds = Array(1...50) + [63, 64, 65, 95, 96, 97, 111, 112, 113, 127, 128, 129, 159, 160, 161, 224, 225]
        for seeds in seeds + (0..<30).map({ _ in Int.random(in: 1...300, using: &random) }) {
            let hasher = MinHasher(seeds: seeds, variant: variant)
            #expect(hasher.seeds == seeds && hasher.lanes >= seeds && hasher.lanes < seeds + 16)
            for size in [0, 1, 2, Int.random(in: 3...60, using: &random)] {
                let shingles = random.hashes(size)
                #expect(hasher.signature(shingles) == hasher.referenceSignature(shingles), "\(seeds) seeds, \(size)")
            }
        }
        for size in [500, 1999, 2000] {
            let hasher = MinHasher(seeds: 100, variant: variant)
            let shingles = random.hashes(size)
            #expect(hasher.signature(shingles) == hasher.referenceSignature(shingles), "\(size) shingles")
        }
    }

    @Test(arguments: variants)
    func extremeHashesAreSigned(variant: MinHasher.Variant) {
        let hasher = MinHasher(seeds: 300, variant: variant)
        let extremes: [UInt64] = [0, 1, .max, .max - 1, 1 << 31, 1 << 32, 1 << 63, 0x7FFF_FFFF, 0xFFFF_FFFF]
        for hash in extremes { #expect(hasher.signature([hash]) == hasher.referenceSignature([hash])) }
        #expect(hasher.signature(extremes) == hasher.referenceSignature(extremes))
        #expect(hasher.signature([0]) == [UInt32](repeating: 0, count: hasher.lanes))
        #expect(hasher.signature([]) == [UInt32](repeating: .max, count: hasher.lanes))
    }

    /// Signatures are part of the index's format: these numbers, computed from the definition elsewhere, never change.
    @Test func signaturesAreTheSameEverywhere() {
        let multipliers = (0..<6).map(MinHasher.multiplier)
        #expect(
            multipliers
                == [0xE220_A839, 0x6E78_9E6B, 0x06C4_5D19, 0xF88B_B8A9, 0x1B39_896B, 0x53CB_9F0D])
        #expect(MinHasher.multiplier(seed: 99) == 0x3505_B779)
        #expect(MinHasher.multiplier(seed: 4095) == 0xB662_7041)
        let signature = MinHasher(seeds: 100).signature(
            [0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210, 0xDEAD_BEEF_CAFE_BABE])
        #expect(
            Array(signature[..<8]) == [
                594_081_694, 460_787_801, 565_589_182, 1_327_318_824, 1_483_224_904, 306_396_309, 193_814_193,
                255_255_225,
            ])
        #expect(Array(signature[96..<100]) == [1_208_526_066, 806_703_313, 1_863_247_450, 1_681_421_406])
    }

    @Test func neitherOrderNorRepetitionCounts() {
        var random = SeededGenerator(seed: 12)
        let hasher = MinHasher(seeds: 100)
        for size in [1, 2, 17, 300] {
            let shingles = random.hashes(size)
            let signature = hasher.signature(shingles)
            #expect(hasher.signature(shingles.shuffled(using: &random)) == signature)
            #expect(hasher.signature(shingles + shingles.shuffled(using: &random).prefix(size / 2 + 1)) == signature)
        }
    }

    @Test func moreSeedsDoNotChangeTheFirst() {
        var random = SeededGenerator(seed: 13)
        let shingles = random.hashes(40)
        let most = MinHasher(seeds: 300).signature(shingles)
        for seeds in [1, 16, 99, 100, 200] {
            #expect(MinHasher(seeds: seeds).signature(shingles).prefix(seeds) == most.prefix(seeds))
        }
    }

    @Test func allSeedsDiffer() {
        #expect(Set((0..<4096).map(MinHasher.multiplier)).count == 4096)
        #expect((0..<4096).allSatisfy { MinHasher.multiplier(seed: $0) % 2 == 1 })
    }
}

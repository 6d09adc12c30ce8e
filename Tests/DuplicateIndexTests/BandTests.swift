import Basics
import TestSupport
import Testing

@testable import DuplicateIndex

@Suite struct BandTests {
    private func documents(_ table: borrowing BandTable, _ key: UInt64) -> [UInt64] {
        var found: [UInt64] = []
        table.scan(key: key) {
            found.append($0)
            return true
        }
        return found.sorted()
    }

    private func documents(_ segment: BandSegment, _ key: UInt64) throws -> [UInt64] {
        var scratch = PageScratch()
        var found: [UInt64] = []
        try segment.forEach(key: key, &scratch) { found.append($0) }
        return found.sorted()
    }

    private func target(_ folder: TemporaryFolder) -> BandSegment.Target {
        BandSegment.Target(folder: folder.path, number: 1, isTemporary: true, inMemory: true)
    }

    // MARK: The table

    @Test(arguments: [0, 1, 2, 100, 3000, 3072, 3073, 20_000])
    func aTableIsADictionary(entries: Int) {
        var random = SeededGenerator(seed: UInt64(entries))
        var table = BandTable()
        for _ in 0..<3 {
            var model = Model()
            for document in 0..<entries {
                let key = randomKey(&random)
                table.insert(key: key, document: UInt64(document))
                model.insert(key, UInt64(document))
            }
            #expect(table.count == model.count)
            for key in model.keys { if documents(table, key) != model[key] { Issue.record("\(key)") } }
            for _ in 0..<200 {
                let key = randomKey(&random)
                #expect(documents(table, key) == model[key])
            }
            var all = Model()
            table.forEachEntry { all.insert($0.key, $0.document) }
            #expect(all.count == model.count && all.keys.allSatisfy { all[$0] == model[$0] })
            table.removeAll()
            #expect(table.count == 0)
            for key in model.keys.prefix(100) { #expect(documents(table, key) == []) }
        }
    }

    @Test func aTableMayHoldOneKeyOnly() {
        var table = BandTable()
        for document in 0..<5000 { table.insert(key: 7, document: UInt64(document)) }
        #expect(documents(table, 7) == (0..<5000).map(UInt64.init))
        #expect(documents(table, 8) == [])
        // One key takes one slot, so the table has not grown, only the list of further documents.
        #expect(table.bytesToInsert() < 200_000 + 5000 * 16 * 2)
    }

    @Test func bytesToInsertSaysWhatGrowingTakes() {
        var table = BandTable()
        var most = 0
        for document in 0..<50_000 {
            let announced = table.bytesToInsert()
            #expect(announced >= most)
            table.insert(key: UInt64(document) &* 0x9E37_79B9_7F4A_7C15, document: UInt64(document))
            most = announced
        }
        // A table of 131,072 slots of 16 bytes, three quarters of them used, and a copy of the used entries.
        #expect(most == (131_072 + 131_072 / 4 * 3) * 16)
    }

    // MARK: Segments

    @Test(arguments: [1, 2, 255, 256, 257, 512, 5000, 40_000])
    func aSegmentIsADictionary(entries: Int) throws {
        let folder = try TemporaryFolder()
        var random = SeededGenerator(seed: UInt64(entries))
        var table = BandTable()
        var model = Model()
        for document in 0..<entries {
            let key = randomKey(&random)
            table.insert(key: key, document: UInt64(document))
            model.insert(key, UInt64(document))
        }
        let segment = try BandSegment.seal(table.sortedEntries(), documents: 0..<1, target(folder))
        #expect(segment.count == entries)
        for key in model.keys.prefix(5000) { if try documents(segment, key) != model[key] { Issue.record("\(key)") } }
        for _ in 0..<300 {
            let key = randomKey(&random)
            #expect(try documents(segment, key) == model[key])
        }
    }

    /// Equal keys fill whole pages, alone and between others.
    @Test(arguments: [255, 256, 257, 511, 512, 513, 1000])
    func equalKeysSpanPages(count: Int) throws {
        let folder = try TemporaryFolder()
        for before in [0, 1, 255, 256, 300] {
            var table = BandTable()
            for i in 0..<before { table.insert(key: UInt64(i + 1), document: UInt64(i)) }
            for i in 0..<count { table.insert(key: 1 << 40, document: UInt64(10_000 + i)) }
            for i in 0..<before { table.insert(key: 1 << 50 + UInt64(i), document: UInt64(20_000 + i)) }
            let segment = try BandSegment.seal(table.sortedEntries(), documents: 0..<1, target(folder))
            #expect(try documents(segment, 1 << 40) == (0..<count).map { UInt64(10_000 + $0) })
            for key in [0, UInt64(before + 1), 1 << 40 - 1, 1 << 40 + 1, .max] {
                #expect(try documents(segment, key) == [])
            }
            if before > 0 {
                #expect(try documents(segment, UInt64(before)) == [UInt64(before - 1)])
                #expect(try documents(segment, 1 << 50) == [20_000])
            }
        }
    }

    @Test(arguments: [true, false])
    func mergedSegmentsHoldAll(atOnce: Bool) throws {
        let folder = try TemporaryFolder()
        var random = SeededGenerator(seed: 9)
        var model = Model()
        var segments: [BandSegment] = []
        for size in [1, 5000, 17_000, 300, 256, 40_000] {
            let start = model.count
            var table = BandTable()
            for document in start..<start + size {
                let key = randomKey(&random)
                table.insert(key: key, document: UInt64(document))
                model.insert(key, UInt64(document))
            }
            segments.append(try BandSegment.seal(table.sortedEntries(), documents: start..<model.count, target(folder)))
        }
        while segments.count > 1 {
            let first = atOnce ? 0 : segments.count - 2
            let merged = try BandSegment.merge(Array(segments[first...]), target(folder))
            segments.replaceSubrange(first..., with: [merged])
        }
        let merged = segments[0]
        try merged.verify()
        #expect(merged.count == model.count)
        #expect(merged.info.documents == 0..<model.count)
        var scratch = PageScratch()
        for key in model.keys.prefix(4000) {
            // The segments were merged in document order, so the documents of a key are in that order.
            var found: [UInt64] = []
            try merged.forEach(key: key, &scratch) { found.append($0) }
            if found != model[key] { Issue.record("\(key)") }
            if !merged.mayContain(key) || found.count > 1 && !merged.mayBeShared(key) { Issue.record("\(key)") }
        }
        // Temporary segments are unlinked when they are created.
        #expect(try folder.names().isEmpty)
    }

    // MARK: The filter

    @Test(arguments: [1, 42, 43, 1000, 100_000])
    func theFilterLetsKeysThrough(keys: Int) {
        var random = SeededGenerator(seed: UInt64(keys))
        let present = (0..<keys).map { _ in random.next() }
        let blocks = BloomFilter.blocks(keys: keys)
        let words = UnsafeMutablePointer<UInt64>.allocate(capacity: blocks * BloomFilter.wordsPerBlock)
        defer { words.deallocate() }
        words.initialize(repeating: 0, count: blocks * BloomFilter.wordsPerBlock)
        let filter = BloomFilter(words: words, blocks: blocks)
        var last = 0
        for key in present.sorted() {
            let block = BloomFilter.block(of: key, blocks: blocks)
            #expect(block >= last && block < blocks)
            last = block
            BloomFilter.insert(key, into: words + block * BloomFilter.wordsPerBlock)
        }
        #expect(present.allSatisfy { filter.mayContain($0) })
        if keys >= 1000 {
            let passing = (0..<50_000).count { _ in filter.mayContain(random.next()) }
            #expect(Double(passing) / 50_000 < 0.03)
            // The filter does let some absent keys pass.
            #expect(passing > 0)
        }
    }

    // MARK: All of it

    /// Memory for a few thousand entries at most: many segments are sealed and merged.
    @Test(arguments: [(0, 300), (200_000, 60_000), (400_000, 60_000)])
    func theIndexIsADictionary(memory: Int, entries: Int) throws {
        let folder = try TemporaryFolder()
        var random = SeededGenerator(seed: UInt64(memory))
        let files = BandIndex.Files(folder: folder.path, areTemporary: true, nextNumber: 1)
        var index = try BandIndex(files: files, memory: memory)
        var model = Model()
        for document in 0..<entries / 10 {
            let keys = (0..<10).map { _ in randomKey(&random) }
            try keys.withUnsafeBufferPointer { try index.insert(keys: $0, document: document) }
            for key in keys { model.insert(key, UInt64(document)) }
        }
        let count = index.count
        #expect(count.all == model.count)
        #expect(count.sealed > entries / 2 && count.sealed <= count.all)
        var scratch = PageScratch()
        for key in model.keys.shuffled(using: &random).prefix(3000) + (0..<300).map({ _ in randomKey(&random) }) {
            var found: [UInt64] = []
            index.scanTable(key: key) {
                found.append($0)
                return true
            }
            for segment in index.segments where segment.mayContain(key) {
                try segment.forEach(key: key, &scratch) { found.append($0) }
            }
            if found.sorted() != model[key] { Issue.record("\(key): \(found.count) of \(model[key].count)") }
        }
    }
}

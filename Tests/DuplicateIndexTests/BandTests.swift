import Basics
import Testing

@testable import DuplicateIndex

struct BandTests {
    private func documents(_ table: borrowing BandTable, _ key: UInt64) -> [UInt64] {
        var found: [UInt64] = []
        table.forEach(key: key) { found.append($0) }
        return found.sorted()
    }

    private func documents(_ run: SortedRun, _ key: UInt64) throws -> [UInt64] {
        var page = Buffer<BandEntry>()
        var found: [UInt64] = []
        try run.forEach(key: key, page: &page) { found.append($0) }
        return found.sorted()
    }

    // MARK: The table

    @Test(arguments: [0, 1, 2, 100, 3000, 3072, 3073, 20_000])
    func aTableIsADictionary(entries: Int) {
        var random = SeededGenerator(state: UInt64(entries))
        var table = BandTable()
        for round in 0..<3 {
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
            table.removeAll(keepingCapacity: round == 0)
            #expect(table.count == 0)
            for key in model.keys.prefix(100) { #expect(documents(table, key) == []) }
        }
    }

    @Test func aTableOfOneKey() {
        var table = BandTable()
        for document in 0..<5000 { table.insert(key: 7, document: UInt64(document)) }
        #expect(documents(table, 7) == (0..<5000).map(UInt64.init))
        #expect(documents(table, 8) == [])
        // One key takes one slot: the table has not grown, only the list beside it.
        #expect(table.bytesToInsert < 200_000 + 5000 * 16 * 2)
    }

    @Test func bytesToInsertSaysWhatGrowingTakes() {
        var table = BandTable()
        var most = 0
        for document in 0..<50_000 {
            let announced = table.bytesToInsert
            #expect(announced >= most)
            table.insert(key: UInt64(document) &* 0x9E37_79B9_7F4A_7C15, document: UInt64(document))
            most = announced
        }
        // A table of 131,072 slots of 16 bytes, filled up to three quarters, and its entries once more.
        #expect(most == (131_072 + 131_072 / 4 * 3) * 16)
    }

    // MARK: Runs

    @Test(arguments: [1, 2, 255, 256, 257, 512, 5000, 40_000])
    func aRunIsADictionary(entries: Int) throws {
        let folder = try TemporaryFolder()
        var random = SeededGenerator(state: UInt64(entries))
        var table = BandTable()
        var model = Model()
        for document in 0..<entries {
            let key = randomKey(&random)
            table.insert(key: key, document: UInt64(document))
            model.insert(key, UInt64(document))
        }
        let run = try SortedRun.seal(table, path: folder.path + "/run")
        #expect(run.count == entries)
        for key in model.keys.prefix(5000) { if try documents(run, key) != model[key] { Issue.record("\(key)") } }
        for _ in 0..<300 {
            let key = randomKey(&random)
            #expect(try documents(run, key) == model[key])
        }
    }

    /// Equal keys that fill pages, alone and between others.
    @Test(arguments: [255, 256, 257, 511, 512, 513, 1000])
    func equalKeysSpanPages(count: Int) throws {
        let folder = try TemporaryFolder()
        for before in [0, 1, 255, 256, 300] {
            var table = BandTable()
            for i in 0..<before { table.insert(key: UInt64(i + 1), document: UInt64(i)) }
            for i in 0..<count { table.insert(key: 1 << 40, document: UInt64(10_000 + i)) }
            for i in 0..<before { table.insert(key: 1 << 50 + UInt64(i), document: UInt64(20_000 + i)) }
            let run = try SortedRun.seal(table, path: folder.path + "/run")
            #expect(try documents(run, 1 << 40) == (0..<count).map { UInt64(10_000 + $0) })
            for key in [0, UInt64(before + 1), 1 << 40 - 1, 1 << 40 + 1, .max] {
                #expect(try documents(run, key) == [])
            }
            if before > 0 {
                #expect(try documents(run, UInt64(before)) == [UInt64(before - 1)])
                #expect(try documents(run, 1 << 50) == [20_000])
            }
        }
    }

    @Test func mergedRunsHoldBoth() throws {
        let folder = try TemporaryFolder()
        var random = SeededGenerator(state: 9)
        var model = Model()
        var runs: [SortedRun] = []
        for round in 0..<6 {
            var table = BandTable()
            for _ in 0..<[1, 5000, 17_000, 300, 256, 40_000][round] {
                let key = randomKey(&random)
                let document = UInt64(model.count)
                table.insert(key: key, document: document)
                model.insert(key, document)
            }
            runs.append(try SortedRun.seal(table, path: folder.path + "/run"))
        }
        while runs.count > 1 {
            let last = runs.removeLast()
            runs[runs.count - 1] = try SortedRun.merge(runs[runs.count - 1], last, path: folder.path + "/run")
        }
        #expect(runs[0].count == model.count)
        for key in model.keys.prefix(4000) { if try documents(runs[0], key) != model[key] { Issue.record("\(key)") } }
        // What was unlinked at once leaves no file.
        #expect(try Folder.entries(of: folder.path).isEmpty)
    }

    // MARK: The filter

    @Test(arguments: [1, 42, 43, 1000, 100_000])
    func theFilterLetsKeysThrough(keys: Int) {
        var random = SeededGenerator(state: UInt64(keys))
        var filter = BloomFilter(keys: keys)
        let present = (0..<keys).map { _ in random.next() }
        for key in present { filter.insert(key) }
        #expect(present.allSatisfy { filter.mayContain($0) })
        if keys >= 1000 {
            let passing = (0..<50_000).count { _ in filter.mayContain(random.next()) }
            #expect(Double(passing) / 50_000 < 0.03)
            // It is no filter that lets nothing through.
            #expect(passing > 0)
        }
    }

    // MARK: All of it

    /// Memory for a few thousand entries at most: many runs are sealed and merged.
    @Test(arguments: [(0, 300), (200_000, 60_000), (400_000, 60_000)])
    func theIndexIsADictionary(memory: Int, entries: Int) throws {
        let folder = try TemporaryFolder()
        var random = SeededGenerator(state: UInt64(memory))
        var index = BandIndex(folder: folder.path, memory: memory)
        var model = Model()
        for document in 0..<entries / 10 {
            let keys = (0..<10).map { _ in randomKey(&random) }
            try keys.withUnsafeBufferPointer { try index.insert(keys: $0, document: UInt64(document)) }
            for key in keys { model.insert(key, UInt64(document)) }
        }
        let count = index.count
        #expect(count.all == model.count)
        #expect(count.sealed > entries / 2 && count.sealed <= count.all)
        var page = Buffer<BandEntry>()
        for key in model.keys.shuffled(using: &random).prefix(3000) + (0..<300).map({ _ in randomKey(&random) }) {
            var found: [UInt64] = []
            try index.forEach(key: key, page: &page) { found.append($0) }
            if found.sorted() != model[key] { Issue.record("\(key): \(found.count) of \(model[key].count)") }
        }
    }
}

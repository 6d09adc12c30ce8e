import Basics
import Corpus
import TestSupport
import Testing

@testable import DuplicateIndex

// Indexes that look up documents in the indexes of other outputs first.
extension StoredIndexTests {
    /// Two outputs that are only read, and the index of the run, which is stored or not.
    @Test(arguments: Memory.allCases, [true, false])
    func earlierIndexesComeFirst(memory: Memory, isStored: Bool) throws {
        var random = SeededGenerator(seed: 6)
        var corpus = RandomCorpus(seed: 6)
        var models: [ModelIndex] = []
        var folders: [TemporaryFolder] = []
        var earlier: [DuplicateIndex.Stored] = []
        for count in [700, 0, 500] {
            let folder = try TemporaryFolder()
            let index = try open(folder, .empty, memory)
            var model = ModelIndex()
            for _ in 0..<count {
                let kept = corpus.next()
                try insert(kept, index)
                model.insert(kept)
            }
            let state = try index.makeDurable(through: index.position)
            try index.wasCommitted(state)
            #expect(count == 0 || state.segments.count > 0)
            // Documents that a later run has not committed are not visible to other runs.
            try insert(corpus.next(), index)
            models.append(model)
            folders.append(folder)
            earlier.append(.init(folder: folder.path, state: state))
        }
        let before = try folders.map { try hashes(of: $0) }
        let own = try TemporaryFolder()
        let scratch = try TemporaryFolder()
        let index = try DuplicateIndex(
            after: earlier, own: isStored ? .init(folder: own.path, state: .empty) : nil, scratch: scratch.path,
            memory: memory.rawValue, match: ModelIndex.match, keys: bandKeys)
        models.append(ModelIndex())
        let workspace = DuplicateIndex.Workspace()
        var found: [Int?: Int] = [:]
        var lookups = 0
        for number in 0..<600 {
            let kept = corpus.next()
            let expected = models.indices.lazy.compactMap { number in
                models[number].twin(of: kept).map { (number, $0) }
            }.first
            let twin = try twin(of: kept, index, workspace)
            #expect(
                twin?.place == expected?.1.kept.place && twin.map { Array($0.bands) } ?? [] == expected?.1.bands ?? [])
            if let twin, let expected {
                #expect(twin.earlier == (expected.0 == 3 ? nil : expected.0))
                #expect(twin.id == expected.1.kept.id && twin.overlap == expected.1.overlap)
                found[twin.earlier, default: 0] += 1
            }
            lookups += RandomCorpus.bands * ((expected?.0 ?? 3) + 1)
            if twin == nil || random.chance(0.2) {
                try insert(kept, index)
                models[3].insert(kept)
            }
            if number == 300 { index.count(workspace) }
        }
        index.count(workspace)
        #expect(index.lookups.keys == lookups && index.lookups.pages > 0)
        #expect(found[0, default: 0] > 20 && found[2, default: 0] > 20 && found[nil, default: 0] > 20)
        #expect(found[1] == nil)
        // Sizes refer to the run's own index.
        #expect(index.size.documents == models[3].all.count)
        #expect(try folders.map { try hashes(of: $0) } == before)
        #expect(try scratch.names().isEmpty)
        let state = try index.makeDurable(through: index.position)
        try index.wasCommitted(state)
        #expect(try own.names() == (isStored ? names(of: state) : []))
        #expect(try folders.map { try hashes(of: $0) } == before)
    }

    @Test func anOutputThatWasNeverWrittenCanBeLookedAt() throws {
        let folder = try TemporaryFolder()
        let index = try DuplicateIndex(
            after: [.init(folder: folder.path, state: .empty)], own: nil, scratch: folder.path, memory: 1 << 20,
            match: .exact, keys: bandKeys)
        var corpus = RandomCorpus(seed: 1)
        #expect(try twin(of: corpus.next(), index, DuplicateIndex.Workspace()) == nil)
        #expect(try folder.names().isEmpty)
    }
}

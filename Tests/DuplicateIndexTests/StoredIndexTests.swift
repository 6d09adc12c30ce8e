import Basics
import Corpus
import TestSupport
import Testing

@testable import DuplicateIndex

/// Indexes that are stored on the disk.
@Suite struct StoredIndexTests {
    /// Little memory: a segment for each document, and one for every few hundred.
    enum Memory: Int, CaseIterable {
        case none = 0
        case little = 300_000

        /// The largest number of documents in a batch.
        var longestBatch: Int { self == .none ? 8 : 150 }
    }

    /// Runs that are stopped anywhere; the next run continues from the last commit.
    @Test(arguments: Memory.allCases, [1, 2])
    func committedDocumentsSurviveRunsThatAreCutOff(memory: Memory, seed: UInt64) throws {
        let folder = try TemporaryFolder()
        var random = SeededGenerator(seed: seed)
        var corpus = RandomCorpus(seed: seed)
        var model = ModelIndex()
        var recorded = IndexState.empty
        var seals = 0
        var merges = 0
        var largest = 0
        var mostSegments = 0
        for run in 0..<6 {
            try leaveStrayFiles(in: folder, after: recorded, &random)
            try DuplicateIndex.removeStrayFiles(in: folder.path, recorded)
            #expect(try folder.names() == names(of: recorded, isWritten: run > 0))
            let index = try open(folder, recorded, memory)
            model.truncate(to: recorded.position.documents)
            #expect(index.position == recorded.position)
            try checkAll(model, index, &corpus, &random)
            var positions = [recorded.position]
            let batches = Int.random(in: 5...20, using: &random)
            for batch in 0..<batches {
                let size = index.size
                for _ in 0..<Int.random(in: 0...memory.longestBatch, using: &random) {
                    let kept = corpus.next()
                    try insert(kept, index)
                    model.insert(kept)
                }
                positions.append(index.position)
                #expect(positions.last == model.position(words: positions.last!.words))
                if index.size.sealedBandKeys > size.sealedBandKeys { seals += 1 }
                if index.size.segments < size.segments + 1 && index.size.sealedBandKeys > size.sealedBandKeys {
                    merges += 1
                }
                mostSegments = max(mostSegments, index.size.segments)
                try checkSome(model, index, &corpus, &random)
                guard random.chance(0.5) else { continue }
                // The commit is some batches behind the insertions.
                let place = positions.indices.suffix(random.chance(0.5) ? 1 : 4).randomElement(using: &random)!
                let state = try index.makeDurable(through: positions[place])
                #expect(state.position == positions[place])
                #expect(state.segments.allSatisfy { $0.documents.upperBound <= state.position.words })
                #expect(areInOrder(state.segments))
                if place == positions.count - 1 { #expect(state.segments.count == index.size.segments) }
                positions.removeSubrange(..<place)
                // The run is stopped just before or just after the catalog records the state.
                if batch == batches - 1 && random.chance(0.3) { break }
                recorded = state
                if batch == batches - 1 && random.chance(0.3) { break }
                // Further documents are inserted meanwhile.
                if random.chance(0.3) {
                    let kept = corpus.next()
                    try insert(kept, index)
                    model.insert(kept)
                    positions.append(index.position)
                }
                try index.wasCommitted(state)
                try checkFiles(of: state, index, folder)
                let number = state.segments.last?.number ?? 0
                #expect(number >= largest)
                largest = max(largest, number)
            }
            if run == 2 { try index.finish() }
        }
        #expect(seals >= 5 && merges >= 2 && mostSegments >= 3)
        #expect(largest >= 5 && recorded.position.documents > 100)
        // In the end, all documents are found, and again after all segments have been merged into one.
        try DuplicateIndex.removeStrayFiles(in: folder.path, recorded)
        let index = try open(folder, recorded, memory)
        model.truncate(to: recorded.position.documents)
        for _ in 0..<2 {
            try checkAll(model, index, &corpus, &random)
            recorded = try index.makeDurable(through: index.position)
            try index.wasCommitted(recorded)
            #expect(try folder.names() == names(of: recorded))
            #expect(recorded.position.documents == model.all.count)
            #expect(try damage(of: .init(folder: folder.path, state: recorded)).isEmpty)
            try index.compact()
        }
        recorded = try index.makeDurable(through: index.position)
        try index.wasCommitted(recorded)
        #expect(recorded.segments.count == 1 && recorded.segments[0].entries == model.all.count * RandomCorpus.bands)
        #expect(recorded.segments[0].number > largest)
        try checkAll(model, try open(folder, recorded, memory), &corpus, &random)
    }

    /// A segment is not committed before all its documents are.
    @Test func segmentsWaitForTheirLastDocument() throws {
        let folder = try TemporaryFolder()
        let index = try open(folder, .empty, .none)
        var corpus = RandomCorpus(seed: 4)
        var model = ModelIndex()
        var positions: [IndexState.Position] = []
        for _ in 0..<9 {
            let kept = corpus.next()
            try insert(kept, index)
            model.insert(kept)
            positions.append(index.position)
        }
        // The segments go up to the eighth document, so a commit after the fourth records no segment.
        let early = try index.makeDurable(through: positions[3])
        #expect(early == IndexState(position: positions[3], segments: []))
        try index.wasCommitted(early)
        let later = try index.makeDurable(through: positions[7])
        #expect(later.segments.count == index.size.segments && later.segments.count > 0)
        #expect(later.segments.last?.documents.upperBound == positions[7].words)
        try index.wasCommitted(later)
        #expect(try folder.names() == names(of: later))
        // The committed segments are merged into others, and stay until the next commit.
        for _ in 0..<20 { try insert(corpus.next(), index) }
        let last = index.position
        let between = try index.makeDurable(through: positions[8])
        #expect(between == IndexState(position: positions[8], segments: later.segments))
        let all = try index.makeDurable(through: last)
        #expect(Set(later.segments.map(\.number)).isDisjoint(with: all.segments.map(\.number)))
        #expect(Set(try folder.names()).isSuperset(of: names(of: later)))
        try index.wasCommitted(all)
        #expect(try folder.names() == names(of: all))
    }

    /// One thread commits while another one inserts.
    @Test func committingGoesOnBesideInserting() async throws {
        let folder = try TemporaryFolder()
        let index = try open(folder, .empty, .none)
        let (positions, sender) = AsyncStream.makeStream(of: IndexState.Position.self)
        async let committed = Task.detached {
            var state = IndexState.empty
            for await position in positions {
                state = try index.makeDurable(through: position)
                try index.wasCommitted(state)
            }
            return state
        }.value
        var corpus = RandomCorpus(seed: 5)
        var model = ModelIndex()
        for number in 0..<400 {
            let kept = corpus.next()
            try insert(kept, index)
            model.insert(kept)
            if number % 10 == 9 { sender.yield(index.position) }
        }
        sender.finish()
        let state = try await committed
        #expect(state.position.documents == 400)
        #expect(try folder.names() == names(of: state))
        var random = SeededGenerator(seed: 5)
        try checkAll(model, try open(folder, state, .little), &corpus, &random)
    }
}

import Basics
import Corpus
import TestSupport
import Testing

@testable import DuplicateIndex

/// Indexes that outlive the run.
struct StoredIndexTests {
    /// Little memory: a segment for each document, and one for every few hundred.
    enum Memory: Int, CaseIterable {
        case none = 0
        case little = 300_000

        /// Documents in a batch, at most.
        var longestBatch: Int { self == .none ? 8 : 150 }
    }

    // MARK: Runs that are cut off

    /// Runs that end anywhere, each of which goes on where the last commit says.
    @Test(arguments: Memory.allCases, [1, 2])
    func whatWasCommittedIsThereAfterwards(memory: Memory, seed: UInt64) throws {
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
            #expect(try index.flush() == recorded.position)
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
                positions.append(try index.flush())
                #expect(positions.last == model.position(words: positions.last!.words))
                if index.size.sealedBandKeys > size.sealedBandKeys { seals += 1 }
                if index.size.segments < size.segments + 1 && index.size.sealedBandKeys > size.sealedBandKeys {
                    merges += 1
                }
                mostSegments = max(mostSegments, index.size.segments)
                try checkSome(model, index, &corpus, &random)
                guard random.chance(0.5) else { continue }
                // The committer is some batches behind.
                let place = positions.indices.suffix(random.chance(0.5) ? 1 : 4).randomElement(using: &random)!
                let state = try index.makeDurable(through: positions[place])
                #expect(state.position == positions[place])
                #expect(state.segments.allSatisfy { $0.documents.upperBound <= state.position.words })
                #expect(areInOrder(state.segments))
                if place == positions.count - 1 { #expect(state.segments.count == index.size.segments) }
                positions.removeSubrange(..<place)
                // The run is cut off before the catalog records it, or right after.
                if batch == batches - 1 && random.chance(0.3) { break }
                recorded = state
                if batch == batches - 1 && random.chance(0.3) { break }
                // Others come in meanwhile.
                if random.chance(0.3) {
                    let kept = corpus.next()
                    try insert(kept, index)
                    model.insert(kept)
                    positions.append(try index.flush())
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
        // At last all of it, and all of it in one segment.
        try DuplicateIndex.removeStrayFiles(in: folder.path, recorded)
        let index = try open(folder, recorded, memory)
        model.truncate(to: recorded.position.documents)
        for _ in 0..<2 {
            try checkAll(model, index, &corpus, &random)
            recorded = try index.makeDurable(through: index.flush())
            try index.wasCommitted(recorded)
            #expect(try folder.names() == names(of: recorded))
            #expect(recorded.position.documents == model.all.count)
            #expect(try damage(of: .init(folder: folder.path, state: recorded)).isEmpty)
            try index.compact()
        }
        recorded = try index.makeDurable(through: index.flush())
        try index.wasCommitted(recorded)
        #expect(recorded.segments.count == 1 && recorded.segments[0].entries == model.all.count * RandomCorpus.bands)
        #expect(recorded.segments[0].number > largest)
        try checkAll(model, try open(folder, recorded, memory), &corpus, &random)
    }

    /// Segments that hold later documents are not for good before these are.
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
            positions.append(try index.flush())
        }
        // The segments end before the ninth document.
        let early = try index.makeDurable(through: positions[3])
        #expect(early == IndexState(position: positions[3], segments: []))
        try index.wasCommitted(early)
        let later = try index.makeDurable(through: positions[7])
        #expect(later.segments.count == index.size.segments && later.segments.count > 0)
        #expect(later.segments.last?.documents.upperBound == positions[7].words)
        try index.wasCommitted(later)
        #expect(try folder.names() == names(of: later))
        // Merged into others, the committed ones stay until the next commit.
        for _ in 0..<20 { try insert(corpus.next(), index) }
        let last = try index.flush()
        let between = try index.makeDurable(through: positions[8])
        #expect(between == IndexState(position: positions[8], segments: later.segments))
        let all = try index.makeDurable(through: last)
        #expect(Set(later.segments.map(\.number)).isDisjoint(with: all.segments.map(\.number)))
        #expect(Set(try folder.names()).isSuperset(of: names(of: later)))
        try index.wasCommitted(all)
        #expect(try folder.names() == names(of: all))
    }

    /// One thread commits what another one inserts.
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
            if number % 10 == 9 { sender.yield(try index.flush()) }
        }
        sender.finish()
        let state = try await committed
        #expect(state.position.documents == 400)
        #expect(try folder.names() == names(of: state))
        var random = SeededGenerator(seed: 5)
        try checkAll(model, try open(folder, state, .little), &corpus, &random)
    }

    // MARK: Several indexes

    /// Two outputs that are only looked at, and an own one, which is stored or not.
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
            let state = try index.makeDurable(through: index.flush())
            try index.wasCommitted(state)
            #expect(count == 0 || state.segments.count > 0)
            // What a run that goes on in it has not committed is not there for others.
            try insert(corpus.next(), index)
            _ = try index.flush()
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
                _ = try index.flush()
            }
            if number == 300 { index.count(workspace) }
        }
        index.count(workspace)
        #expect(index.lookups.keys == lookups && index.lookups.pages > 0)
        #expect(found[0, default: 0] > 20 && found[2, default: 0] > 20 && found[nil, default: 0] > 20)
        #expect(found[1] == nil)
        // Sizes are those of the own index.
        #expect(index.size.documents == models[3].all.count)
        #expect(try folders.map { try hashes(of: $0) } == before)
        #expect(try scratch.names().isEmpty)
        let state = try index.makeDurable(through: index.flush())
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

    // MARK: Damage

    /// Damage is found where it is looked for, and where the damaged part is needed.
    @Test func damageIsNamed() throws {
        let folder = try TemporaryFolder()
        let index = try open(folder, .empty, .none)
        var corpus = RandomCorpus(seed: 7)
        for _ in 0..<40 { try insert(corpus.next(), index) }
        let state = try index.makeDurable(through: index.flush())
        try index.wasCommitted(state)
        #expect(state.segments.count > 1)
        let stored = DuplicateIndex.Stored(folder: folder.path, state: state)
        func damage() throws -> [String] { try self.damage(of: stored) }
        #expect(try damage().isEmpty)
        #expect(DuplicateIndex.files(of: .init(folder: folder.path, state: .empty)).isEmpty)
        let contents = try folder.contents()
        #expect(Set(DuplicateIndex.files(of: stored).map(\.path)) == Set(contents.keys.map { folder.path + "/" + $0 }))
        for segment in state.segmentSizes {
            #expect(
                try File.status(at: BandSegment.path(segment.number, in: folder.path))?.size == Int64(segment.bytes))
        }
        for (name, bytes) in contents {
            let path = folder.path + "/" + name
            for at in [0, 30, bytes.count / 2, bytes.count - 1] {
                try overwrite(path, at: at, [bytes[at] ^ 0x10])
                #expect(try damage().count == 1 && damage()[0].contains(path))
                try overwrite(path, at: at, [bytes[at]])
            }
            try write(Array(bytes.dropLast()), to: path)
            #expect(try damage().count == 1 && damage()[0].contains(path))
            #expect(throws: Failure.self) { try open(folder, state, .none) }
            try Disk.remove(path)
            #expect(try damage().count == 1 && damage()[0].contains(path))
            #expect(throws: Failure.self) { try open(folder, state, .none) }
            try write(bytes, to: path)
        }
        #expect(try damage().isEmpty)
        for name in contents.keys { try write([1, 2, 3], to: folder.path + "/" + name) }
        #expect(try damage().count == contents.count)
        for (name, bytes) in contents { try write(bytes, to: folder.path + "/" + name) }
        var other = state
        other.position.documents += 1
        #expect(try self.damage(of: .init(folder: folder.path, state: other)).count == 1)
        #expect(try folder.contents() == contents)
    }

    // MARK: - Support

    private func open(_ folder: TemporaryFolder, _ state: IndexState, _ memory: Memory) throws -> DuplicateIndex {
        try DuplicateIndex(
            own: .init(folder: folder.path, state: state), scratch: folder.path + "/none", memory: memory.rawValue,
            match: ModelIndex.match, keys: bandKeys)
    }

    /// What is said of the files that are not as they were written.
    private func damage(of stored: DuplicateIndex.Stored) throws -> [String] {
        try DuplicateIndex.files(of: stored).compactMap { file in try failure { try file.verify() } }
    }

    private func insert(_ kept: SampleDocument, _ index: DuplicateIndex) throws {
        try kept.keys.withUnsafeBufferPointer { keys in
            try kept.shingles.withUnsafeBufferPointer { shingles in
                try kept.id.withBytes {
                    try index.insert(kept.place, id: $0, keys: keys, shingles: shingles)
                }
            }
        }
    }

    private func twin(
        of kept: SampleDocument, _ index: DuplicateIndex, _ workspace: DuplicateIndex.Workspace
    ) throws -> DuplicateIndex.Twin? {
        try kept.keys.withUnsafeBufferPointer { keys in
            try kept.shingles.withUnsafeBufferPointer { try index.twin(keys: keys, shingles: $0, workspace) }
        }
    }

    /// Looks up documents that are there, and some that are not.
    private func check(_ probes: some Sequence<SampleDocument>, _ model: ModelIndex, _ index: DuplicateIndex) throws {
        let workspace = DuplicateIndex.Workspace()
        for kept in probes {
            let expected = model.twin(of: kept)
            let found = try twin(of: kept, index, workspace)
            if found?.place != expected?.kept.place || found?.id != expected?.kept.id
                || found?.overlap != expected?.overlap || found.map { Array($0.bands) } != expected?.bands
                || found?.earlier != nil
            {
                Issue.record("\(kept.place): \(String(describing: found))")
            }
        }
    }

    private func checkAll(
        _ model: ModelIndex, _ index: DuplicateIndex, _ corpus: inout RandomCorpus, _ random: inout SeededGenerator
    ) throws {
        #expect(index.size.documents == model.all.count)
        #expect(index.size.bandKeys == model.all.count * RandomCorpus.bands)
        let first = min(model.all.count, Int.random(in: 0...200, using: &random))
        try check(model.all.shuffled(using: &random).prefix(800) + model.all[first...].prefix(50), model, index)
        try check(model.all.suffix(200), model, index)
        try check((0..<100).map { _ in corpus.next() }, model, index)
    }

    private func checkSome(
        _ model: ModelIndex, _ index: DuplicateIndex, _ corpus: inout RandomCorpus, _ random: inout SeededGenerator
    ) throws {
        try check((0..<5).compactMap { _ in model.all.randomElement(using: &random) }, model, index)
        try check(model.all.suffix(5), model, index)
        try check((0..<5).map { _ in corpus.next() }, model, index)
    }

    /// What the folder of an index holds when there is nothing but what its state says.
    private func names(of state: IndexState, isWritten: Bool = true) -> [String] {
        let segments = state.segments.map { String(BandSegment.path($0.number, in: "").dropFirst()) }
        return segments.sorted() + (isWritten ? ["documents"] : [])
    }

    /// Right after a commit: besides what the state names only segments that are newer, and in use.
    private func checkFiles(of state: IndexState, _ index: DuplicateIndex, _ folder: TemporaryFolder) throws {
        let known = Set(names(of: state))
        let found = Set(try folder.names())
        #expect(found.isSuperset(of: known))
        let others = found.subtracting(known)
        #expect(others.count <= index.size.segments)
        if index.size.documents == state.position.documents { #expect(others.isEmpty) }
        let last = BandSegment.path(state.segments.last?.number ?? 0, in: "").dropFirst()
        #expect(others.allSatisfy { $0 > last })
    }

    private func areInOrder(_ segments: [BandSegment.Info]) -> Bool {
        var end = 0
        var number = 0
        for segment in segments {
            if segment.documents.lowerBound != end || segment.documents.isEmpty || segment.number <= number {
                return false
            }
            end = segment.documents.upperBound
            number = segment.number
        }
        return true
    }

    /// What a run that was cut off may leave.
    private func leaveStrayFiles(
        in folder: TemporaryFolder, after state: IndexState, _ random: inout SeededGenerator
    ) throws {
        let next = (state.segments.last?.number ?? 0) + 1
        if random.chance(0.5) {
            try write(Array("half a segment".utf8), to: BandSegment.path(next, in: folder.path))
            try write([], to: BandSegment.path(next + 1, in: folder.path))
        }
        if random.chance(0.3) { try write([1], to: folder.path + "/documents.abcdef") }
        let log = DocumentLog.path(in: folder.path)
        if let size = try File.status(at: log)?.size, random.chance(0.5) {
            try overwrite(log, at: Int(size), (0..<UInt8.random(in: 1...40, using: &random)).map { $0 })
        }
    }

    private func hashes(of folder: TemporaryFolder) throws -> [String: [String]] {
        var hashes: [String: [String]] = [:]
        for (name, bytes) in try folder.contents() {
            let status = try #require(try File.status(at: folder.path + "/" + name))
            hashes[name] = [bytes.withUnsafeBytes { Hash128($0).description }, "\(status.modified)", "\(status.inode)"]
        }
        return hashes
    }
}

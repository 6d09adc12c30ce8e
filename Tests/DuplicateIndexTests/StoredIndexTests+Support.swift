import Basics
import Corpus
import TestSupport
import Testing

@testable import DuplicateIndex

extension StoredIndexTests {
    func open(_ folder: TemporaryFolder, _ state: IndexState, _ memory: Memory) throws -> DuplicateIndex {
        try DuplicateIndex(
            own: .init(folder: folder.path, state: state), scratch: folder.path + "/none", memory: memory.rawValue,
            match: ModelIndex.match, keys: bandKeys)
    }

    /// The messages for the damaged files.
    func damage(of stored: DuplicateIndex.Stored) throws -> [String] {
        try DuplicateIndex.files(of: stored).compactMap { file in try failure { try file.verify() } }
    }

    func insert(_ kept: SampleDocument, _ index: DuplicateIndex) throws {
        try kept.keys.withUnsafeBufferPointer { keys in
            try kept.shingles.withUnsafeBufferPointer { shingles in
                try kept.id.withBytes {
                    try index.insert([NewDocument(place: kept.place, id: $0, keys: keys, shingles: shingles)])
                }
            }
        }
    }

    func twin(
        of kept: SampleDocument, _ index: DuplicateIndex, _ workspace: DuplicateIndex.Workspace
    ) throws -> DuplicateIndex.Twin? {
        try kept.keys.withUnsafeBufferPointer { keys in
            try kept.shingles.withUnsafeBufferPointer { try index.twin(keys: keys, shingles: $0, workspace) }
        }
    }

    /// Looks up documents in the index, and some that are not in it.
    func check(_ probes: some Sequence<SampleDocument>, _ model: ModelIndex, _ index: DuplicateIndex) throws {
        let workspace = DuplicateIndex.Workspace()
        for kept in probes {
            let expected = model.twin(of: kept)
            let found = try twin(of: kept, index, workspace)
            if found?.place != expected?.kept.place || found?.id != expected?.kept.id
                || found?.overlap != expected?.overlap || found.map({ Array($0.bands) }) != expected?.bands
                || found?.earlier != nil
            {
                Issue.record("\(kept.place): \(String(describing: found))")
            }
        }
    }

    func checkAll(
        _ model: ModelIndex, _ index: DuplicateIndex, _ corpus: inout RandomCorpus, _ random: inout SeededGenerator
    ) throws {
        #expect(index.size.documents == model.all.count)
        #expect(index.size.bandKeys == model.all.count * RandomCorpus.bands)
        let first = min(model.all.count, Int.random(in: 0...200, using: &random))
        try check(model.all.shuffled(using: &random).prefix(800) + model.all[first...].prefix(50), model, index)
        try check(model.all.suffix(200), model, index)
        try check((0..<100).map { _ in corpus.next() }, model, index)
    }

    func checkSome(
        _ model: ModelIndex, _ index: DuplicateIndex, _ corpus: inout RandomCorpus, _ random: inout SeededGenerator
    ) throws {
        try check((0..<5).compactMap { _ in model.all.randomElement(using: &random) }, model, index)
        try check(model.all.suffix(5), model, index)
        try check((0..<5).map { _ in corpus.next() }, model, index)
    }

    /// The names of exactly the files that a state of the index needs.
    func names(of state: IndexState, isWritten: Bool = true) -> [String] {
        let segments = state.segments.map { String(BandSegment.path($0.number, in: "").dropFirst()) }
        return segments.sorted() + (isWritten ? ["documents"] : [])
    }

    /// Expects that right after a commit the folder holds only the files of the state, and newer segments in use.
    func checkFiles(of state: IndexState, _ index: DuplicateIndex, _ folder: TemporaryFolder) throws {
        let known = Set(names(of: state))
        let found = Set(try folder.names())
        #expect(found.isSuperset(of: known))
        let others = found.subtracting(known)
        #expect(others.count <= index.size.segments)
        if index.size.documents == state.position.documents { #expect(others.isEmpty) }
        let last = BandSegment.path(state.segments.last?.number ?? 0, in: "").dropFirst()
        #expect(others.allSatisfy { $0 > last })
    }

    func areInOrder(_ segments: [IndexState.Segment]) -> Bool {
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

    /// Writes files that a stopped run may leave.
    func leaveStrayFiles(
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

    func hashes(of folder: TemporaryFolder) throws -> [String: [String]] {
        var hashes: [String: [String]] = [:]
        for (name, bytes) in try folder.contents() {
            let status = try #require(try File.status(at: folder.path + "/" + name))
            hashes[name] = [bytes.withUnsafeBytes { Hash128($0).description }, "\(status.modified)", "\(status.inode)"]
        }
        return hashes
    }
}

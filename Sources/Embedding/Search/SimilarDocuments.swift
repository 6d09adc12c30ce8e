package import Basics
package import Corpus
internal import DeBERTa
internal import Dispatch
internal import Foundation
internal import OutputStore
internal import Pipelines
internal import Tokenizers

/// Finds the documents in a folder of vectors that are most similar to one of them, or to a given text.
package struct SimilarDocuments {
    private let path: String
    private let folder: EmbeddingsFolder
    private let record: EmbeddingsRecord
    private let type: VectorType
    private let shards: [EmbeddedShard]
    private let originals: OriginalShards
    /// Keeps other runs from writing to the folder.
    private let lock: FolderLock

    /// - Parameters:
    ///   - path: a folder that `dedup embed` wrote.
    ///   - inputs: `LABEL=PATH` or `PATH`: the present paths of inputs that have been moved.
    /// - Throws: a usage error if there are no vectors at the path, or if an input is not one that the vectors were
    ///   made from.
    package init(_ path: String, inputs: [String]) throws(Failure) {
        self.path = path
        folder = EmbeddingsFolder(path)
        record = try folder.finishedRecord()
        lock = try folder.lock(.shared)
        guard let type = VectorType(rawValue: record.dtype), record.dimensions >= 0 else { throw Self.damaged(path) }
        self.type = type
        let (folder, record) = (folder, record)
        var shards: [EmbeddedShard] = []
        for shard in record.shards {
            shards.append(try EmbeddedShard(shard, in: folder, dimensions: record.dimensions, type))
        }
        self.shards = shards
        originals = try OriginalShards(
            named: inputs, recorded: record.inputs.map { ($0.label.map { $0 + "=" } ?? "") + $0.path }, in: "",
            inputs: record.inputs.map { Catalog.Input(name: $0.name, label: $0.label) })
    }

    private static func damaged(_ path: String) -> Failure {
        Failure("\(path)/embeddings.json: damaged: it has impossible parameters; embed into a new folder")
    }

    /// A document that was found.
    package struct Neighbour: Sendable {
        /// The cosine of the two vectors after centering; see `CentredSearch`.
        package let similarity: Double
        /// The name of the document's shard.
        package let shard: String
        /// The number of the document's line, from 1.
        package let line: Int
        /// The document's id; nil if it has none.
        package let id: DocumentID?
        /// The document's text; nil if its shard cannot be read.
        package let text: String?
        /// The reason why there is no text.
        package let whyNoText: String?
    }

    // MARK: Finding

    /// Returns the documents that are most similar to one of the documents in the folder.
    ///
    /// - Parameter reference: the document's id, or `shard:line`.
    /// - Throws: `AmbiguousDocument` if several documents have the id; a `Failure` if no document has it.
    package func neighbours(of reference: String, count: Int) throws -> [Neighbour] {
        let place = try place(reference)
        try checkVectors()
        var vector = [Double](repeating: 0, count: record.dimensions)
        shards[place.shard].read(row: place.row, into: &vector)
        return try neighbours(of: vector, count, place, called: reference)
    }

    /// Returns the documents that are most similar to a text.
    ///
    /// - Parameter model: the folder of the model. If nil, the folder that was used for the vectors; if that no longer
    ///   exists, the folder that `ModelLocation` finds.
    /// - Throws: a usage error if no model is found, or if it is not the model that made the vectors.
    package func neighbours(ofText text: String, model: String?, count: Int) throws -> [Neighbour] {
        let vector = try vector(of: text, EncodingModel(try location(of: model)))
        try checkVectors()
        return try neighbours(of: vector, count, nil, called: "the text")
    }

    /// Compares the digests of all vectors before they are searched, one shard on each core. This takes a small part of
    /// the time of the search.
    ///
    /// - Throws: if the vectors of a shard are not those in embeddings.json.
    private func checkVectors() throws(Failure) {
        let failures = Locked([Int: Failure]())
        DispatchQueue.concurrentPerform(iterations: shards.count) { number in
            do throws(Failure) { try shards[number].checkVectors() } catch {
                failures.withLock { $0[number] = error }
            }
        }
        let found = failures.withLock { $0 }
        if let first = found.keys.min() { throw found[first]! }
    }

    private func location(of model: String?) throws(Failure) -> ModelLocation {
        if let model { return try ModelLocation(asked: model) }
        if try File.status(at: record.model)?.isFolder == true { return try ModelLocation(asked: record.model) }
        do throws(Failure) {
            return try ModelLocation(asked: nil)
        } catch {
            throw .usage("the model was in \(record.model), and is there no more; \(error.message)")
        }
    }

    private func neighbours(
        of vector: [Double], _ count: Int, _ own: CentredSearch.Place?, called name: String
    ) throws(Failure) -> [Neighbour] {
        let search = CentredSearch(shards, dimensions: record.dimensions)
        guard let found = search.nearest(to: vector, count: count, leavingOut: own) else {
            throw Failure(
                "\(name): its vector has no direction, so it cannot be compared: the line is not a document, or the "
                    + "vector equals the mean of all vectors")
        }
        return try describe(found)
    }

    private func place(_ reference: String) throws -> CentredSearch.Place {
        if let colon = reference.utf8.lastIndex(of: UInt8(ascii: ":")),
            let line = Int(reference[reference.utf8.index(after: colon)...]),
            let shard = shards.firstIndex(where: { $0.record.name.equalsBytewise(String(reference[..<colon])) })
        {
            guard let row = try shards[shard].row(ofLine: line) else {
                throw Failure("\(reference): no document: the line is blank, or beyond the shard's end")
            }
            return .init(shard: shard, row: row.row)
        }
        var found: [(place: CentredSearch.Place, line: Int)] = []
        for (number, shard) in shards.enumerated() {
            for row in try shard.rows(withID: reference) {
                found.append((.init(shard: number, row: row.row), row.line))
            }
        }
        if found.count > 1 {
            throw AmbiguousDocument(
                id: reference, places: found.map { "\(shards[$0.place.shard].record.name):\($0.line)" })
        }
        guard let only = found.first else {
            throw Failure("\(reference): no document of this id in the \(shards.count) shards of \(path)")
        }
        return only.place
    }

    // MARK: Describing the found rows

    private func describe(_ found: [CentredSearch.Found]) throws(Failure) -> [Neighbour] {
        var described: [CentredSearch.Place: (row: EmbeddedShard.Row, text: String?, whyNot: String?)] = [:]
        for number in Set(found.map(\.place.shard)) {
            let places = found.map(\.place).filter { $0.shard == number }
            let rows = try shards[number].describe(places.map(\.row).sorted())
            let (texts, whyNot) = try texts(of: shards[number].record, lines: rows.map(\.line))
            for row in rows {
                described[.init(shard: number, row: row.row)] = (row, texts[row.line], whyNot)
            }
        }
        return found.map { found in
            let (row, text, whyNot) = described[found.place]!
            return Neighbour(
                similarity: found.similarity, shard: shards[found.place.shard].record.name, line: row.line, id: row.id,
                text: text, whyNoText: whyNot)
        }
    }

    /// Returns the texts of lines of a shard; no text and the reason, if the shard's file cannot be read.
    private func texts(
        of shard: EmbeddingsRecord.Shard, lines: [Int]
    ) throws(Failure) -> (texts: [Int: String], whyNot: String?) {
        let original = Catalog.ShardRecord(
            ordinal: 0, name: shard.name, input: shard.input, size: shard.size, modified: shard.modified,
            digest: shard.digest, counts: DocumentCounts(), isCopied: false)
        switch try originals.original(of: original) {
        case .none(let reason): return ([:], reason)
        case .path(let path):
            let scan = ShardScan(
                path: path, name: shard.name, textField: record.textField, idField: record.idField,
                allowsNaN: record.allowsNaN ?? false)
            return (try scan.texts(ofLines: lines), nil)
        }
    }

    // MARK: The vector of a text

    private func vector(of text: String, _ model: EncodingModel) throws -> [Double] {
        let checksum = try model.checksum()
        guard checksum == record.modelChecksum else {
            throw Failure.usage(
                "the model \(model.path): another model (checksum \(checksum)) than the one that made \(path) (checksum "
                    + "\(record.modelChecksum)); give the folder of that model with "
                    + "\(Parameter.model)")
        }
        guard let parameters = EmbedParameters(record) else { throw Self.damaged(path) }
        return try model.vector(of: text, parameters).map(Double.init)
    }
}

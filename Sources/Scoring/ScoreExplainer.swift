internal import Basics
package import Corpus
internal import Embedding
internal import Foundation
internal import OutputStore
internal import Pipelines
package import QualityScoring

/// Explains the scores of a document: how much its vector and each of its statistics contributed, and how its windows
/// score by themselves.
package struct ScoreExplainer {
    private let request: ScoreRequest
    private let folder: ScoresFolder
    private let record: ScoresRecord
    private let basis: ScoringBasis
    /// Keeps other runs from writing to the corpus.
    private let lock: FolderLock

    /// - Parameter request: the corpus, and the head, the vectors or the model to use.
    /// - Throws: a usage error if the corpus has no scores, or if they were made with another head.
    package init(_ request: ScoreRequest) async throws {
        let folder = ScoresFolder(request.corpus)
        let record = try folder.finishedRecord()
        var request = request
        request.outputs = record.outputs
        request.textField = record.textField
        request.idField = record.idField
        request.allowsNaN = record.allowsNaN ?? false
        request.writesStatistics = record.statistics
        lock = try OutputFolder(request.corpus).lock(.shared)
        basis = try await ScoringBasis(request, recorded: record)
        if let difference = record.difference(from: ScoresRecord(basis.parameters)) {
            throw Failure.usage(
                "\(request.corpus) has scores made with \(difference.name) \(difference.own), and the given head, "
                    + "vectors or model has \(difference.other); give those that the scores were made with")
        }
        self.request = request
        self.folder = folder
        self.record = record
    }

    /// The explanation of a document's scores.
    package struct Explanation: Sendable {
        /// The explanation of one of the head's outputs.
        package struct Output: Sendable {
            /// The name of the output.
            package let name: String
            /// The score, from 0 to 1.
            package let score: Double
            /// The log-odds of the score: the sum of the bias and of the contributions of the vector and of all
            /// statistics.
            package let logit: Double
            /// The bias of the output, which is the same for all documents.
            package let bias: Double
            /// The contribution of the vector.
            package let vector: Double
            /// The statistics with their values and contributions, in descending order of the absolute value of the
            /// contribution.
            package let statistics: [(name: String, value: Double, pull: Double)]
        }

        /// The scores of an explained document.
        package struct Scores: Sendable {
            /// The quality, from 0 to 1.
            package let quality: Double
            /// The percentile rank of the quality among the documents of the corpus that have scores, from 0 to 100.
            package let percentile: Double
            /// The reason why the text is unlike the training texts; nil if it is not.
            package let reasonOutside: String?
            /// The explanations of all outputs.
            package let outputs: [Output]
            /// The windows of the text in order, if there are several; nil if the model is not there to compute their
            /// vectors.
            package let windows: [Window]?
        }

        /// A part of the text, scored as a text of its own.
        package struct Window: Sendable {
            /// The text, in one line.
            package let text: String
            /// The quality and the score of each output, from 0 to 1; nil if the part cannot be judged.
            package let scores: (quality: Double, outputs: [Double])?
        }

        /// The name of the document's shard.
        package let shard: String
        /// The number of the document's line, from 1.
        package let line: Int
        /// The document's id; nil if it has none.
        package let id: DocumentID?
        /// The number of documents of the corpus that have scores.
        package let documents: Int
        /// The scores; nil if the document cannot be judged.
        package let scores: Scores?
        /// Why the document cannot be judged; nil if it has scores.
        package let unscored: Unscored?
    }

    /// Explains the scores of one document.
    ///
    /// - Parameter reference: the document's id, or `shard:line`.
    /// - Throws: `AmbiguousDocument` if several documents have the id; a `Failure` if no document has it, or if the
    ///   shard has changed since it was scored.
    package func explanation(of reference: String) async throws -> Explanation {
        let (shard, line) = try place(reference)
        guard case .document(let id, let text) = try scan(shard).line(line) else {
            throw Failure("\(shard.name):\(line): no document: the line is blank, bad or after the end of the shard")
        }
        let (statistics, profile) = Self.analyze(text)
        let histogram = record.histogram
        if let reason = profile.unscored {
            return Explanation(
                shard: shard.name, line: line, id: id, documents: histogram.total, scores: nil, unscored: reason)
        }
        let vector = try await vector(of: text, shard, line)
        let windows = try await windows(of: text)
        let head = basis.parameters.head
        let scores = vector.withUnsafeBufferPointer { vector in
            statistics.withUnsafeBufferPointer { statistics in
                let quality = head.scores(vector: vector, statistics: statistics, profile).quality
                let unit = Double(DocumentScorer.unit)
                let rounded = (quality * unit).rounded() / unit
                return Explanation.Scores(
                    quality: rounded, percentile: histogram.percentile(of: rounded),
                    reasonOutside: head.reasonOutside(vector: vector, profile),
                    outputs: head.outputs.map { Self.output($0, vector, statistics, profile) }, windows: windows)
            }
        }
        return Explanation(
            shard: shard.name, line: line, id: id, documents: histogram.total, scores: scores, unscored: nil)
    }

    private static func analyze(_ text: String) -> (statistics: [Float], profile: TextProfile) {
        var statistics = [Float](repeating: 0, count: TextStatistics.count)
        var bytes = text
        let profile = statistics.withUnsafeMutableBufferPointer { values in
            bytes.withUTF8 { TextAnalyzer().analyze($0, into: values.baseAddress!) }
        }
        return (statistics, profile)
    }

    private static func output(
        _ output: Head.Output, _ vector: UnsafeBufferPointer<Float>, _ statistics: UnsafeBufferPointer<Float>,
        _ profile: TextProfile
    ) -> Explanation.Output {
        let parts = output.contributions(vector: vector, statistics: statistics, profile)
        return Explanation.Output(
            name: output.name, score: output.score(vector: vector, statistics: statistics, profile),
            logit: output.logit(vector: vector, statistics: statistics, profile), bias: parts.bias,
            vector: parts.vector,
            statistics: parts.statistics.sorted { (abs($1.pull), $0.name) < (abs($0.pull), $1.name) })
    }

    // MARK: Windows

    /// Returns the windows of a text with their scores; no windows if the text is not longer than one.
    private func windows(of text: String) async throws -> [Explanation.Window]? {
        let texts = TextWindows.of(text)
        if texts.count < 2 { return [] }
        guard let embedder = try await embedder() else { return nil }
        let head = basis.parameters.head
        return try zip(texts, embedder.vectors(of: texts)).map { text, vector in
            let (statistics, profile) = Self.analyze(text)
            let scores = vector.withUnsafeBufferPointer { vector in
                statistics.withUnsafeBufferPointer { head.scores(vector: vector, statistics: $0, profile) }
            }
            return Explanation.Window(text: text, scores: profile.unscored == nil ? scores : nil)
        }
    }

    /// Returns what computes the vectors of windows; nil if the vectors of the documents are stored, and the model that
    /// made them is not there any more.
    private func embedder() async throws -> TextEmbedder? {
        switch basis.vectors {
        case .computed(let model, let parameters, _): return try TextEmbedder(model, parameters)
        case .stored(let vectors):
            guard let model = try? EncodingModel(ModelLocation(asked: request.model ?? vectors.parameters.model)),
                let checksum = try? await ModelChecksum(of: model).value,
                checksum == basis.parameters.head.origin.model
            else { return nil }
            return try TextEmbedder(model, vectors.parameters)
        }
    }

    // MARK: Finding

    private func scan(_ shard: ScoresRecord.Shard) -> ShardScan {
        ShardScan(
            path: request.corpus + "/" + shard.name, name: shard.name, textField: record.textField,
            idField: record.idField, allowsNaN: record.allowsNaN ?? false)
    }

    private func place(_ reference: String) throws -> (ScoresRecord.Shard, line: Int) {
        if let colon = reference.utf8.lastIndex(of: UInt8(ascii: ":")),
            let line = Int(reference[reference.utf8.index(after: colon)...]), line > 0,
            let shard = record.shards.first(where: { $0.name.equalsBytewise(String(reference[..<colon])) })
        {
            try checkUnchanged(shard)
            return (shard, line)
        }
        let places = try self.places(withID: reference)
        if places.count > 1 {
            throw AmbiguousDocument(
                id: reference, places: places.map { "\(record.shards[$0.ordinal].name):\($0.line)" })
        }
        guard let only = places.first else {
            throw Failure(
                "\(reference): no document of this id in the \(record.shards.count) shards of \(request.corpus) that "
                    + "have scores")
        }
        try checkUnchanged(record.shards[only.ordinal])
        return (record.shards[only.ordinal], only.line)
    }

    /// Searches all shards in parallel, because no index contains the ids.
    private func places(withID id: String) throws(Failure) -> [(ordinal: Int, line: Int)] {
        let found = Locked<(places: [(ordinal: Int, line: Int)], failure: Failure?)>(([], nil))
        let scans = record.shards.map(scan)
        DispatchQueue.concurrentPerform(iterations: scans.count) { ordinal in
            do throws(Failure) {
                let lines = try scans[ordinal].lines(withID: id)
                found.withLock { $0.places += lines.map { (ordinal: ordinal, line: $0) } }
            } catch {
                found.withLock { $0.failure = error }
            }
        }
        let result = found.withLock { $0 }
        if let failure = result.failure { throw failure }
        return result.places.sorted { ($0.ordinal, $0.line) < ($1.ordinal, $1.line) }
    }

    private func checkUnchanged(_ shard: ScoresRecord.Shard) throws(Failure) {
        let path = request.corpus + "/" + shard.name
        if let status = try File.status(at: path) {
            let now = Shard(name: shard.name, path: path, input: 0, size: status.size, modified: status.modified)
            if try shard.ifUnchanged(from: now) != nil { return }
        }
        throw Failure("\(path): not what was scored; run dedup score again")
    }

    private func vector(of text: String, _ shard: ScoresRecord.Shard, _ line: Int) async throws -> [Float] {
        switch basis.vectors {
        case .computed(let model, let parameters, _): return try model.vector(of: text, parameters)
        case .stored(let vectors):
            let stored = try await vectors.shard(shard.name)
            guard stored.record.digest == shard.digest, let row = try stored.row(ofLine: line) else {
                throw vectors.mismatch(shard.name)
            }
            try stored.checkVectors()
            var vector = [Float](repeating: 0, count: vectors.parameters.dimensions)
            vector.withUnsafeMutableBufferPointer { stored.read(row: row.row, into: $0.baseAddress!) }
            return vector
        }
    }
}

internal import Basics
package import Corpus
internal import DeBERTa
package import Embedding
internal import OutputStore
internal import PipelineGraph
package import Pipelines
package import QualityScoring
internal import Scoring
internal import Tokenizers

/// The settings of `dedup score train`.
package struct HeadRequest: Sendable {
    /// The documents to train on. Inputs are `PATH` or `LABEL=PATH`.
    package enum Documents: Sendable {
        /// Documents that say for which outputs they are good or bad examples; and the outputs that are fitted, or none
        /// for all that occur.
        case labelled([String], outputs: [String])
        /// Good documents and bad documents for the output of a name.
        case sorted(good: [String], bad: [String], output: String)

        /// All inputs.
        var inputs: [String] {
            switch self {
            case .labelled(let inputs, _): inputs
            case .sorted(let good, let bad, _): good + bad
            }
        }

        /// The names of the outputs that were asked for.
        var names: [String] {
            switch self {
            case .labelled(_, let outputs): outputs
            case .sorted(_, _, let output): [output]
            }
        }
    }

    package var documents: Documents
    /// The path of the head's file. It is created. Of sorted documents, the output is added to a head that exists.
    package var out: String
    /// The options for computing vectors.
    package var options = EmbedOptions()
    /// The folder of stored vectors to read; nil to compute the vectors.
    package var embeddings: String?
    /// Which files of the inputs are shards.
    package var selection = ShardSelection.standard
    /// The fields that hold a document's text.
    package var textField: String
    /// Whether NaN, Infinity and -Infinity are accepted in JSON fields other than the text and the group.
    package var allowsNaN = false
    /// The fields with the labels, the source, the kind and the group of a document.
    package var fields = LabelFields()
    /// Whether each document has to have the group field. If not, documents with equal texts form a group.
    package var requiresGroups = false
    /// The strength of the L2 penalty; nil to choose it by cross-validation.
    package var penalty: Double?
    /// The number of threads of the run.
    package var threads: Int
    /// The memory that the run may use, in bytes.
    package var memory: Int
    /// Whether a head that exists, or its output of the same name, is replaced.
    package var replaces = false

    package init(_ documents: Documents, out: String, threads: Int, memory: Int) {
        self.documents = documents
        self.out = out
        self.threads = threads
        self.memory = memory
        textField = ReadOptions().textField
    }
}

/// `dedup score train`: fits the outputs of a head to labelled documents.
package struct HeadFitting: Sendable {
    /// Names that an output cannot have, because lines of scores have fields of these names.
    private static let reserved: Set = ["id", "quality", "unscored", "out_of_domain", "statistics", "profile"]

    private let request: HeadRequest
    /// The progress of the run, for the progress line.
    package let progress = ShardProgress()

    package init(_ request: HeadRequest) {
        self.request = request
    }

    /// The result of a run.
    package struct Outcome: Sendable {
        /// What was fitted.
        package let trained: TrainedHead
        /// The number of groups of documents.
        package let groups: Int
        /// The numbers of documents that cannot be judged; they were left out.
        package let unscored: UnscoredCounts
        /// The number of documents without labels; they were left out.
        package let unlabelled: Int
        /// The names of all outputs of the head.
        package let outputs: [String]
        /// Whether the head has outputs that were not trained together, so that its quality is not calibrated.
        package let hasPlainQuality: Bool
        /// Other files in the inputs.
        package let others: OtherFiles
    }

    /// Fits the outputs, on threads that only this run uses. The head depends on the documents and their order, but not
    /// on the number of threads.
    ///
    /// - Throws: a `Failure`; then nothing is written.
    package func run() async throws -> Outcome {
        for name in request.documents.names { try checkName(name) }
        if let penalty = request.penalty, !(penalty > 0 && penalty.isFinite) {
            throw Failure.usage("\(Parameter.l2) is a number above 0, not \(penalty)")
        }
        try checkFile()
        let old = try oldHead()
        let (source, origin) = try await vectors()
        if let old, let difference = origin.difference(from: old.origin) {
            throw Failure.usage(
                "\(request.out): its outputs read other vectors: \(difference); give another file, or the same options")
        }
        let inputs = try request.documents.inputs.map { try CorpusInput(argument: $0) }
        let listing = try ShardListing(of: CorpusInput.labelled(inputs), selecting: request.selection)
        do {
            let executor = ThreadExecutor(threads: request.threads)
            defer { executor.close() }
            let labels = try await labels(of: listing.shards, on: executor)
            let rows = try await rows(of: listing.shards, source, labels, on: executor)
            let (texts, unscored, unlabelled) = await (rows.texts, rows.unscored, rows.unlabelled)
            let trained = try await texts.train(penalty: request.penalty, on: executor)
            let head = Self.head(trained, addedTo: old, origin)
            try writeWhole(request.out, head.json)
            return Outcome(
                trained: trained, groups: Set(texts.groups).count, unscored: unscored, unlabelled: unlabelled,
                outputs: head.outputs.map(\.name), hasPlainQuality: head.outputs.count > 1 && head.quality == nil,
                others: listing.others)
        } catch is CancellationError {
            throw Failure("interrupted; nothing is written", kind: .interrupted)
        }
    }

    /// Returns the head that is written.
    private static func head(_ trained: TrainedHead, addedTo old: Head?, _ origin: VectorOrigin) -> Head {
        let outputs = trained.outputs.map(\.output)
        guard var head = old else {
            return Head(origin: origin, space: trained.space, quality: trained.quality?.calibration, outputs: outputs)
        }
        for output in outputs {
            if let place = head.outputs.firstIndex(where: { $0.name == output.name }) {
                head.outputs[place] = output
            } else {
                head.outputs.append(output)
            }
        }
        // The calibration of the product holds for the outputs that it was fitted to.
        head.quality = nil
        return head
    }

    // MARK: Checks

    private func checkFile() throws(Failure) {
        let folder = Disk.folder(of: request.out)
        guard try File.status(at: folder)?.isFolder == true else {
            throw Failure.usage("\(Parameter.out(request.out)): the folder \(folder) does not exist; create it first")
        }
        // The temporary file's name is longer than the final one.
        let bytes = request.out.utf8.split(separator: UInt8(ascii: "/")).last?.count ?? 0
        let longest = try DerivedNames.longestName(in: folder) - ".part".utf8.count
        guard bytes <= longest else {
            throw Failure.usage(
                "\(Parameter.out(request.out)): the name has \(bytes) bytes; the limit is \(longest); give a shorter "
                    + "one")
        }
    }

    /// Returns the head that the output is added to; nil if a new head is written. It is read before anything is
    /// computed.
    private func oldHead() throws(Failure) -> Head? {
        guard try File.status(at: request.out) != nil else { return nil }
        switch request.documents {
        case .labelled:
            guard request.replaces else {
                throw Failure.usage("\(request.out) exists; \(Parameter.replace) replaces it")
            }
            return nil
        case .sorted(_, _, let name):
            let old = try Head(file: request.out)
            if old.output(named: name) != nil, !request.replaces {
                throw Failure.usage(
                    "\(request.out) already has an output \(name); \(Parameter.replace) replaces it")
            }
            return old
        }
    }

    private func checkName(_ name: String) throws(Failure) {
        let isWord =
            name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    true
                default: false
                }
            } && 1...64 ~= name.utf8.count
        guard isWord else {
            throw .usage("\(Parameter.name("'\(name)'")): an output's name is 1 to 64 letters a to z, digits and _")
        }
        guard !Self.reserved.contains(name) else {
            throw .usage("\(Parameter.name(name)): scores files have a field of that name; give another one")
        }
    }

    /// Returns the source of the vectors, and how they are made.
    private func vectors() async throws -> (VectorSource, VectorOrigin) {
        if let path = request.embeddings {
            let stored = try StoredVectors(path)
            guard stored.parameters.textField == request.textField else {
                throw Failure.usage(
                    "\(Parameter.embeddings(path)) was made with text-field \(stored.parameters.textField), and this "
                        + "run has \(request.textField)")
            }
            guard stored.parameters.allowsNaN == request.allowsNaN else {
                throw Failure.usage(
                    "\(Parameter.embeddings(path)) was made with allow-nan \(stored.parameters.allowsNaN), and this "
                        + "run has \(request.allowsNaN)")
            }
            return (.stored(stored), stored.origin)
        }
        let options = request.options
        let model = try EncodingModel(ModelLocation(asked: options.model))
        let precision = options.precision ?? Precision.best
        try precision.check()
        let whitening = try model.whitening(options.whitening)
        var embed = EmbedRequest(
            inputs: [], out: "", options: options, threads: request.threads, memory: request.memory)
        embed.textField = request.textField
        embed.allowsNaN = request.allowsNaN
        let parameters = try model.parameters(embed, precision, whitening: whitening != nil)
        // If the weights are damaged, the checksum throws an error that says so.
        let checksum = try await ModelChecksum(of: model).value
        return (.computed(model, parameters, whitening), VectorOrigin(parameters, model: checksum))
    }

    // MARK: Documents

    /// Returns the labels of the documents, by shard and line number.
    private func labels(
        of shards: [Shard], on executor: ThreadExecutor
    ) async throws -> [[Int: TextLabels]] {
        let reader = try LabelReader(request.fields)
        return try await withThrowingTaskGroup(of: (Int, [Int: TextLabels]).self) { group in
            for (ordinal, shard) in shards.enumerated() {
                group.addTask(executorPreference: executor) { (ordinal, try reader.read(shard)) }
            }
            var found = [[Int: TextLabels]](repeating: [:], count: shards.count)
            for try await (ordinal, labels) in group { found[ordinal] = labels }
            return found
        }
    }

    private func rows(
        of shards: [Shard], _ source: VectorSource, _ labels: [[Int: TextLabels]], on executor: ThreadExecutor
    ) async throws -> TrainingRows {
        var names = request.documents.names
        if names.isEmpty {
            names = Set(labels.flatMap { $0.values.flatMap(\.outputs.keys) }).sorted()
            for name in names { try checkName(name) }
        }
        guard !names.isEmpty else {
            throw Failure.usage(
                "no document has labels in the field \"\(request.fields.labels)\"; \(Parameter.labelsField) names another "
                    + "one")
        }
        let tasks = shards.enumerated().map { ShardTask(shard: $1, ordinal: $0, input: "") }
        progress.expect(shards: tasks.count, bytes: shards.total(\.size))
        let graph = Graph(executor: executor)
        let vectored = try await source.join(
            graph.source("list", TaskSource(tasks)), graph, progress, threads: request.threads,
            memory: request.memory, keepsBadLines: false, on: executor)
        let texts = TrainingTexts(outputs: names, dimensions: source.parameters.dimensions)
        var isGood: [Bool]?
        if case .sorted(let good, _, _) = request.documents { isGood = shards.map { $0.input < good.count } }
        let rows = TrainingRows(
            texts, labels, isGood: isGood, groupField: request.requiresGroups ? request.fields.group : nil)
        graph.sink("gather", vectored, rows)
        try await graph.run()
        return rows
    }
}

/// Collects the documents to train on.
private actor TrainingRows: Sink {
    private(set) var texts: TrainingTexts
    private(set) var unscored = UnscoredCounts()
    private(set) var unlabelled = 0
    /// The labels of the documents, by the shard's ordinal and the line number.
    private let labels: [[Int: TextLabels]]
    /// Whether the documents of a shard are good, by the shard's ordinal; nil if their labels say it.
    private let isGood: [Bool]?
    /// The field that every document has to have; nil for none.
    private let groupField: String?

    init(_ texts: TrainingTexts, _ labels: [[Int: TextLabels]], isGood: [Bool]?, groupField: String?) {
        self.texts = texts
        self.labels = labels
        self.isGood = isGood
        self.groupField = groupField
    }

    func consume(_ input: VectoredDocuments) throws {
        let batch = input.batch
        if let failure = batch.failure { throw failure }
        for document in 0..<batch.count {
            let line = batch.lineNumber(document)
            let found = labels[batch.raw.ordinal][line]
            let labels = texts.outputs.map { isGood?[batch.raw.ordinal] ?? found?.outputs[$0] }
            guard labels.contains(where: { $0 != nil }) else {
                unlabelled += 1
                continue
            }
            let profile = input.analysis.profiles[document]
            if let reason = profile.unscored {
                unscored[reason] += 1
                continue
            }
            if let groupField, found?.group == nil {
                throw Failure(
                    "\(batch.raw.shard.name), line \(line): no field \"\(groupField)\" that names a group; "
                        + "\(Parameter.groupField) names another one")
            }
            texts.append(
                vector: input.vector(of: document), statistics: input.analysis.values(of: document), profile: profile,
                labels: labels, source: found?.source ?? batch.raw.shard.name, kind: found?.kind,
                group: found?.group ?? String(input.analysis.hashes[document], radix: 16))
        }
    }

    func finish() {}
}

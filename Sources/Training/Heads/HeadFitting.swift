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
    /// The inputs with good documents, `PATH` or `LABEL=PATH`.
    package var good: [String]
    /// The inputs with bad documents.
    package var bad: [String]
    /// The name of the output that is fitted.
    package var name: String
    /// The path of the head's file. It is created, or the output is added to it.
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
    /// The field with the document's group. Documents of a group are always in the same fold of the cross-validation.
    /// If nil, documents with equal texts form a group.
    package var groupField: String?
    /// The strength of the L2 penalty; nil for the default.
    package var penalty: Double?
    /// The number of threads of the run.
    package var threads: Int
    /// The memory that the run may use, in bytes.
    package var memory: Int
    /// Whether an output of the same name is replaced.
    package var replaces = false

    package init(good: [String], bad: [String], name: String, out: String, threads: Int, memory: Int) {
        self.good = good
        self.bad = bad
        self.name = name
        self.out = out
        self.threads = threads
        self.memory = memory
        textField = ReadOptions().textField
    }
}

/// `dedup score train`: fits an output to labelled documents and adds it to a head.
package struct HeadFitting: Sendable {
    private static let folds = 5
    /// Names that an output cannot have, because lines of scores have fields of these names.
    private static let reserved: Set = ["id", "quality", "out_of_domain", "statistics"]

    private let request: HeadRequest
    /// The progress of the run, for the progress line.
    package let progress = ShardProgress()

    package init(_ request: HeadRequest) {
        self.request = request
    }

    /// The result of a run.
    package struct Outcome: Sendable {
        /// The fitted output.
        package let output: Head.Output
        /// The result of the cross-validation.
        package let validation: CrossValidation
        /// The number of groups of documents.
        package let groups: Int
        /// The number of folds of the cross-validation.
        package let folds: Int
        /// The names of all outputs of the head.
        package let outputs: [String]
        /// Files in the inputs that are not shards.
        package let others: OtherFiles
    }

    /// Fits the output, on threads that only this run uses. The head depends on the documents and their order, but not
    /// on the number of threads.
    ///
    /// - Throws: a `Failure`; then nothing is written.
    package func run() async throws -> Outcome {
        try checkName()
        if let penalty = request.penalty, !(penalty > 0 && penalty.isFinite) {
            throw Failure.usage("\(Parameter.l2) is a number above 0, not \(penalty)")
        }
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
        // An existing head is checked before anything is computed.
        let old = try File.status(at: request.out) == nil ? nil : try Head(file: request.out)
        if let old, old.output(named: request.name) != nil, !request.replaces {
            throw Failure.usage(
                "\(request.out) already has an output \(request.name); \(Parameter.replace) replaces it")
        }
        let (source, origin) = try await vectors()
        if let old, let difference = origin.difference(from: old.origin) {
            throw Failure.usage(
                "\(request.out): its outputs read other vectors: \(difference); give another file, or the same options")
        }
        let inputs = try (request.good + request.bad).map { try CorpusInput(argument: $0) }
        let listing = try ShardListing(of: CorpusInput.labelled(inputs), selecting: request.selection)
        do {
            let rows = try await rows(of: listing.shards, source)
            let (training, groups) = await (rows.training, rows.groups.count)
            let validation = try training.crossValidate(folds: Self.folds)
            let output = try training.fit(name: request.name, validation: validation)
            var head = old ?? Head(origin: origin, outputs: [])
            if let place = head.outputs.firstIndex(where: { $0.name == output.name }) {
                head.outputs[place] = output
            } else {
                head.outputs.append(output)
            }
            try writeWhole(request.out, head.json)
            return Outcome(
                output: output, validation: validation, groups: groups, folds: Self.folds,
                outputs: head.outputs.map(\.name), others: listing.others)
        } catch is CancellationError {
            throw Failure("interrupted; nothing is written", kind: .interrupted)
        }
    }

    private func checkName() throws(Failure) {
        let name = request.name
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

    private func rows(of shards: [Shard], _ source: VectorSource) async throws -> TrainingRows {
        let executor = ThreadExecutor(threads: request.threads)
        defer { executor.close() }
        let tasks = shards.enumerated().map { ShardTask(shard: $1, ordinal: $0, input: "") }
        progress.expect(shards: tasks.count, bytes: shards.total(\.size))
        let graph = Graph(executor: executor)
        let vectored = try await source.join(
            graph.source("list", TaskSource(tasks)), graph, progress, threads: request.threads,
            memory: request.memory, keepsBadLines: false, idField: request.groupField, on: executor)
        var training = HeadTraining(dimensions: source.parameters.dimensions)
        if let penalty = request.penalty { training.inversePenalty = 1 / penalty }
        let good = request.good.count
        let rows = TrainingRows(training, groupField: request.groupField, isGood: shards.map { $0.input < good })
        graph.sink("gather", vectored, rows)
        try await graph.run()
        return rows
    }
}

/// Collects the documents to train on.
private actor TrainingRows: Sink {
    private(set) var training: HeadTraining
    private(set) var groups: Set<String> = []
    private let groupField: String?
    /// Whether the documents of a shard are good, by the shard's ordinal.
    private let isGood: [Bool]

    init(_ training: HeadTraining, groupField: String?, isGood: [Bool]) {
        self.training = training
        self.groupField = groupField
        self.isGood = isGood
    }

    func consume(_ input: VectoredDocuments) throws {
        let batch = input.batch
        if let failure = batch.failure { throw failure }
        for document in 0..<batch.count {
            let group = try group(of: document, input)
            groups.insert(group)
            training.append(
                vector: input.vector(of: document), statistics: input.analysis.values(of: document),
                profile: input.analysis.profiles[document], isGood: isGood[batch.raw.ordinal], group: group)
        }
    }

    func finish() {}

    private func group(of document: Int, _ input: VectoredDocuments) throws(Failure) -> String {
        guard let groupField else { return String(input.analysis.hashes[document], radix: 16) }
        // `rows(of:_:)` reads the group field as if it were the field of the id.
        guard let group = input.batch.id(document) else {
            throw Failure(
                "\(input.batch.raw.shard.name), line \(input.batch.lineNumber(document)): no field \"\(groupField)\" "
                    + "that names a group; \(Parameter.groupField) names another one")
        }
        return group.name
    }
}

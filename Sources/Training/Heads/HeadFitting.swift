package import Basics
package import Corpus
internal import DeBERTa
internal import Embedding
internal import OutputStore
internal import PipelineGraph
package import Pipelines
package import QualityScoring
internal import Scoring
internal import Tokenizers

/// What `dedup score train` is asked to do.
package struct HeadRequest: Sendable {
    /// Shards of good and of bad documents, as they were given.
    package var good: [String]
    package var bad: [String]
    /// The output's name.
    package var name: String
    /// The head's file: a new one, or one that gets one output more.
    package var out: String
    /// How vectors are made.
    package var options = EmbedOptions()
    /// A folder of vectors that are read instead of computed.
    package var embeddings: String?
    /// Which files of the inputs are shards.
    package var selection = ShardSelection.standard
    package var textField: String
    /// Whether a bare NaN, Infinity and -Infinity are values of fields that are not read.
    package var allowsNaN = false
    /// The field whose values name groups: documents of one are never in two folds. nil: equal texts are a group.
    package var groupField: String?
    /// The strength of the L2 penalty; nil for the usual one.
    package var penalty: Double?
    package var threads: Int
    package var memory: Int
    /// Replace an output of the same name.
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

/// `dedup score train`: fits an output to labelled documents, and adds it to a head.
package struct HeadFitting: Sendable {
    private static let folds = 5
    /// What attributes hold besides outputs.
    private static let reserved: Set = ["id", "quality", "out_of_domain", "statistics"]

    private let request: HeadRequest
    package let progress = ShardProgress()

    package init(_ request: HeadRequest) {
        self.request = request
    }

    /// What a run did.
    package struct Outcome: Sendable {
        package let output: Head.Output
        package let validation: CrossValidation
        package let groups: Int
        package let folds: Int
        /// The names of all outputs of the head.
        package let outputs: [String]
        /// What else lies in the inputs.
        package let others: OtherFiles
    }

    /// Does the run, on threads of its own. The head depends on the documents and their order, not on the threads.
    ///
    /// - Throws: a `Failure`. Nothing is written then.
    package func run() async throws -> Outcome {
        try checkName()
        if let penalty = request.penalty, !(penalty > 0 && penalty.isFinite) {
            throw Failure.usage("--l2 is a number above 0, not \(penalty)")
        }
        let folder = Disk.folder(of: request.out)
        guard try File.status(at: folder)?.isFolder == true else {
            throw Failure.usage("--out \(request.out): there is no folder \(folder); make it first")
        }
        // The file is written under a name that is longer.
        let bytes = request.out.utf8.split(separator: UInt8(ascii: "/")).last?.count ?? 0
        let longest = try DerivedNames.longestName(in: folder) - ".part".utf8.count
        guard bytes <= longest else {
            throw Failure.usage(
                "--out \(request.out): the name has \(bytes) bytes, where \(longest) are the most; give a shorter one")
        }
        // Without an old head nothing binds; with one, what is wrong with it is said before anything is computed.
        let old = try File.status(at: request.out) == nil ? nil : try Head(file: request.out)
        if let old, old.output(named: request.name) != nil, !request.replaces {
            throw Failure.usage("\(request.out) has an output \(request.name) already; --force replaces it")
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
            throw .usage("--name '\(name)': an output's name has letters a to z, digits and _, 64 at most")
        }
        guard !Self.reserved.contains(name) else {
            throw .usage("--name \(name): attributes have a field of that name; give another one")
        }
    }

    /// Where the vectors come from, and what they are.
    private func vectors() async throws -> (VectorSource, VectorOrigin) {
        if let path = request.embeddings {
            let stored = try StoredVectors(path)
            guard stored.parameters.textField == request.textField else {
                throw Failure.usage(
                    "--embeddings \(path) was made with text-field \(stored.parameters.textField), and this run has "
                        + request.textField)
            }
            guard stored.parameters.allowsNaN == request.allowsNaN else {
                throw Failure.usage(
                    "--embeddings \(path) was made with allow-nan \(stored.parameters.allowsNaN), and this run has "
                        + "\(request.allowsNaN)")
            }
            return (.stored(stored), stored.origin)
        }
        let options = request.options
        let model = try EncodingModel(ModelLocation(option: options.model))
        let precision = options.precision ?? Precision.best
        try precision.check()
        let whitening = try model.whitening(options.whitening)
        var embed = EmbedRequest(
            inputs: [], out: "", options: options, threads: request.threads, memory: request.memory)
        embed.textField = request.textField
        embed.allowsNaN = request.allowsNaN
        let parameters = try model.parameters(embed, precision, whitening: whitening != nil)
        // Damaged weights are said before what comes of them.
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

/// Gathers documents to train on.
private actor TrainingRows: Sink {
    private(set) var training: HeadTraining
    private(set) var groups: Set<String> = []
    private let groupField: String?
    /// By the shards' ordinals.
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
        // The field was read as the one that names a document.
        switch input.batch.id(document) {
        case .string(let group), .number(let group): return group
        case nil:
            throw Failure(
                "\(input.batch.raw.shard.name), line \(input.batch.lineNumber(document)): no field \"\(groupField)\" "
                    + "that names a group; --group-field names another one")
        }
    }
}

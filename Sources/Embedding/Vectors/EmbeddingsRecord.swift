package import Basics
internal import Corpus
internal import DeBERTa
internal import Foundation
package import OutputStore
internal import Pipelines
internal import Tokenizers

/// embeddings.json: the parameters of the vectors in a folder, and the shards that have been embedded.
package struct EmbeddingsRecord: Codable, Sendable, Equatable {
    static let currentSchema = 2
    /// In this older schema, `documents` of a shard includes its bad lines.
    private static let firstSchema = 1

    /// An input that shards came from.
    package struct Input: Codable, Sendable, Equatable {
        /// The name of the input: the base name of the path that the user gave.
        package var name: String
        /// The label in `LABEL=PATH`, with which the names of the input's shards begin; nil without a label.
        package var label: String?
        /// The absolute path that the input had in the last run.
        package var path: String
    }

    /// A shard that has been embedded.
    package struct Shard: Codable, Sendable, Equatable {
        /// The shard's name: its path within the inputs.
        package var name: String
        /// The name of its input.
        package var input: String
        /// The number of documents, without bad lines.
        package var documents = 0
        /// The number of tokens that were encoded, including special tokens.
        package var tokens = 0
        /// The number of documents that were too long to be encoded whole.
        package var truncated = 0
        /// The number of lines that are not documents; each has a row of zeros.
        package var bad = 0
        /// Size in bytes, time of modification (nanoseconds since 1970) and XXH3-128 of the file that was read.
        package var size: Int64
        package var modified: Int64
        package var digest: String
        /// Size and digest of the file of vectors.
        package var vectors: WrittenFile
        /// Size and digest of the file of ids.
        package var ids: WrittenFile

        /// The number of rows in the file of vectors.
        package var rows: Int { documents + bad }
    }

    /// The version of this file's format.
    package var schema = Self.currentSchema
    /// The version of dedup that wrote the record.
    package var dedup = Version.current
    /// The path that the model's folder had in the last run.
    package var model: String
    /// XXH3-128 of the model's tensors, tokenizer and whitening. Two models are the same if these are equal.
    package var modelChecksum: String
    /// The text that was put before every sequence; nil for none.
    package var prefix: String?
    /// How the states of a sequence were combined to a vector: a value of `Pooling`.
    package var pooling: String
    /// Whether vectors were scaled to length 1.
    package var normalize: Bool
    /// Whether the model's whitening was applied; nil in records of versions of dedup that had no whitening.
    private var recordedWhitening: Bool?
    /// The precision in which the encoder computed: a value of `Precision`.
    package var precision: String
    /// The instruction sets of the processors that the encoder ran on.
    package var instructionSet: String
    /// The largest number of tokens in a sequence.
    package var maxTokens: Int
    /// How texts with more tokens were encoded: a value of `LongTexts`.
    package var long: String
    /// Which form of a text was encoded: a value of `TextLayout`; nil means `keep`.
    package var layout: String?
    /// The number format of the components: a value of `VectorType`.
    package var dtype: String
    /// The number of components of a vector.
    package var dimensions: Int
    /// Whether special tokens in a text were recognized: a value of `SpecialTokens`.
    package var specialTokens: String
    /// The fields that hold a document's text.
    package var textField: String
    /// The field that holds a document's id.
    package var idField: String
    /// Whether NaN and Infinity were accepted in fields that are not read; nil means no.
    package var allowsNaN: Bool?
    /// The number of documents in all shards, without bad lines.
    package var documents = 0
    /// The number of tokens that were encoded, including special tokens.
    package var tokens = 0
    /// The number of documents that were too long to be encoded whole.
    package var truncated = 0
    /// The number of lines that are not documents.
    package var bad = 0
    /// The time in seconds in which the encoder worked, over all runs.
    package var encodeSeconds = 0.0
    /// All inputs that shards came from.
    package var inputs: [Input] = []
    /// Sorted by the bytes of their names.
    package var shards: [Shard] = []

    enum CodingKeys: String, CodingKey {
        case schema, dedup, model, prefix, pooling, normalize, precision, long, layout, dtype, dimensions, documents,
            tokens, truncated
        case bad, inputs, shards
        case recordedWhitening = "whitening"
        case modelChecksum = "model_checksum"
        case instructionSet = "instruction_set"
        case maxTokens = "max_tokens"
        case specialTokens = "special_tokens"
        case textField = "text_field"
        case idField = "id_field"
        case allowsNaN = "allow_nan"
        case encodeSeconds = "encode_seconds"
    }

    /// Whether the model's whitening was applied.
    package var whitening: Bool {
        get { recordedWhitening ?? false }
        set { recordedWhitening = newValue }
    }

    /// Reads a record.
    ///
    /// - Throws: if the file is not such a record, is damaged, or was written by a later version.
    init(path: String) throws(Failure) {
        struct Schema: Decodable { var schema: Int }
        let data = Data(try File.whole(path, remedy: "restore it, or embed into a new folder"))
        guard let schema = try? JSONDecoder().decode(Schema.self, from: data) else {
            throw Failure("\(path): damaged: not a record of embeddings; restore it, or embed into a new folder")
        }
        guard (Self.firstSchema...Self.currentSchema).contains(schema.schema) else {
            throw Failure(
                "\(path): of schema \(schema.schema), and this version of dedup reads schemas up to \(Self.currentSchema); "
                    + "use the version that made it, or embed into a new folder")
        }
        do {
            self = try JSONDecoder().decode(Self.self, from: data)
        } catch {
            throw Failure("\(path): damaged: \(error.fieldAtFault); restore it, or embed into a new folder")
        }
        if schema.schema == Self.firstSchema {
            self.schema = Self.currentSchema
            for number in shards.indices { shards[number].documents &-= shards[number].bad }
            documents &-= bad
        }
        let type = VectorType(rawValue: dtype) ?? .float32
        guard (0..<1 << 20).contains(dimensions) else {
            throw Failure("\(path): damaged: the field 'dimensions' is wrong; restore it, or embed into a new folder")
        }
        for shard in shards where !ShardName.isPossible(shard.name) {
            throw Failure(
                "\(path): damaged: no shard can be called \(shard.name); restore it, or embed into a new folder")
        }
        for shard in shards
        where !shard.isPossible || NPY.size(rows: shard.rows, dimensions: dimensions, type) != shard.vectors.bytes {
            throw Failure(
                "\(path): damaged: the counts of \(shard.name) are impossible; restore it, or embed into a new folder")
        }
    }

    init(_ parameters: EmbedParameters) {
        model = parameters.model
        modelChecksum = ""
        prefix = parameters.prefix.isEmpty ? nil : parameters.prefix
        pooling = parameters.pooling.rawValue
        normalize = parameters.normalize
        recordedWhitening = parameters.whitening
        precision = parameters.precision.rawValue
        instructionSet = Precision.instructionSet
        maxTokens = parameters.maxTokens
        long = parameters.long.rawValue
        layout = parameters.layout == .keep ? nil : parameters.layout.rawValue
        dtype = parameters.dtype.rawValue
        dimensions = parameters.dimensions
        specialTokens = parameters.specialTokens.rawValue
        textField = parameters.textField
        idField = parameters.idField
        allowsNaN = parameters.allowsNaN ? true : nil
    }

    /// Encodes the record. The same content always gives the same bytes.
    package func json() throws(Failure) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
        } catch {
            throw Failure("embeddings.json: \(error)")
        }
    }

    /// Adds shards. A shard of the same name is replaced.
    mutating func put(_ new: [Shard]) {
        let names = Set(new.map { BytewiseName($0.name) })
        remove(names)
        shards = (shards + new).sorted { $0.name.precedesBytewise($1.name) }
        count()
    }

    mutating func remove(_ names: Set<BytewiseName>) {
        shards.removeAll { names.contains(BytewiseName($0.name)) }
        count()
    }

    private mutating func count() {
        documents = shards.reduce(0) { $0 + $1.documents }
        tokens = shards.reduce(0) { $0 + $1.tokens }
        truncated = shards.reduce(0) { $0 + $1.truncated }
        bad = shards.reduce(0) { $0 + $1.bad }
    }

    /// Records the paths of inputs. An input of the same name is replaced.
    mutating func put(_ new: [Input]) {
        for input in new {
            if let place = inputs.firstIndex(where: { $0.name.equalsBytewise(input.name) }) {
                inputs[place] = input
            } else {
                inputs.append(input)
            }
        }
    }
}

extension EmbeddingsRecord.Shard: RecordedShard {
    package var isPossible: Bool { [documents, tokens, truncated, bad].allSatisfy { (0..<1 << 40).contains($0) } }
}

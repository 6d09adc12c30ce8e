package import Basics
package import DeBERTa
internal import Embedding
internal import Tokenizers

/// `dedup train export`: writes a model to another folder in the form in which it is shipped: one file of weights in
/// one number format, config.json, the tokenizer, the whitening and embedding.json.
///
/// A quality head is not copied, because it is bound to the checksum of its model, and the export may have another
/// checksum.
package struct ModelExport: Sendable {
    /// The model's folder; nil for the one that `ModelLocation` finds.
    package var model: String?
    /// The folder to write to.
    package var out: String
    /// The number format of the exported weights; nil to keep the present one.
    package var type: WeightType?
    /// Whether task heads, which are not part of the encoder, are left out.
    package var encoderOnly = false
    /// Whether files of a model in `out` are replaced.
    package var replaces = false

    package init(model: String?, out: String) {
        self.model = model
        self.out = out
    }

    private static let configuration = "config.json"
    private static let weights = "model.safetensors"
    private static let copied = ModelFiles.tokenizer + [ModelFiles.whitening, ModelFiles.embedding]

    /// Writes the folder. config.json is written last, because without it the folder is not a model.
    ///
    /// - Returns: the size of the file of weights, in bytes.
    /// - Throws: a usage error if `out` is the model's own folder, or if it contains files and `replaces` is false.
    package func run() throws(Failure) -> Int64 {
        let source = try ModelLocation(asked: model).path
        let checkpoint = try Checkpoint(folder: source)
        // This throws if the model has no usable tokenizer, without which it cannot embed texts.
        _ = try Tokenizer(folder: source)
        let configuration = try ModelConfigurationText(folder: source).exported(as: type, encoderOnly: encoderOnly)
        try check(source)
        try Disk.makeFolder(out)
        try Disk.remove(out + "/" + Self.configuration)
        try Disk.sync(folder: out)
        try checkpoint.writeWeights(to: out + "/" + Self.weights, as: type, encoderOnly: encoderOnly)
        for name in Self.copied {
            if try File.status(at: source + "/" + name) != nil {
                try copyWhole(source + "/" + name, to: out + "/" + name)
            } else {
                try Disk.remove(out + "/" + name)
            }
        }
        try writeWhole(out + "/" + Self.configuration, configuration)
        return try File.status(at: out + "/" + Self.weights)?.size ?? 0
    }

    private func check(_ source: String) throws(Failure) {
        if out.isEmpty { throw .usage("\(Parameter.out) is empty; give a folder") }
        guard let status = try File.status(at: out) else { return }
        guard status.isFolder else { throw .usage("\(Parameter.out(out)) is a file; give a folder") }
        if try File.realPath(out) == File.realPath(source) {
            throw .usage("\(Parameter.out(out)) is the folder of the model; give another one")
        }
        if replaces { return }
        let names = try Folder.entries(of: out).map(\.name).sorted()
        if let first = names.first {
            throw .usage(
                "\(Parameter.out(out)): there are files in it (\(first)" + (names.count > 1 ? ", …" : "")
                    + "); give a new or empty folder, or \(Parameter.replace) to replace the files of a model and keep "
                    + "others")
        }
    }
}

package import Basics
package import DeBERTa
internal import Embedding
internal import Tokenizers

/// `dedup train export`: writes a model to another folder as it is shipped: its weights in one file and in one type,
/// its configuration, tokenizer and whitening, and what it says of its vectors.
///
/// A head that scores is bound to the checksum of its model, and is not copied.
package struct ModelExport: Sendable {
    /// The model's folder; nil: see `ModelLocation`.
    package var model: String?
    package var out: String
    /// What the weights are written as; nil for what they are.
    package var type: WeightType?
    /// Whether a head for a task is left out.
    package var encoderOnly = false
    /// Whether files of a model that lie in `out` are replaced.
    package var replaces = false

    package init(model: String?, out: String) {
        self.model = model
        self.out = out
    }

    private static let configuration = "config.json"
    private static let weights = "model.safetensors"
    private static let copied = ModelFiles.tokenizer + [ModelFiles.whitening, ModelFiles.embedding]

    /// Writes the folder. Its config.json comes last: without one, it is no model.
    ///
    /// - Returns: the bytes of the weights' file.
    /// - Throws: a usage error when `out` has files in it that are not to be replaced, or is the model's own folder.
    package func run() throws(Failure) -> Int64 {
        let source = try ModelLocation(option: model).path
        let checkpoint = try Checkpoint(folder: source)
        // Without its tokenizer a model embeds nothing.
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
        if out.isEmpty { throw .usage("--out is empty; give a folder") }
        guard let status = try File.status(at: out) else { return }
        guard status.isFolder else { throw .usage("--out \(out) is a file; give a folder") }
        if try File.realPath(out) == File.realPath(source) {
            throw .usage("--out \(out) is the folder of the model; give another one")
        }
        if replaces { return }
        let names = try Folder.entries(of: out).map(\.name).sorted()
        if let first = names.first {
            throw .usage(
                "--out \(out): there are files in it (\(first)" + (names.count > 1 ? ", …" : "") + "); give a new or "
                    + "empty folder, or --force to replace the files of a model and leave others as they are")
        }
    }
}

package import Basics

extension Tokenizer {
    /// Reads a tokenizer from a folder: from `tokenizer.json` or, without it, from `vocab.json`, `merges.txt` and the
    /// files with their settings.
    ///
    /// - Throws: if a file is missing or damaged, or has a feature that is not supported and would change ids: another
    ///   model than BPE, another pre-tokenizer than ByteLevel, or a normalizer.
    package convenience init(folder: String) throws(Failure) {
        let file = folder + "/tokenizer.json"
        if File.exists(file) {
            try self.init(TokenizerFile(file).definition())
        } else if File.exists(folder + "/vocab.json") && File.exists(folder + "/merges.txt") {
            try self.init(VocabularyFiles(folder: folder).definition())
        } else {
            throw Failure(
                "\(folder): no tokenizer in it; a model's folder has tokenizer.json, or vocab.json and merges.txt")
        }
    }

    /// Reads the content of a `tokenizer.json`.
    ///
    /// - Parameter name: the name of the file, for errors.
    /// - Throws: as `init(folder:)`.
    package convenience init(json text: UnsafeRawBufferPointer, name: String) throws(Failure) {
        try self.init(TokenizerFile(text, name: name).definition())
    }
}

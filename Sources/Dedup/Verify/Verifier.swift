package import Basics
internal import Corpus
internal import Deduplication
internal import Embedding
package import OutputStore
internal import Scoring

/// `dedup verify`: reads every file of a folder that has a recorded digest, and compares the digests.
///
/// A folder may be an output, a folder of vectors, a corpus with scores, a filtered corpus, or several of these. Each
/// kind has its own record, which shows that the folder is of this kind. Files without a record are not read.
package struct Verifier: Sendable {
    private let path: String

    /// - Throws: a usage error if `path` is not a folder.
    package init(_ path: String) throws(Failure) {
        guard let status = try File.status(at: path) else { throw .usage("\(path): no such folder") }
        guard status.isFolder else { throw .usage("\(path): a file; give the folder that dedup wrote") }
        self.path = path
    }

    /// Verifies the folder.
    ///
    /// - Parameter progress: called before each file is read, with the number of files so far.
    /// - Throws: if a run is writing to the folder, or if dedup did not write anything in it.
    package func verify(_ progress: @escaping (_ files: Int) -> Void) throws(Failure) -> Verification {
        let own = path + "/.dedup"
        let lock = try File.status(at: own) == nil ? nil : try OutputFolder(path).lock(.shared)
        defer { withExtendedLifetime(lock) {} }
        var result = Verification(progress)
        var isKnown = false
        if try File.status(at: OutputFolder.catalogPath(in: path)) != nil {
            try OutputVerifier(path).verify(&result)
            isKnown = true
        }
        if try EmbeddingsFolder.verify(path, &result) { isKnown = true }
        if try ScoresFolder.verify(path, &result) { isKnown = true }
        if try FilteredFolder.verify(path, &result) { isKnown = true }
        if isKnown { return result }
        // A run that was stopped before it wrote a record leaves the folder `.dedup`, and perhaps files that its intent
        // lists.
        guard try File.status(at: own)?.isFolder == true else {
            throw .usage(
                "\(path): nothing that dedup wrote: no output, no vectors, no scores and no filtered corpus")
        }
        result.addStop("\(own): a run was stopped before anything was done")
        return result
    }
}

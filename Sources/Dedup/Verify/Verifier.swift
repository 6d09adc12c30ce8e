package import Basics
internal import Corpus
internal import Deduplication
internal import Embedding
package import OutputStore
internal import Scoring

/// `dedup verify`: reads every file of a folder that has a recorded digest, and compares.
///
/// What the folder holds is found by looking: an output, vectors, scores and a filtered corpus each have a record of
/// their own, and one folder may have several. Other files are not looked at.
package struct Verifier: Sendable {
    private let path: String

    /// - Throws: a usage error when there is no folder at `path`.
    package init(_ path: String) throws(Failure) {
        guard let status = try File.status(at: path) else { throw .usage("\(path): no such folder") }
        guard status.isFolder else { throw .usage("\(path): a file; give the folder that dedup wrote") }
        self.path = path
    }

    /// - Parameter progress: called before every file with the number of those read.
    /// - Throws: when a run is writing to the folder, or nothing in it is dedup's.
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
        // A run that was stopped before it had a record leaves its own folder, and files that its intent names.
        guard try File.status(at: own)?.isFolder == true else {
            throw .usage(
                "\(path): nothing that dedup wrote: no output, no vectors, no scores and no filtered corpus")
        }
        result.addStop("\(own): a run was stopped before anything was done")
        return result
    }
}

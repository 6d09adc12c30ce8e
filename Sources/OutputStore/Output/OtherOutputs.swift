package import Basics
package import DuplicateIndex
internal import Foundation

/// Another output, whose kept documents those of a run are compared with: it is only looked at.
package struct OtherOutput: Sendable {
    package let path: String
    /// What `removed/` calls it: see `names`.
    package let name: String
    /// The names of its shards, by their places in its corpus.
    package let shards: [String]
    package let stored: DuplicateIndex.Stored
    package let record: Catalog.OtherOutput
    private let lock: FolderLock

    /// What the documents of two outputs must have in common to be compared.
    private static let comparable = [
        "format", "match", "normalization", "unicode", "shingle-unit", "shingle-size", "seeds", "bands", "rows",
    ]

    /// - Parameters:
    ///   - parameters: those of the run.
    ///   - name: what `removed/` calls it.
    ///   - out: the run's own output.
    /// - Throws: when it is none, was made with other parameters, or is being written.
    package init(_ path: String, name: String, parameters: [String: String], out: String?) throws(Failure) {
        let finished: FinishedOutput
        do throws(Failure) {
            finished = try FinishedOutput(path)
        } catch {
            throw Failure("--against \(error.message)", kind: error.kind)
        }
        if let out, let own = try File.realPath(out), own == (try File.realPath(path)) {
            throw .usage("--against \(path) is the output itself, with which every run compares")
        }
        lock = try OutputFolder(path).lock(.shared)
        let theirs: FinishedOutput.Record = try finished.record()
        if let partial = theirs.partial {
            throw .usage("--against \(path): a part of the shard \(partial.name) was taken in; finish that run first")
        }
        for name in Self.comparable where theirs.parameters[name] != parameters[name] {
            throw .usage(
                "--against \(path) was made with \(name) \(theirs.parameters[name] ?? "not set"), and this run has "
                    + "\(parameters[name] ?? "not set"): their documents cannot be compared")
        }
        self.path = path
        self.name = name
        shards = theirs.shards.map(\.name)
        stored = DuplicateIndex.Stored(
            folder: OutputFolder(path).indexFolder, state: theirs.index, identity: theirs.identity)
        record = Catalog.OtherOutput(path: path, state: theirs.state)
    }

    /// What `removed/` calls other outputs: the base names of their real paths, so that the way in which a path was
    /// spelled changes no byte. Of two with one base name, the second is called `clean-2`.
    ///
    /// - Parameter paths: in the order in which they were given. A path where nothing is gives its own base name.
    package static func names(of paths: [String]) throws(Failure) -> [String] {
        var names: [String] = []
        for path in paths {
            let base = (try File.realPath(path) ?? path).utf8.split(separator: UInt8(ascii: "/")).last
            let name = base.flatMap { String($0) } ?? "/"
            var number = 1
            var unique = name
            while names.contains(where: { $0.equalsBytewise(unique) }) {
                number += 1
                unique = "\(name)-\(number)"
            }
            names.append(unique)
        }
        return names
    }

    /// - Throws: a usage error when an output was compared with others than these, or with other states of them.
    package static func check(_ outputs: [OtherOutput], against known: [Catalog.OtherOutput], of out: String)
        throws(Failure)
    {
        let advice = "; --against-changed goes on all the same, and decides for new documents only"
        for (number, before) in known.enumerated() {
            guard number < outputs.count else {
                throw .usage("--out \(out) was made with --against \(before.path), which is not given now" + advice)
            }
            if outputs[number].record.state != before.state {
                throw .usage(
                    "--against \(outputs[number].path): other documents than when --out \(out) was compared with "
                        + "\(before.path)" + advice)
            }
        }
        if outputs.count > known.count {
            throw .usage(
                "--out \(out) was made without --against \(outputs[known.count].path), and documents were kept that may "
                    + "be in it" + advice)
        }
    }
}

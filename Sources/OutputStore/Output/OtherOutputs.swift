package import Basics
package import DuplicateIndex
internal import Foundation

extension Parameter {
    /// The outputs that a run compares its documents with.
    package static let against = Parameter("against")
    /// Whether these outputs may have changed since the last run.
    package static let againstChanged = Parameter("against-changed")
}

/// Another output that the run compares its documents with: a document of the run is a duplicate if a kept document of
/// that output is its twin. The other output is locked for reading while this value exists, and is never changed.
package struct OtherOutput: Sendable {
    /// The path that the user gave.
    package let path: String
    /// The name of this output in the `removed/` lists; see `names`.
    package let name: String
    /// The names of its shards, in corpus order.
    package let shards: [String]
    /// Its index.
    package let stored: DuplicateIndex.Stored
    /// The entry for this output in the catalog of the run's own output.
    package let record: Catalog.OtherOutput
    private let lock: FolderLock

    /// - Parameters:
    ///   - parameters: the parameters of the run.
    ///   - comparable: the names of those that must be equal in the other output.
    ///   - name: the name of this output in the `removed/` lists.
    ///   - out: the path of the run's own output.
    /// - Throws: if there is no output at `path`, if it was made with other parameters, or if a run is writing to it.
    package init(
        _ path: String, name: String, parameters: [String: String], comparable: [String], out: String?
    ) throws(Failure) {
        let finished: FinishedOutput
        do throws(Failure) {
            finished = try FinishedOutput(path)
        } catch {
            throw Failure("\(Parameter.against) \(error.message)", kind: error.kind)
        }
        if let out, let own = try File.realPath(out), own == (try File.realPath(path)) {
            throw .usage("\(Parameter.against(path)) is the output itself, which every run compares with anyway")
        }
        lock = try OutputFolder(path).lock(.shared)
        let theirs: FinishedOutput.Record = try finished.record()
        try Catalog.checkBelongsToRuns(theirs.parameters, Parameter.against(path))
        if let partial = theirs.partial {
            throw .usage(
                "\(Parameter.against(path)): only part of the shard \(partial.name) was processed; finish that run "
                    + "first")
        }
        for name in comparable where theirs.parameters[name] != parameters[name] {
            throw .usage(
                "\(Parameter.against(path)) was made with \(name) \(theirs.parameters[name] ?? "not set"), and this "
                    + "run has \(parameters[name] ?? "not set"): their documents cannot be compared")
        }
        self.path = path
        self.name = name
        shards = theirs.shards.map(\.name)
        stored = DuplicateIndex.Stored(
            folder: OutputFolder(path).indexFolder, state: theirs.index, identity: theirs.identity)
        record = Catalog.OtherOutput(path: path, state: theirs.state)
    }

    /// Returns the names of other outputs for the `removed/` lists: the base names of their real paths, so that the
    /// lists do not depend on how a path was spelled. If two have the same base name, say `clean`, the second is called
    /// `clean-2`.
    ///
    /// - Parameter paths: the paths, in the order of the options. A path that does not exist is named by its own base
    ///   name.
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

    /// Checks that a run compares with the same other outputs, in the same state, as the earlier runs into `out`.
    ///
    /// - Throws: a usage error if an output is missing, was added or has changed.
    package static func check(_ outputs: [OtherOutput], against known: [Catalog.OtherOutput], of out: String)
        throws(Failure)
    {
        let advice = "; \(Parameter.againstChanged) continues anyway, and decides for new documents only"
        for (number, before) in known.enumerated() {
            guard number < outputs.count else {
                throw .usage(
                    "\(Parameter.out(out)) was made with \(Parameter.against(before.path)), which is not given now"
                        + advice)
            }
            if outputs[number].record.state != before.state {
                throw .usage(
                    "\(Parameter.against(outputs[number].path)): its documents have changed since "
                        + "\(Parameter.out(out)) was compared with \(before.path)" + advice)
            }
        }
        if outputs.count > known.count {
            throw .usage(
                "\(Parameter.out(out)) was made without \(Parameter.against(outputs[known.count].path)), and documents "
                    + "were kept that may be in it" + advice)
        }
    }
}

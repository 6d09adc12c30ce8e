package import Basics
internal import Foundation

/// Where the model of a command is: what is asked for, else what `DEDUP_MODEL` names, else the model that was installed
/// with the binary, else the one that a build puts beside it.
package struct ModelLocation: Sendable {
    /// What said where the model is.
    package enum Origin: Sendable, Equatable {
        /// `--model`, or the option of a definition.
        case option
        /// `DEDUP_MODEL`.
        case environment
        /// What came with the binary.
        case bundled
    }

    /// The model's folder: it is there.
    package let path: String
    package let origin: Origin

    /// The variable of the environment that names a model's folder. Empty, it is as if unset.
    static let variable = "DEDUP_MODEL"

    /// - Parameter option: the folder that was asked for; nil for none.
    /// - Throws: a usage error when a folder is named that is not there, or none is named and none came with the binary.
    package init(option: String?) throws(Failure) {
        try self.init(
            option: option, environment: ProcessInfo.processInfo.environment,
            executable: try File.realPath("/proc/self/exe"))
    }

    /// - Parameter executable: the binary's path, without links; nil where it cannot be told.
    package init(option: String?, environment: [String: String], executable: String?) throws(Failure) {
        if let option {
            if option.isEmpty { throw .usage("--model is empty; give the folder of a model") }
            try Self.check(option, "--model \(option)")
            self.init(path: option, origin: .option)
            return
        }
        if let named = environment[Self.variable], !named.isEmpty {
            try LocalPath.check(named)
            try Self.check(named, "\(Self.variable) \(named)")
            self.init(path: named, origin: .environment)
            return
        }
        let places = executable.map(Self.places) ?? []
        for place in places where try File.status(at: place)?.isFolder == true {
            self.init(path: try File.realPath(place) ?? place, origin: .bundled)
            return
        }
        let looked = places.isEmpty ? "" : " (looked for \(places.joined(separator: " and ")))"
        throw .usage(
            "no model: --model is missing, \(Self.variable) is not set, and none came with this binary\(looked); name "
                + "the folder of a model with --model or \(Self.variable)")
    }

    private init(path: String, origin: Origin) {
        self.path = path
        self.origin = origin
    }

    /// What `make install` makes, and what the package manager puts beside the binary.
    private static func places(of executable: String) -> [String] {
        let folder = Disk.folder(of: executable)
        return [Disk.folder(of: folder) + "/share/dedup/model", folder + "/dedup_dedup.resources/Model"]
    }

    private static func check(_ path: String, _ name: String) throws(Failure) {
        guard let status = try File.status(at: path) else { throw .usage("\(name): no such folder") }
        guard status.isFolder else { throw .usage("\(name): no folder; give the one with config.json") }
    }
}

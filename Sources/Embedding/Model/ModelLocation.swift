package import Basics
internal import Foundation
internal import Pipelines

/// Finds the model of a command. The first of these that is given counts: the caller's parameter, the environment
/// variable `DEDUP_MODEL`, the model that was installed with the binary, the model that a build puts next to the
/// binary.
package struct ModelLocation: Sendable {
    /// How the model was found.
    package enum Origin: Sendable, Equatable {
        /// The caller's parameter, or a stage's option in a pipeline definition.
        case option
        /// The environment variable `DEDUP_MODEL`.
        case environment
        /// The model that came with the binary.
        case bundled
    }

    /// The model's folder; it exists.
    package let path: String
    /// How the folder was found.
    package let origin: Origin

    /// The environment variable with the path of a model's folder. If it is empty, it counts as not set.
    static let variable = "DEDUP_MODEL"

    /// - Parameter option: the folder that the user names; nil if the user names none.
    /// - Throws: a usage error if the named folder does not exist, or if no folder is named and no model came with the
    ///   binary.
    package init(asked option: String?) throws(Failure) {
        try self.init(
            asked: option, environment: ProcessInfo.processInfo.environment,
            executable: try File.realPath("/proc/self/exe"))
    }

    /// - Parameter executable: the real path of the binary; nil if it is unknown.
    package init(asked option: String?, environment: [String: String], executable: String?) throws(Failure) {
        if let option {
            if option.isEmpty { throw .usage("\(Parameter.model) is empty; give the folder of a model") }
            try Self.check(option, Parameter.model(option))
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
            "no model: \(Parameter.model) is missing, \(Self.variable) is not set, and none came with this binary"
                + "\(looked); name the folder of a model with \(Parameter.model) or \(Self.variable)")
    }

    private init(path: String, origin: Origin) {
        self.path = path
        self.origin = origin
    }

    /// The folder that `make install` creates, and the one that the Swift package manager puts next to the binary.
    private static func places(of executable: String) -> [String] {
        let folder = Disk.folder(of: executable)
        return [Disk.folder(of: folder) + "/share/dedup/model", folder + "/dedup_dedup.resources/Model"]
    }

    private static func check(_ path: String, _ name: String) throws(Failure) {
        guard let status = try File.status(at: path) else { throw .usage("\(name): no such folder") }
        guard status.isFolder else { throw .usage("\(name): not a folder; give the folder with config.json") }
    }
}

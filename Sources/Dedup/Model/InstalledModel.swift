internal import Basics
internal import Embedding
internal import Foundation

/// Finds the folder of a model.
enum InstalledModel {
    /// Returns the first of these that exists: the given folder; the folder in the environment variable `DEDUP_MODEL`;
    /// the model that was installed with this program; the model that was installed with the command `dedup` in a
    /// folder of `PATH`. A given folder or `DEDUP_MODEL` that does not exist is an error.
    static func location(_ folder: URL?) throws(Failure) -> ModelLocation {
        if let folder { return try ModelLocation(asked: folder.localPath()) }
        do throws(Failure) {
            return try ModelLocation(asked: nil)
        } catch {
            let environment = ProcessInfo.processInfo.environment
            for folder in (environment["PATH"] ?? "").split(separator: ":") {
                let command = "\(folder)/dedup"
                guard FileManager.default.isExecutableFile(atPath: command), let path = try File.realPath(command),
                    let found = try? ModelLocation(asked: nil, environment: environment, executable: path)
                else { continue }
                return found
            }
            if environment["DEDUP_MODEL"]?.isEmpty == false { throw error }
            throw .usage(
                "no model: give the folder of one, name one in DEDUP_MODEL, or install the command dedup together with "
                    + "its model (share/dedup/model)")
        }
    }
}

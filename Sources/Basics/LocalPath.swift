internal import Foundation

/// Checks of the paths that users give.
package enum LocalPath {
    /// Refuses addresses such as `s3://bucket/corpus`, which would otherwise be taken for a folder named `s3:`.
    ///
    /// - Parameter argument: a path, or `LABEL=PATH`.
    /// - Throws: a usage error for an address.
    package static func check(_ argument: String) throws(Failure) {
        var path = argument[...]
        if scheme(of: path) == nil, let equals = argument.firstIndex(of: "="), !argument[..<equals].contains("/") {
            path = argument[argument.index(after: equals)...]
        }
        guard let scheme = scheme(of: path) else { return }
        let advice =
            scheme.lowercased() == "file"
            ? "give the path alone" : "copy the files to this machine, or mount them, and give the path"
        throw .usage("\(argument): this is a URL (\(scheme)://); dedup works with local files only; \(advice)")
    }

    /// The part of a path before `://`; nil if the path does not begin with a scheme.
    private static func scheme(of path: Substring) -> Substring? {
        let scheme = path.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
        guard scheme.first?.isLetter == true, path.dropFirst(scheme.count).hasPrefix("://") else { return nil }
        return scheme
    }

    /// Returns the absolute form of a path.
    package static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}

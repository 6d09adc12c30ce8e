package import Basics

/// Checks that the output folder is not an input, inside an input, or around one; otherwise a run would read its own
/// output. Compares real paths, with links resolved.
///
/// - Parameters:
///   - out: the output folder. It, and the folders above it, need not exist yet.
///   - parameter: the parameter that gives it, for messages.
/// - Throws: a usage error that names both paths, or the missing input.
package func checkApart(inputs: [CorpusInput], out: String, parameter: Parameter = .out) throws(Failure) {
    for input in inputs {
        guard let real = try File.realPath(input.path) else { throw CorpusInput.missing(input.path) }
        if let relation = relation(of: try futurePath(out), to: real) {
            throw .usage("\(parameter(out)) \(relation) the input \(input.path); give a folder apart from the inputs")
        }
    }
}

/// Checks that neither of two folders is the other or inside the other. They need not exist yet.
///
/// - Throws: a usage error that names both folders and their parameters.
package func checkApart(
    _ folder: String, _ parameter: Parameter, from other: String, _ otherParameter: Parameter
) throws(Failure) {
    if let relation = relation(of: try futurePath(folder), to: try futurePath(other)) {
        throw .usage("\(parameter(folder)) \(relation) \(otherParameter(other)); give folders apart from each other")
    }
}

/// How one real path is related to another, as a verb for the message; nil if neither contains the other.
private func relation(of path: String, to other: String) -> String? {
    if path.equalsBytewise(other) { return "is" }
    if isInside(path, other) { return "is inside" }
    return isInside(other, path) ? "contains" : nil
}

/// Whether the real path `path` lies below the real path `folder`.
private func isInside(_ path: String, _ folder: String) -> Bool {
    if folder == "/" { return path != "/" }
    let start = folder.utf8.count
    return path.utf8.starts(with: folder.utf8) && path.utf8.dropFirst(start).first == UInt8(ascii: "/")
}

/// The real path that `path` will have once it is created: the real path of the part that exists, followed by the other
/// names.
///
/// - Throws: a usage error for a chain of too many links; an error of the system.
package func futurePath(_ path: String) throws(Failure) -> String {
    var path = path.isEmpty ? "." : path
    // The names that do not exist yet, the last one first.
    var missing: [String] = []
    var linksFollowed = 0
    while true {
        while path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") {
            path = String(Substring(path.utf8.dropLast()))
        }
        if var real = try File.realPath(path) {
            for name in missing.reversed() {
                if name == ".." {
                    real = parent(of: real)
                } else if name != "." {
                    real += real == "/" ? name : "/" + name
                }
            }
            return real
        }
        let folder = parent(of: path)
        if let target = File.linkTarget(path) {
            // A link to a path that does not exist yet.
            linksFollowed += 1
            if linksFollowed > 40 { throw .usage("\(path): too many links") }
            path = target.utf8.first == UInt8(ascii: "/") ? target : folder + "/" + target
        } else {
            missing.append(CorpusInput.lastComponent(path))
            path = folder
        }
    }
}

/// The path without its last component.
private func parent(of path: String) -> String {
    let slash = UInt8(ascii: "/")
    var bytes = path.utf8[...]
    while bytes.last == slash { bytes.removeLast() }
    while let last = bytes.last, last != slash { bytes.removeLast() }
    while bytes.last == slash && bytes.count > 1 { bytes.removeLast() }
    return bytes.isEmpty ? (path.utf8.first == slash ? "/" : ".") : String(Substring(bytes))
}

package import Basics

/// Makes sure that no input lies in the output folder, nor the output folder in an input, by real paths: a run would
/// read what it writes.
///
/// - Parameters:
///   - out: the output folder; it, and folders above it, need not exist yet.
///   - option: the option that names it, for messages.
/// - Throws: a usage error that names both, or when an input is missing.
package func checkApart(inputs: [CorpusInput], out: String, option: String = "--out") throws(Failure) {
    for input in inputs {
        guard let real = try File.realPath(input.path) else { throw CorpusInput.missing(input.path) }
        if let relation = relation(of: try futurePath(out), to: real) {
            throw .usage("\(option) \(out) \(relation) the input \(input.path); give a folder apart from the inputs")
        }
    }
}

/// Makes sure that of two folders, which need not exist yet, none lies in the other.
///
/// - Throws: a usage error that names both, by the options that name them.
package func checkApart(
    _ folder: String, _ option: String, from other: String, _ otherOption: String
) throws(Failure) {
    if let relation = relation(of: try futurePath(folder), to: try futurePath(other)) {
        throw .usage("\(option) \(folder) \(relation) \(otherOption) \(other); give folders apart from each other")
    }
}

/// How a real path lies to another; nil when they are apart.
private func relation(of path: String, to other: String) -> String? {
    if path.equalsBytewise(other) { return "is" }
    if isInside(path, other) { return "is inside" }
    return isInside(other, path) ? "holds" : nil
}

/// Whether the real path `path` lies below the real path `folder`.
private func isInside(_ path: String, _ folder: String) -> Bool {
    if folder == "/" { return path != "/" }
    let start = folder.utf8.count
    return path.utf8.starts(with: folder.utf8) && path.utf8.dropFirst(start).first == UInt8(ascii: "/")
}

/// The real path that `path` will have once it is made: that of the part that exists, and the names after it.
package func futurePath(_ path: String) throws(Failure) -> String {
    var path = path.isEmpty ? "." : path
    // Names that do not exist yet, the last first.
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
            // A link to what does not exist yet.
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

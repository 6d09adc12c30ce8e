package import Basics

/// Makes sure that no input lies in the output folder, nor the output folder in an input, by real paths: a run would
/// read what it writes.
///
/// - Parameter out: the output folder; it, and folders above it, need not exist yet.
/// - Throws: a usage error that names both, or when an input is missing.
package func checkApart(inputs: [CorpusInput], out: String) throws(Failure) {
    let realOut = try futurePath(out)
    for input in inputs {
        guard let real = try File.realPath(input.path) else { throw CorpusInput.missing(input.path) }
        let relation: String
        if real.equalsBytewise(realOut) {
            relation = "is the input \(input.path)"
        } else if isInside(realOut, real) {
            relation = "is inside the input \(input.path)"
        } else if isInside(real, realOut) {
            relation = "holds the input \(input.path)"
        } else {
            continue
        }
        throw .usage("--out \(out) \(relation); give a folder apart from the inputs")
    }
}

/// Whether the real path `path` lies below the real path `folder`.
private func isInside(_ path: String, _ folder: String) -> Bool {
    if folder == "/" { return path != "/" }
    let start = folder.utf8.count
    return path.utf8.starts(with: folder.utf8) && path.utf8.dropFirst(start).first == UInt8(ascii: "/")
}

/// The real path that `path` will have once it is made: that of the part that exists, and the names after it.
private func futurePath(_ path: String) throws(Failure) -> String {
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

internal import Basics
internal import JSON

/// The file `model.safetensors.index.json`, which says in which file of the folder each tensor is.
struct ShardIndex {
    /// The largest index that is read, in bytes. A tensor takes some hundred bytes.
    private static let largestFile = 100_000_000

    let path: String
    /// The names of the weight files in ascending order, and the tensors that each has to contain.
    let shards: [(name: String, tensors: [String])]

    /// - Throws: if the file is not an index, or names a file outside the folder.
    init(_ path: String) throws(Failure) {
        self.path = path
        let tree = try JSONTree(file: path, upTo: Self.largestFile, remedy: "fetch the model again")
        guard let map = tree.root["weight_map"], map.kind == .object else {
            throw Failure("\(path): has no object \"weight_map\"; fetch the file again")
        }
        var shards: [BytewiseName: [String]] = [:]
        for (key, value) in map.children {
            let tensor = String(decoding: key ?? UnsafeBufferPointer(start: nil, count: 0), as: UTF8.self)
            guard let name = value.string else {
                throw Failure(
                    "\(path): names \(value.shortDescription) as the file of tensor \(quoted(tensor)); "
                        + "fetch the file again")
            }
            // Models come from strangers, so a model must not choose which other files of this machine are read.
            guard !name.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == 0 }), !name.isEmpty, name != ".."
            else {
                throw Failure(
                    "\(path): has to name a file in the same folder, not \(quoted(name))")
            }
            shards[BytewiseName(name), default: []].append(tensor)
        }
        guard !shards.isEmpty else { throw Failure("\(path): names no file; fetch the file again") }
        self.shards = shards.sorted { $0.key < $1.key }.map { ($0.key.string, $0.value) }
    }

    /// Opens the weight files.
    ///
    /// - Throws: if a file is missing or damaged, or does not contain a tensor that the index assigns to it.
    func open(in folder: String) throws(Failure) -> [SafetensorsFile] {
        var files: [SafetensorsFile] = []
        for (name, tensors) in shards {
            let file = folder + "/" + name
            guard try File.status(at: file) != nil else {
                throw Failure("cannot open \(file), which \(path) names: there is no such file; fetch it")
            }
            let shard = try SafetensorsFile(file)
            let held = Set(shard.header.entries.map { BytewiseName($0.name) })
            if let missing = tensors.first(where: { !held.contains(BytewiseName($0)) }) {
                throw Failure(
                    "\(file): tensor \(quoted(missing)), which \(path) says it holds, is missing; fetch both again")
            }
            files.append(shard)
        }
        return files
    }
}

package import Basics

extension Checkpoint {
    /// Computes the checksum of all files, and checks that every number of the encoder's tensors is finite.
    ///
    /// This takes about as long as copying the files, so it should run in parallel with other work. Pages of the files
    /// that were read are released, so it needs little memory.
    ///
    /// - Returns: the XXH3 hash of the files, first `config.json`, then the weight files by name. The size of each file
    ///   is hashed before its content.
    /// - Throws: if a number of the encoder's tensors is infinite or NaN. The error names the tensor and the index.
    package func checksum() throws(Failure) -> Hash128 {
        var hash = RunningHash()
        configurationText.withUnsafeBytes { text in
            hash.update(text.count)
            hash.update(text)
        }
        let names = Set(configuration.tensors.map(\.name))
        for file in files {
            hash.update(file.mapping.bytes.count)
            hash.update(UnsafeRawBufferPointer(rebasing: file.mapping.bytes[..<file.header.end]))
            for entry in file.header.entries {
                try read(entry, of: file, isEncoders: names.contains(Self.withoutPrefix(entry.name)), into: &hash)
            }
        }
        return hash.value
    }

    /// The number of bytes that are hashed and then checked. They fit into the cache of a core.
    private static let chunk = 256 << 10

    private func read(
        _ entry: SafetensorsHeader.Entry, of file: SafetensorsFile, isEncoders: Bool, into hash: inout RunningHash
    ) throws(Failure) {
        let type = isEncoders ? ElementType(rawValue: entry.type) : nil
        var start = entry.range.lowerBound
        while start < entry.range.upperBound {
            let end = min(start + Self.chunk, entry.range.upperBound)
            let bytes = UnsafeRawBufferPointer(rebasing: file.mapping.bytes[start..<end])
            hash.update(bytes)
            if let type, let place = type.firstNonFinite(bytes.baseAddress!, bytes.count / type.size) {
                throw nonFinite(entry, type, (start - entry.range.lowerBound) / type.size + place, file)
            }
            file.mapping.letGo(start..<end)
            start = end
        }
    }

    private func nonFinite(
        _ entry: SafetensorsHeader.Entry, _ type: ElementType, _ index: Int, _ file: SafetensorsFile
    ) -> Failure {
        var value: Float = 0
        type.widen(file.mapping.bytes.baseAddress! + entry.range.lowerBound + index * type.size, 1, into: &value)
        var place: [Int] = []
        var rest = index
        for size in entry.shape.reversed() {
            place.insert(rest % size, at: 0)
            rest /= size
        }
        return Failure(
            "\(file.path): tensor \(quoted(entry.name)) holds \(value.isNaN ? "NaN" : "\(value)") at "
                + "\(describe(place)): the file is damaged: fetch it again or use another model")
    }

    static func withoutPrefix(_ name: String) -> String {
        name.utf8.starts(with: TensorFinder.prefix.utf8) ? String(name.dropFirst(TensorFinder.prefix.count)) : name
    }
}

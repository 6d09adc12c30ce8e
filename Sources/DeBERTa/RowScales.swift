package import Basics

extension SafetensorsHeader {
    /// What the name of an int8 matrix is followed by in the name of the tensor that holds its scales.
    static let scaleSuffix = "_scale"

    /// The range of scales for which every number of an int8 matrix is finite.
    static let scaleRange = Float.leastNonzeroMagnitude...(Float.greatestFiniteMagnitude / 128)

    /// Reads the scales of an int8 matrix NAME: the tensor `NAME_scale` of the same file, with a number for each row of
    /// the matrix.
    ///
    /// - Parameters:
    ///   - entry: the matrix.
    ///   - file: the content of the whole file.
    ///   - path: the path of the file, for errors.
    /// - Throws: if `entry` is not a matrix; if there are no scales, or they have another type or shape; if a scale is
    ///   not above 0, or not finite, or so large that numbers of the matrix are infinite.
    package func scales(
        of entry: Entry, in file: UnsafeRawBufferPointer, path: String
    ) throws(Failure) -> [Float] {
        let name = entry.name + Self.scaleSuffix
        guard entry.shape.count == 2 else {
            throw Failure(
                "\(path): tensor \(quoted(entry.name)) \(describe(entry.shape)) is of type \"I8\", which only matrices "
                    + "may have; save the tensor as F32 or BF16")
        }
        let wanted = BytewiseName(name)
        guard let scales = entries.first(where: { BytewiseName($0.name) == wanted }) else {
            throw Failure(
                "\(path): tensor \(quoted(entry.name)) is of type \"I8\", but \(quoted(name)) with the scales of its "
                    + "rows is missing; fetch the file again")
        }
        guard scales.type == ElementType.f32.rawValue, scales.shape == [entry.shape[0]] else {
            throw Failure(
                "\(path): tensor \(quoted(name)) is \(quoted(scales.type)) \(describe(scales.shape)), where "
                    + "\(quoted(entry.name)) needs \"F32\" [\(entry.shape[0])], a scale for each of its rows; fetch the "
                    + "file again")
        }
        let numbers = [Float](unsafeUninitializedCapacity: entry.shape[0]) { room, initialized in
            if entry.shape[0] > 0 {
                ElementType.f32.widen(
                    file.baseAddress! + scales.range.lowerBound, entry.shape[0], into: room.baseAddress!)
            }
            initialized = entry.shape[0]
        }
        if let place = numbers.firstIndex(where: { !Self.scaleRange.contains($0) }) {
            throw Failure(
                "\(path): tensor \(quoted(name)) holds \(numbers[place].isNaN ? "NaN" : "\(numbers[place])") at "
                    + "[\(place)], where a scale is a number above 0 and at most \(Self.scaleRange.upperBound): the "
                    + "file is damaged: fetch it again")
        }
        return numbers
    }

    /// The tensors that hold the scales of other tensors, by name. The values are the names of the other tensors.
    var scaleTensors: [BytewiseName: BytewiseName] {
        var names: [BytewiseName: BytewiseName] = [:]
        for entry in entries where entry.type == ElementType.int8.rawValue {
            names[BytewiseName(entry.name + Self.scaleSuffix)] = BytewiseName(entry.name)
        }
        return names
    }
}

extension SafetensorsFile {
    /// The tensor of an entry, with the scales of its rows if it is an int8 matrix; nil if its type is not in
    /// `ElementType`.
    ///
    /// - Throws: if it is of type I8, and is not a matrix or has no valid scales.
    func tensor(_ entry: SafetensorsHeader.Entry) throws(Failure) -> Tensor? {
        guard let type = ElementType(rawValue: entry.type) else { return nil }
        let scales = type == .int8 ? try header.scales(of: entry, in: mapping.bytes, path: path) : []
        return Tensor(shape: entry.shape, type: type, scales: scales, mapping: mapping, range: entry.range)
    }
}

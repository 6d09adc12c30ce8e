import Basics
import DeBERTa

/// What libFuzzer calls: any bytes, read as what comes with a model, a safetensors file and a `config.json`. Each is
/// read or refused; what is read keeps the promises that others rely on.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let input = UnsafeRawBufferPointer(start: bytes, count: count)
    readHeader(input)
    repairedSafetensors(input)?.withUnsafeBytes(readHeader)
    readConfiguration(input)
    return 0
}

private func readHeader(_ file: UnsafeRawBufferPointer) {
    guard let header = try? SafetensorsHeader(file, path: "fuzz") else { return }
    var end = header.end
    var sum: UInt8 = 0
    for entry in header.entries {
        precondition(entry.range.lowerBound == end && entry.shape.allSatisfy { $0 >= 0 })
        end = entry.range.upperBound
        for byte in file[entry.range] { sum &+= byte }
        guard let type = ElementType(rawValue: entry.type) else { continue }
        precondition(entry.shape.reduce(type.size, *) == entry.range.count)
        guard type == .int8, let scales = try? header.scales(of: entry, in: file, path: "fuzz") else { continue }
        precondition(scales.count == entry.shape[0] && scales.allSatisfy { $0 > 0 && ($0 * 128).isFinite })
    }
    precondition(end == file.count)
}

private func readConfiguration(_ text: UnsafeRawBufferPointer) {
    guard let configuration = try? Configuration(text, path: "fuzz") else { return }
    precondition(configuration.headSize * configuration.heads == configuration.hiddenSize)
    precondition(configuration.parameterCount > 0 && configuration.layerNormEpsilon > 0)
    precondition(configuration.relativeReach.map { $0 >= 1 } ?? true)
}

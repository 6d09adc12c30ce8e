import Basics
import TestSupport
import Testing

@testable import DeBERTa

@Suite struct SafetensorsWriterTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Returns the bf16 that is nearest to a number; ties go to the even one.
    private func slowRounding(_ number: Float) -> UInt16 {
        let below = UInt16(number.bitPattern >> 16)
        let (low, high) = (Float(bitPattern: UInt32(below) << 16), Float(bitPattern: (UInt32(below) + 1) << 16))
        if !high.isFinite { return below }
        let (down, up) = ((Double(number) - Double(low)).magnitude, (Double(high) - Double(number)).magnitude)
        return down < up || down == up && below % 2 == 0 ? below : below + 1
    }

    @Test func bf16RoundsToNearestAndTiesToEven() {
        var generator = SeededGenerator(seed: 3)
        var numbers: [Float] = [
            0, -0.0, 1, 1.00390625, 1.01171875, -1.00390625, .leastNonzeroMagnitude, 65504, 0x1p-130,
        ]
        for _ in 0..<20000 {
            let number = Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &generator))
            if number.magnitude < 3e38 { numbers.append(number) }
            // A tie, and its neighbours.
            let tie = UInt32.random(in: 0..<0x7F00, using: &generator) << 16 | 0x8000
            numbers += [tie - 1, tie, tie + 1].map(Float.init(bitPattern:))
        }
        #expect(numbers.allSatisfy { ElementType.bfloat16($0) == slowRounding($0) })
        #expect(ElementType.bfloat16(.infinity) == 0x7F80)
        // This NaN would become an infinity if only its upper half were kept.
        #expect(ElementType.bfloat16(Float(bitPattern: 0x7F80_0001)) == 0x7FC0)
    }

    @Test(arguments: ElementType.floats, [WeightType.f32, .bf16])
    func writtenFilesAreReadBack(from: ElementType, to: WeightType) throws {
        let names = ["plain", "quote\" and \\", "line\n\u{1}", "имя"]
        var text = SafetensorsText()
        for name in ["a", "b", "c", "d"] {
            text.add(name, from.rawValue, [3, 2], (0..<6).flatMap { from.bytes(Float($0) / 4 - 1) })
        }
        try folder.write(text.bytes, to: "in")
        let source = try TensorFile(folder.path + "/in")
        let tensors = try zip(names, ["a", "b", "c", "d"]).map { name, original in
            WrittenTensor(name: name, try source.tensor(original, shape: [3, 2]), as: to)
        }
        try writeSafetensors(tensors, to: folder.path + "/out")
        let written = try TensorFile(folder.path + "/out")
        for name in names {
            let tensor = try written.tensor(name, shape: [3, 2])
            #expect(tensor.type == to.elements && tensor.floats() == (0..<6).map { Float($0) / 4 - 1 })
        }
    }

    @Test func aNumberTooLargeForBF16LeavesNoFile() throws {
        var text = SafetensorsText()
        text.add("a", "F32", [1], ElementType.f32.bytes(.greatestFiniteMagnitude))
        try folder.write(text.bytes, to: "in")
        let tensor = try TensorFile(folder.path + "/in").tensor("a", shape: [1])
        let failure = try #require(throws: Failure.self) {
            try writeSafetensors([WrittenTensor(name: "a", tensor, as: .bf16)], to: folder.path + "/out")
        }
        #expect(failure.message.contains("\"a\" has the number 3.4028235e+38"), "\(failure.message)")
        #expect(try Folder.entries(of: folder.path).map(\.name) == ["in"])
    }
}

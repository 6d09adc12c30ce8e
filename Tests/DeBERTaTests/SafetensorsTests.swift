import Basics
import TestSupport
import Testing

@testable import DeBERTa

@Suite struct SafetensorsTests {
    private func read(_ bytes: [UInt8]) throws -> SafetensorsHeader {
        try bytes.withUnsafeBytes { try SafetensorsHeader($0, path: "m/x.safetensors") }
    }

    private func refusal(_ bytes: [UInt8]) throws -> String {
        let message = try #require(try failure { _ = try read(bytes) })
        #expect(message.hasPrefix("m/x.safetensors") && !message.contains("\n"), "\(message)")
        return message
    }

    @Test func tensorsComeInTheOrderOfTheirBytes() throws {
        let header = """
            {"b":{"dtype":"F32","shape":[2,1],"data_offsets":[6,14]},"__metadata__":{"format":"pt"},\
            "empty":{"shape":[3,0],"dtype":"F16","data_offsets":[6,6],"more":[{}]},\
            "a":{"dtype":"U8","shape":[6],"data_offsets":[0,6]},"one":{"dtype":"I64","shape":[],"data_offsets":[14,22]}}
            """
        let parsed = try read(SafetensorsText.file(header + "   ", [UInt8](repeating: 0, count: 22)))
        let start = 8 + header.utf8.count + 3
        #expect(parsed.entries.map(\.name) == ["a", "empty", "b", "one"])
        #expect(parsed.entries.map(\.range.lowerBound) == [0, 6, 6, 14].map { $0 + start })
        #expect(parsed.entries.map(\.shape) == [[6], [3, 0], [2, 1], []])
        #expect(parsed.end == start)
    }

    @Test func unknownTypesAreNoError() throws {
        let header = """
            {"a":{"dtype":"F8_E4M3","shape":[6],"data_offsets":[0,6]},"b":{"dtype":"F4","shape":[4],"data_offsets":[6,8]},\
            "c":{"dtype":"Q3_K","shape":[100],"data_offsets":[8,9]}}
            """
        #expect(try read(SafetensorsText.file(header, [UInt8](repeating: 0, count: 9))).entries.count == 3)
        #expect(try read(SafetensorsText.file("{}", [])).entries.isEmpty)
    }

    private static func tensor(_ type: String = "\"F32\"", _ shape: String = "[2]", _ offsets: String = "[0,8]")
        -> String
    {
        "{\"t\":{\"dtype\":\(type),\"shape\":\(shape),\"data_offsets\":\(offsets)}}"
    }

    /// Headers with 8 bytes of data.
    @Test(arguments: [
        ("", "no JSON object"), ("[]", "no JSON object"), ("null", "no JSON object"), (" {}", "no JSON object"),
        ("\u{FEFF}{}", "no JSON object"), ("{", "not JSON"), ("{\"t\":}", "not JSON"), ("{} {}", "not JSON"),
        ("{\"t\":1}", "is described by 1"), ("{\"t\":null}", "is described by null"), ("{\"t\":{}}", "\"dtype\""),
        ("{\"__metadata__\":[]}", "__metadata__"), ("{\"__metadata__\":{\"a\":1}}", "__metadata__"),
        ("{}", "8 bytes at its end"), (tensor("7"), "\"dtype\""), (tensor("null"), "\"dtype\""),
        (tensor("\"F32\"", "2"), "no list \"shape\""), (tensor("\"F32\"", "[-2]"), "-2 in \"shape\""),
        (tensor("\"F32\"", "[2.0]"), "2.0 in \"shape\""), (tensor("\"F32\"", "[\"2\"]"), "in \"shape\""),
        (tensor("\"F32\"", "[18446744073709551615]"), "in \"shape\""),
        (tensor("\"F32\"", "[4294967296,4294967296]"), "too large"),
        (tensor("\"F32\"", "[4294967297,4294967296]"), "too large"),
        (tensor("\"F32\"", "[9223372036854775807,9223372036854775807,0]"), "too large"),
        // 2^62 numbers of 4 bytes have 0 bytes in 64-bit arithmetic.
        (tensor("\"F32\"", "[4611686018427387904]"), "cannot take 8 bytes"),
        (tensor("\"F32\"", "[3]"), "cannot take 8 bytes"), (tensor("\"F16\""), "cannot take 8 bytes"),
        (tensor("\"F32\"", "[]"), "cannot take 8 bytes"), (tensor("\"F4\"", "[15]"), "cannot take 8 bytes"),
        (tensor("\"F32\"", "[2]", "[0]"), "1 \"data_offsets\""),
        (tensor("\"F32\"", "[2]", "[0,8,16]"), "3 \"data_offsets\""),
        (tensor("\"F32\"", "[2]", "7"), "no list \"data_offsets\""),
        (tensor("\"F32\"", "[2]", "[-8,0]"), "-8 in \"data_offsets\""),
        (tensor("\"F32\"", "[2]", "[8,0]"), "before it begins"),
        (tensor("\"F32\"", "[2]", "[8,16]"), "past the 8 bytes"),
        (tensor("\"F32\"", "[2]", "[0,9223372036854775807]"), "past the 8 bytes"),
        (tensor("\"F32\"", "[2]", "[0,9223372036854775808]"), "in \"data_offsets\""),
        (tensor("\"F32\"", "[1]", "[0,4]"), "4 bytes at its end"),
        (tensor("\"F32\"", "[1]", "[4,8]"), "4 bytes before tensor \"t\""),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
            "overlaps"
        ),
        (
            #"{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            "\"b\" overlaps"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            "\"a\" is named twice"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            "\"a\" is named twice"
        ),
        (
            #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            "3 bytes before tensor \"b\""
        ),
    ])
    func aWrongHeaderIsRefused(_ header: String, _ fragment: String) throws {
        let message = try refusal(SafetensorsText.file(header, [UInt8](repeating: 0, count: 8)))
        #expect(message.contains(fragment), "\(message)")
    }

    @Test(arguments: [2, 8, 9, 100, 100_000_000, 100_000_001, 1 << 62, UInt64.max, 1 << 63] as [UInt64])
    func aWrongLengthIsRefused(_ length: UInt64) throws {
        let message = try refusal(littleEndian(length) + Array("{\"a\":1}".utf8))
        let fragment = length > 100_000_000 ? "above 100000000" : length > 7 ? "does not fit" : "not JSON"
        #expect(message.contains(fragment), "\(message)")
    }

    @Test func everyTruncatedFileIsRefused() throws {
        var text = SafetensorsText()
        text.add("a", "F32", [3], [UInt8](repeating: 1, count: 12))
        text.add("b", "F16", [2, 2], [UInt8](repeating: 1, count: 8))
        let bytes = text.bytes
        #expect(try read(bytes).entries.count == 2)
        for count in 0..<bytes.count { _ = try refusal(Array(bytes[..<count])) }
        _ = try refusal(bytes + [0])
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func anyBytesAreAFileOrAnError(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var text = SafetensorsText()
        text.add("a", "F32", [3], [UInt8](repeating: 1, count: 12))
        text.add("b", "F16", [2, 2], [UInt8](repeating: 1, count: 8))
        var refused = 0
        for _ in 0..<300 {
            var bytes = text.bytes
            for _ in 0...Int.random(in: 0...3, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] =
                    [UInt8(ascii: "9"), UInt8(ascii: "\""), UInt8.random(in: 0...255, using: &generator)]
                    .randomElement(using: &generator)!
            }
            do {
                let header = try read(bytes)
                #expect(header.entries.allSatisfy { $0.range.upperBound <= bytes.count })
                #expect(header.entries.reduce(header.end) { $0 + $1.range.count } == bytes.count)
            } catch { refused += 1 }
        }
        #expect(refused > 100)
    }
}

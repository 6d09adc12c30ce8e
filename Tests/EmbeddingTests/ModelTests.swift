import Basics
import DeBERTa
import Foundation
import Pipelines
import TestSupport
import Testing

@testable import Dedup
@testable import Embedding

/// How a model is found, and the settings in its folder.
@Suite struct ModelTests {
    private let place: TemporaryFolder

    init() throws { place = try TemporaryFolder() }

    private func location(_ option: String?, _ variable: String?) throws(Failure) -> ModelLocation {
        try ModelLocation(
            asked: option, environment: variable.map { ["DEDUP_MODEL": $0] } ?? [:],
            executable: place.path + "/bin/dedup")
    }

    @Test func placesAreSearchedInOrder() throws {
        let failure = try #require(throws: Failure.self) { try location(nil, nil) }
        #expect(failure.kind == .usage)
        for part in [
            "the parameter model", "DEDUP_MODEL", "/share/dedup/model and ", "/bin/dedup_dedup.resources/Model",
        ] {
            #expect(failure.message.contains(part), "\(failure.message)")
        }
        let beside = try place.folder("bin/dedup_dedup.resources/Model")
        #expect(try location(nil, nil).path == beside && location(nil, "").path == beside)
        let installed = try place.folder("share/dedup/model")
        #expect(try location(nil, nil).path == installed && location(nil, nil).origin == .bundled)
        let named = try place.folder("named")
        #expect(try location(nil, named).path == named && location(nil, named).origin == .environment)
        let asked = try place.folder("asked")
        #expect(try location(asked, named).path == asked && location(asked, named).origin == .option)
    }

    @Test func aNamedModelMustExist() throws {
        try place.folder("share/dedup/model")
        let gone = place.path + "/gone"
        try place.write("", to: "file")
        for (option, variable, message) in [
            (gone, nil, "the parameter model = \(gone): no such folder"),
            (nil, gone, "DEDUP_MODEL \(gone): no such folder"),
            ("", nil, "the parameter model is empty"),
            (nil, place.path + "/file", "DEDUP_MODEL \(place.path)/file: not a folder"),
        ] as [(String?, String?, String)] {
            let failure = try #require(throws: Failure.self) { try location(option, variable) }
            #expect(failure.kind == .usage && failure.message.hasPrefix(message), "\(failure.message)")
        }
    }

    // MARK: embedding.json

    private func defaults(_ text: String?) throws -> ModelDefaults {
        if let text {
            try text.write(toFile: place.path + "/embedding.json", atomically: true, encoding: .utf8)
        }
        return try ModelDefaults(folder: place.path)
    }

    @Test func theSettingsOfAModelAreRead() throws {
        let nothing = try defaults(nil)
        #expect(nothing.pooling == nil && nothing.long == nil && nothing.maxTokens == nil && nothing.normalize == nil)
        #expect(try defaults("{}") == nothing)
        let all = try defaults(
            "{\"prefix\":\"q: \",\"pooling\":\"cls\",\"long\":\"mean\",\"max-tokens\":3,\"normalize\":true}")
        #expect(all.prefix == "q: ")
        #expect(all.pooling == .cls && all.long == .mean && all.maxTokens == 3 && all.normalize == true)
        #expect(try defaults("{\"max-tokens\": 8192}").maxTokens == 8192)
    }

    @Test(arguments: [
        ("[]", "no JSON object"), ("{\"prefix\":null}", "\"prefix\" is null, but it has to be a string"),
        ("{\"pooling\"", "not JSON"), ("{\"pooling\":\"max\"}", "\"mean\" or \"cls\""),
        ("{\"long\":true}", "\"long\" is true"), ("{\"max-tokens\":2}", "from 3 to 8192"),
        ("{\"max-tokens\":9000}", "9000"), ("{\"max-tokens\":3.5}", "3.5"), ("{\"max-tokens\":\"5\"}", "\"5\""),
        ("{\"normalize\":1}", "true or false"), ("{\"normalise\":true}", "\"normalise\" is not an option of a model"),
        ("{\"precision\":\"f32\"}", "\"precision\" is not an option"), ("{\"long\":null}", "\"long\" is null"),
        ("{\"pooling\":\"mean\",\"pooling\":\"mean\"}", "\"pooling\" is said twice"),
    ])
    func wrongSettingsOfAModelAreRefused(text: String, message: String) throws {
        let failure = try #require(throws: Failure.self) { try defaults(text) }
        #expect(failure.message.contains("/embedding.json") && failure.message.contains(message), "\(failure.message)")
    }
}

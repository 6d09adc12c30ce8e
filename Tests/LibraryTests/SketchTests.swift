import Dedup
import TestSupport
import Testing

struct SketchTests {
    static let text = "The quick brown Fox jumps over the lazy dog."

    @Test func `A sketch has the words, the shingles and the keys of a text`() throws {
        let sketch = try Sketch(of: Self.text)
        #expect(sketch.words == ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog"])
        #expect(sketch.shingles.count == 5)
        #expect(sketch.shingles == sketch.shingles.sorted())
        #expect(sketch.signature.count == 100)
        #expect(sketch.bandKeys.count == 10)
    }

    @Test func `Bytes give the sketch of their text, and must be valid`() throws {
        for document in someDocuments(100, seed: 3) {
            #expect(try Sketch(ofUTF8: Array(document.text.utf8)) == Sketch(of: document.text))
        }
        #expect(throws: DedupError.self) { try Sketch(ofUTF8: [0x61, 0xFF]) }
    }

    @Test func `Texts without words and blank texts`() throws {
        let wordless = try Sketch(of: "! !!")
        #expect(wordless.words.isEmpty && wordless.shingles.count == 1 && wordless.bandKeys.count == 10)
        #expect(try wordless == Sketch(of: "!!!"))
        let blank = try Sketch(of: " \n")
        #expect(blank.words.isEmpty && blank.shingles.isEmpty && blank.signature.isEmpty && blank.bandKeys.isEmpty)
    }

    @Test func `Shingles of characters and exact matching`() throws {
        var parameters = Parameters()
        parameters.shingleUnit = .character
        #expect(try Sketch(of: "abc DE", parameters: parameters).shingles.count == 2)
        parameters.match = .exact
        let exact = try Sketch(of: "one two", parameters: parameters)
        #expect(exact.shingles.count == 2 && exact.bandKeys == [exact.shingles[0]] && exact.signature.isEmpty)
    }

    /// Grouping by band keys and comparing shingles is all that another engine has to do.
    @Test func `Sketches are enough to decide as a deduplicator does`() async throws {
        let documents = someDocuments(400, seed: 21)
        let decisions = try await Deduplicator().add(contentsOf: documents)
        let sketcher = try Sketcher()
        var kept: [(position: Int, sketch: Sketch)] = []
        for (position, document) in documents.enumerated() {
            let sketch = try sketcher.sketch(document.text)
            let set = Set(sketch.shingles)
            let twin = kept.first { other in
                guard !Set(other.sketch.bandKeys).isDisjoint(with: sketch.bandKeys) else { return false }
                let both = set.intersection(other.sketch.shingles).count
                return 10 * both > 7 * (set.count + other.sketch.shingles.count - both)
            }
            if case .duplicate(let of, _) = decisions[position] {
                #expect(of.position == twin?.position)
            } else {
                #expect(twin == nil)
                kept.append((position, sketch))
            }
        }
    }

    @Test func `Impossible parameters are refused`() async {
        func message(_ change: (inout Parameters) -> Void) async -> String? {
            var parameters = Parameters()
            change(&parameters)
            return await dedupError { [parameters] in _ = try Sketch(of: "", parameters: parameters) }?.message
        }
        #expect(
            await message { $0.bands = 0 } == "the parameter bands: bands is a whole number from 1 to 4096, not '0'")
        #expect(await message { $0.shingleSize = 2000 }?.contains("from 1 to 1000, not '2000'") == true)
        #expect(await message { $0.rows = 11 }?.hasPrefix("10 bands of 11 rows take 110 seeds") == true)
        #expect(await message { $0.match = .jaccard(above: 0.12345) }?.contains("the threshold '0.12345'") == true)
        #expect(await message { $0.match = .jaccard(above: 1) } != nil)
    }

    @Test func `The probability that a pair becomes candidates`() throws {
        let parameters = Parameters.standard
        #expect(abs(try parameters.detectionProbability(jaccard: 0.7) - 0.2491) < 0.001)
        #expect(try parameters.detectionProbability(jaccard: 1) == 1)
    }
}

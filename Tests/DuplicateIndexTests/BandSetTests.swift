import Testing

@testable import DuplicateIndex

@Suite struct BandSetTests {
    @Test(arguments: [[], [0], [127], [128], [0, 1, 63, 64, 126, 127, 128, 191, 192, 4095], [5, 3, 3, 200, 3]])
    func bandsComeInOrderAndOnce(bands: [Int]) {
        var set = BandSet()
        for band in bands { set.insert(band) }
        #expect(Array(set) == Set(bands).sorted())
        #expect(set.count == Set(bands).count)
    }
}

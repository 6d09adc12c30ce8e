import Testing

@testable import Scoring

@Suite struct TopPercentTests {
    @Test(arguments: [
        (16.1, 1000, 161), (16.11, 1000, 162), (50, 3, 2), (0.0001, 7, 1), (100, 430, 430), (7, 0, 0), (0.07, 10000, 7),
    ])
    func percentsAreRoundedUp(_ percent: Double, _ all: Int, _ documents: Int) {
        #expect(AttributePass.documents(percent, of: all) == documents)
    }
}

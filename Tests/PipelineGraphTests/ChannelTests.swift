import PipelineGraph
import Testing

@Suite(.timeLimit(.minutes(15))) struct ChannelTests {
    @Test(arguments: [1, 2, 3, 17])
    func everythingComesInOrder(capacity: Int) async throws {
        let channel = Channel<Int>(capacity: capacity)
        let begun = Counter()
        let sender = Task {
            for number in 0..<5000 {
                try await channel.send(number)
                // Every item that was sent is in the channel or has been requested by the receiver.
                #expect(number + 1 <= capacity + begun.value)
                if number % 701 == 0 { try await Task.sleep(for: .milliseconds(1)) }
            }
            channel.finish()
        }
        var received: [Int] = []
        while true {
            begun.add(1)
            guard let number = try await channel.receive() else { break }
            received.append(number)
            if number % 503 == 0 { try await Task.sleep(for: .milliseconds(1)) }
        }
        try await sender.value
        #expect(received == Array(0..<5000))
    }

    @Test(arguments: [1, 2, 5])
    func aSenderWaitsWhileItIsFull(capacity: Int) async throws {
        let channel = Channel<Int>(capacity: capacity)
        for number in 0..<capacity { try await channel.send(number) }
        let sent = Counter()
        let sender = Task {
            try await channel.send(capacity)
            sent.add(1)
        }
        try await Task.sleep(for: .milliseconds(30))
        #expect(sent.value == 0)
        #expect(try await channel.receive() == 0)
        try await sender.value
        #expect(sent.value == 1)
        for number in 1...capacity { #expect(try await channel.receive() == number) }
    }

    @Test func queuedItemsComeBeforeTheEnd() async throws {
        let channel = Channel<Int>(capacity: 3)
        for number in 0..<3 { try await channel.send(number) }
        channel.finish()
        for number in 0..<3 { #expect(try await channel.receive() == number) }
        #expect(try await channel.receive() == nil)
        #expect(try await channel.receive() == nil)
    }

    @Test func theEndWakesTheReceiver() async throws {
        let channel = Channel<Int>(capacity: 1)
        let receiver = Task { try await channel.receive() }
        try await Task.sleep(for: .milliseconds(20))
        channel.finish()
        #expect(try await receiver.value == nil)
    }

    @Test func closingWakesBothSides() async throws {
        let full = Channel<Int>(capacity: 1)
        try await full.send(0)
        let sender = Task { try await full.send(1) }
        let empty = Channel<Int>(capacity: 1)
        let receiver = Task { try await empty.receive() }
        try await Task.sleep(for: .milliseconds(20))
        full.close()
        empty.close()
        await #expect(throws: CancellationError.self) { try await sender.value }
        await #expect(throws: CancellationError.self) { try await receiver.value }
    }

    @Test func aClosedChannelTakesAndGivesNothing() async throws {
        let channel = Channel<Int>(capacity: 2)
        try await channel.send(0)
        channel.close()
        await #expect(throws: CancellationError.self) { try await channel.receive() }
        await #expect(throws: CancellationError.self) { try await channel.send(1) }
        channel.finish()
        await #expect(throws: CancellationError.self) { try await channel.receive() }
    }
}

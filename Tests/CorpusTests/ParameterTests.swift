import Basics
import Testing

/// The names of parameters in messages.
@Suite struct ParameterTests {
    /// The command line, which sets another spelling, runs in a process of its own.
    @Test func aLibraryUserReadsThePlainName() {
        #expect("\(Parameter.memory)" == "the parameter memory")
        #expect(Parameter.memory("4G") == "the parameter memory = 4G")
        #expect(Failure("it needs \(Parameter.memory("4G"))").message == "it needs the parameter memory = 4G")
    }
}

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

func cosineOfAngle(_ x: Double) -> Double { cos(x) }
